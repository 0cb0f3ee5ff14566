"""The environment, read once and checked: the only reader of os.environ. Secrets are SecretStr."""

import json
import logging
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from nemuro_etl.errors import ConfigurationWrong

PREFIX = "NEMURO_"
_FILE = Path(".env")
"""Read from the working directory."""


class Settings(BaseSettings):
    """Every setting of the product. Recipients of mail are config, never settings. An empty variable is not set."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_prefix=PREFIX, env_file=_FILE, env_file_encoding="utf-8", env_ignore_empty=True
    )

    home: Path = Path("var")
    config: Path = Path("config")
    database_url: SecretStr | None = None
    now: datetime | None = None
    strategy: str | None = None
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_ca_file: Path | None = None
    smtp_patience: int = Field(default=60, ge=0, le=600)
    """How many seconds a run waits in all for a mail server that does not answer, before it leaves the rest to the next."""
    mail_from: str = "nemuro-etl@nemuro-etl.example"
    mail_reply_to: str | None = None
    operator_address: str | None = None
    mail_allow: Annotated[tuple[str, ...], NoDecode] = ()
    mail_live: bool = False
    pack_key: SecretStr | None = None
    reply_key: SecretStr | None = Field(default=None, min_length=16)
    estat_app_id: SecretStr | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    @field_validator("mail_allow", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("now")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time zone is missing, e.g. 2018-11-22T03:00:00+09:00")
        return value

    @property
    def warehouse_url(self) -> str:
        """The database, secrets in the clear: for the engine only."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home / 'warehouse.db'}"

    def clock(self) -> datetime:
        """Now (UTC), to the second, or the rehearsal's clock."""
        return (self.now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)


def read_settings(overrides: Mapping[str, object] | None = None) -> Settings:
    """The settings from the command line (`overrides`), the environment, and `.env`, in this order.

    Raises ConfigurationWrong naming every variable that is wrong.
    """
    try:
        return Settings(**dict(overrides or {}))  # type: ignore[arg-type]
    except ValidationError as error:
        faults = [
            f"{_variable(str(fault['loc'][0]))} (from {_origin(str(fault['loc'][0]), overrides)}): {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise ConfigurationWrong(
            what="Settings: " + "; ".join(faults) + ".",
            expected="Expected: values as README.md, Settings, describes them.",
            kept="Nothing was done.",
            remedy="Correct the variable, then run: nemuro doctor",
        ) from None


def describe_settings(settings: Settings, overrides: Mapping[str, object] | None = None) -> list[dict[str, str]]:
    """Every setting with its value (secrets masked), where it came from, and what is wrong with it, if anything."""
    rows = []
    for name in Settings.model_fields:
        value = getattr(settings, name)
        rows.append(
            {
                "setting": _variable(name),
                "value": "" if value is None else str(value),
                "origin": _origin(name, overrides),
                "wrong": "",
            }
        )
    known = [_variable(name) for name in Settings.model_fields]
    for variable in sorted({*_environment(), *_file_values()} - set(known)):
        meant = get_close_matches(variable, known, n=1, cutoff=0.8)
        if meant:
            rows.append({"setting": variable, "value": "", "origin": "", "wrong": f"no such setting: {meant[0]}?"})
    return rows


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _environment() -> dict[str, str]:
    return {name.upper(): value for name, value in os.environ.items() if name.upper().startswith(PREFIX)}


def _file_values() -> dict[str, str]:
    values = dotenv_values(_FILE) if _FILE.is_file() else {}
    return {name.upper(): value for name, value in values.items() if value and name.upper().startswith(PREFIX)}


def _origin(name: str, overrides: Mapping[str, object] | None) -> str:
    if name in (overrides or {}):
        return "command line"
    if _environment().get(_variable(name)):
        return "environment"
    return ".env" if _variable(name) in _file_values() else "default"


def command_of(settings: Settings) -> str:
    """How a person calls `nemuro` here so that it sees the same house and clock: what is printed as the next command."""
    program = Path(sys.prefix) / "bin" / "nemuro"
    here = Path.cwd()
    command = str(program.relative_to(here)) if program.is_relative_to(here) else "nemuro"
    if settings.home != Path("var"):
        command += f" --home {settings.home}"
    return command if settings.now is None else f"{command} --now {settings.now.isoformat()}"


def prefect_api() -> str | None:
    """The address of the Prefect server that the flows report to; None when none is set: they run embedded."""
    return os.environ.get("PREFECT_API_URL")


def prepare_prefect(home: Path) -> None:
    """Set what Prefect needs to run embedded with its state inside the project's home; what is set already stands.

    Must be called before prefect is imported. The start-up time-out is raised because a first start migrates a fresh
    database, which takes longer than Prefect's own default of 20 seconds on a small machine.
    """
    for variable, value in {
        "PREFECT_HOME": str((home / "prefect").resolve()),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
    }.items():
        os.environ.setdefault(variable, value)


def configure_logging(settings: Settings, run: str | None = None, beside: Sequence[logging.Handler] = ()) -> None:
    """Send the product's log to stderr, as text or as one JSON object a line that carries the run's id.

    `run` is the scheduler's name of it; without one it is host and process, as the run ledger has them. `beside` are those
    to whom the scheduler has it told, too.
    """
    handler = logging.StreamHandler(sys.stderr)
    named = run or f"{platform.node()}:{os.getpid()}"
    handler.setFormatter(_JsonLines(named) if settings.log_format == "json" else logging.Formatter("%(message)s"))
    logger = logging.getLogger("nemuro_etl")
    logger.handlers = [handler, *beside]
    logger.propagate = False
    logger.setLevel(settings.log_level)


class _JsonLines(logging.Formatter):
    def __init__(self, run: str) -> None:
        super().__init__()
        self._run = run

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds")
        line = {"time": moment, "level": record.levelname, "run": self._run, "message": record.getMessage()}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
