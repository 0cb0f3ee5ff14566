"""A catalog loaded once, a copy of config/ to break, and the strategy document where it lies beside the checkout."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from nemuro_etl.catalog import load_catalog
from nemuro_etl.catalog.types import Catalog
from nemuro_etl.errors import ConfigurationWrong

CHECKOUT = Path(__file__).parents[2]
STRATEGY = CHECKOUT.parent / "shared" / "strategy"


@dataclass
class ConfigCopy:
    """A copy of config/ that a test edits by replacing text."""

    root: Path

    def replace(self, name: str, old: str, new: str) -> "ConfigCopy":
        """The same copy with the first `old` of file `name` replaced; `old` must be there."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}: the test no longer breaks what it means to break"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return self

    def append(self, name: str, text: str) -> "ConfigCopy":
        path = self.root / name
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
        return self

    def load(self) -> Catalog:
        return load_catalog(self.root)

    def refusal(self) -> str:
        """What a person reads when this copy is refused."""
        with pytest.raises(ConfigurationWrong) as refused:
            load_catalog(self.root)
        return str(refused.value)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog(CHECKOUT / "config")


@pytest.fixture
def config_copy(tmp_path: Path) -> ConfigCopy:
    return ConfigCopy(Path(shutil.copytree(CHECKOUT / "config", tmp_path / "config")))


@pytest.fixture(scope="session")
def strategy() -> Path:
    """The folder with the document and indicators.csv, which are read by tests and never committed."""
    if not (STRATEGY / "strategy.txt").exists():
        pytest.skip("NOT PROVED: ../shared/strategy is not beside this checkout, so config/ is not held against it")
    return STRATEGY
