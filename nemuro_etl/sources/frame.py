"""The tidy frame, built block by block: one measure over all its areas."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nemuro_etl.model.area import AreaKind
from nemuro_etl.model.figure import READING_COLUMNS, Stage

Texts = Any
"""A categorical of texts; its type takes a parameter only in the stubs."""


@dataclass(frozen=True, slots=True)
class Areas:
    """The areas of a table, ordered by code."""

    codes: list[str]
    names: list[str]
    kinds: list[AreaKind]


@dataclass(frozen=True, slots=True)
class Block:
    """One measure over areas: values and cells in the order of `areas`, indices into an Areas."""

    series: str
    period: str
    dimensions: str
    unit: str
    areas: npt.NDArray[np.intp]
    values: npt.NDArray[np.int64] | npt.NDArray[np.object_]
    """Whole numbers, or Decimals in an object array."""
    cells: Sequence[str]
    stage: Stage = Stage.FINAL
    step: int = 1
    """The rounding step of the values, in their unit."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says."""

    kind: str
    """The id of the FileKind whose layout it has."""
    frames: Iterable[pd.DataFrame]
    """Exactly the READING_COLUMNS, one row a figure, none in two frames; block by block, areas by code within a block.

    A large file gives its frames while they are taken, once, and as long as it is open.
    """
    remarks: tuple[str, ...]
    """What the run's report should say: columns not used, cells withheld by the publisher, rows not stored."""

    @property
    def frame(self) -> pd.DataFrame:
        """All figures at once."""
        frames = list(self.frames)
        return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def tidy(areas: Areas, blocks: Sequence[Block], sheet: str) -> pd.DataFrame:
    """The frame of READING_COLUMNS.

    Text columns are categoricals, except `cell`, which differs in every row.
    """
    if not blocks:
        raise ValueError("a table without any figure")
    sizes = np.array([len(block.values) for block in blocks])
    places = np.concatenate([block.areas for block in blocks])
    cells: list[str] = []
    for block in blocks:
        cells += block.cells
    size = len(cells)
    columns: dict[str, Any] = {
        "series": _repeated([block.series for block in blocks], sizes),
        "area": _categorical(places, areas.codes),
        "area_name": _looked_up(areas.names, places),
        "kind": _looked_up([str(kind) for kind in areas.kinds], places),
        "period": _repeated([block.period for block in blocks], sizes),
        "dimensions": _repeated([block.dimensions for block in blocks], sizes),
        "value": np.concatenate([block.values for block in blocks]),
        "unit": _repeated([block.unit for block in blocks], sizes),
        "stage": _repeated([block.stage.value for block in blocks], sizes),
        "step": np.repeat(np.array([block.step for block in blocks], dtype=np.int64), sizes),
        "sheet": _constant(sheet, size),
        "cell": pd.Series(np.array(cells, dtype=object), dtype=object),
    }
    return pd.DataFrame({name: columns[name] for name in READING_COLUMNS})


def _repeated(texts: Sequence[str], sizes: npt.NDArray[np.intp]) -> Texts:
    distinct = list(dict.fromkeys(texts))
    codes = np.repeat([distinct.index(text) for text in texts], sizes)
    return _categorical(codes, distinct)


def _looked_up(texts: Sequence[str], places: npt.NDArray[np.intp]) -> Texts:
    distinct = list(dict.fromkeys(texts))
    position = {text: index for index, text in enumerate(distinct)}
    codes = np.array([position[text] for text in texts])[places]
    return _categorical(codes, distinct)


def _constant(text: str, size: int) -> Texts:
    return _categorical(np.zeros(size, dtype=np.intp), [text])


def _categorical(codes: npt.NDArray[np.intp], texts: Sequence[str]) -> Texts:
    categories: Any = np.array(texts, dtype=object)
    return pd.Categorical.from_codes(codes, categories=categories)
