"""The environment, read once and checked: the only reader of os.environ. Secrets are SecretStr.

pydantic checks and masks; reading the variables is done here and not by pydantic-settings, whose import alone takes
half of the time in which `nemuro status` should have answered, and which cannot say where a value came from.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from nemuro_etl.errors import ConfigurationWrong

PREFIX = "NEMURO_"


class Settings(BaseModel):
    """Every setting of the product. Recipients of mail are config, never settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Path("var")
    config: Path = Path("config")
    database_url: SecretStr | None = None
    now: datetime | None = None
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_ca_file: Path | None = None
    mail_from: str = "nemuro-etl@nemuro-etl.example"
    mail_reply_to: str | None = None
    mail_allow: tuple[str, ...] = ()
    mail_live: bool = False
    operator_address: str | None = None
    estat_app_id: SecretStr | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    origins: Mapping[str, str] = Field(default_factory=dict, exclude=True)
    """Where each value came from: `environment`, `.env`, `command line`; absent: the default."""

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


def read_settings(overrides: Mapping[str, object] | None = None, directory: Path | None = None) -> Settings:
    """The settings from the command line (`overrides`), the environment, and `.env` in `directory`, in this order.

    An empty variable counts as not set. Raises ConfigurationWrong naming every variable that is wrong.
    """
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    file = (directory or Path.cwd()) / ".env"
    layers: tuple[tuple[str, Mapping[str, object | None]], ...] = (
        (".env", dict(dotenv_values(file)) if file.is_file() else {}),
        ("environment", dict(os.environ)),
        ("command line", {f"{PREFIX}{key}".upper(): value for key, value in (overrides or {}).items()}),
    )
    for origin, layer in layers:
        for variable, value in layer.items():
            name = variable.removeprefix(PREFIX).lower()
            if variable.startswith(PREFIX) and value not in (None, ""):
                values[name] = value
                origins[name] = origin
    try:
        return Settings.model_validate({**values, "origins": origins})
    except ValidationError as error:
        faults = [
            f"{PREFIX}{str(fault['loc'][0]).upper()} (from {origins.get(str(fault['loc'][0]), 'the default')}): "
            f"{fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise ConfigurationWrong(
            what="Settings: " + "; ".join(faults),
            expected=f"Expected: one of the variables {', '.join(PREFIX + name.upper() for name in _names())}.",
            kept="Nothing was done.",
            remedy="Correct the variable, then run: nemuro doctor",
        ) from None


def _names() -> list[str]:
    return [name for name in Settings.model_fields if name != "origins"]


def describe_settings(settings: Settings) -> list[dict[str, str]]:
    """Every setting with its value (secrets masked) and where it came from: for `nemuro doctor`."""
    rows = []
    for name in _names():
        value = getattr(settings, name)
        shown = "" if value is None else "**********" if isinstance(value, SecretStr) else str(value)
        rows.append({"setting": PREFIX + name.upper(), "value": shown, "origin": settings.origins.get(name, "default")})
    return rows


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


def configure_logging(settings: Settings) -> None:
    """Send the product's log to stderr, as text or as one JSON object a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if settings.log_format == "json" else logging.Formatter("%(message)s"))
    logger = logging.getLogger("nemuro_etl")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(settings.log_level)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds")
        line = {"time": moment, "level": record.levelname, "message": record.getMessage()}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
