"""Three years of the strategy on the nights on which something happens: what the sections and publishers hand in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.e2e.command import SAMPLES, Nemuro

_HEADER = "indicator,fiscal_year,value,numerator,denominator,n,stage,evidence,remark"
_SURVEYS = ("g3-n2", "g1-a2-2", "g1-a3-2", "g1-i1-1", "g2-a1-4")
_SAMPLES = ("2018-11-22/returns/houkoku-2018.csv", "2019-08-10/returns/houkoku-2019.csv")


@dataclass(frozen=True)
class SimulatedNight:
    """A night: the files that came from publishers by then, and the lines that the sections reported."""

    day: str
    files: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def hand_in(nemuro: Nemuro, night: SimulatedNight) -> Nemuro:
    """The command on that night, with what came in its watched folders."""
    for file in night.files:
        nemuro.receive(SAMPLES / file, source=file.split("/")[0])
    if night.lines:
        folder = nemuro.home / "inbox" / "returns"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{night.day}.csv").write_text("\n".join((_HEADER, *night.lines)) + "\n", encoding="utf-8")
    return nemuro.on(night.day)


def _lines(fiscal_year: int, wanted: Callable[[str], bool]) -> Iterator[list[str]]:
    for sample in _SAMPLES:
        for line in (SAMPLES / "nights" / sample).read_text("utf-8-sig").splitlines()[1:]:
            cells = line.split(",")
            if cells[1] == str(fiscal_year) and wanted(cells[0]):
                yield cells


def _returns(fiscal_year: int, *goals: str, stage: str = "", like: int | None = None) -> tuple[str, ...]:
    """What the sections report of a year for these goals: the sample's lines of it, or of the year that it is like."""
    found = _lines(like or fiscal_year, lambda indicator: indicator not in _SURVEYS and indicator[:2] in goals)
    return tuple(",".join((id_, str(fiscal_year), *cells[:4], stage, *cells[5:])) for id_, _, *cells in found)


def _surveys(fiscal_year: int) -> tuple[str, ...]:
    return tuple(",".join(cells) for cells in _lines(fiscal_year, _SURVEYS.__contains__))


def _registry(*names: str) -> tuple[str, ...]:
    return tuple(f"registry/{name}" for name in names)


THREE_YEARS = (
    SimulatedNight(
        "2017-11-22",
        _registry("1403ssjin.xls", "1503ssjin.xls", "1603ssjin.xls", "1703ssjin.xls", "1404ssnen.xls")
        + ("furusato/H28_gain.xlsx", "tourism/2014_irikomi.xlsx", "tourism/2015_irikomi.xlsx"),
        _returns(2015, "g1", "g2", "g3") + _returns(2016, "g1"),
    ),
    SimulatedNight("2017-11-24", lines=_returns(2016, "g2", "g3", stage="確報") + _surveys(2015) + _surveys(2016)),
    SimulatedNight("2017-12-15", lines=_surveys(2017)),
    SimulatedNight("2018-06-01"),
    SimulatedNight("2018-06-20", ("tourism/2016_irikomi.xlsx",), _returns(2017, "g1", stage="確報")),
    SimulatedNight("2018-07-17", lines=_returns(2017, "g2", stage="確報")),
    SimulatedNight("2018-08-07", _registry("1803ssjin.xls", "1804ssnen.xls")),
    SimulatedNight("2018-09-03", lines=_returns(2017, "g3")),
    SimulatedNight("2018-10-01", ("tourism/2017_irikomi.xls",)),
    SimulatedNight("2018-11-22", lines=_surveys(2018)),
    # what was 確報 is settled, and comes out differently: one of an older year, two of the newest
    SimulatedNight(
        "2018-12-03",
        lines=tuple(f"{row},,,,,所管課集計,訂正" for row in ("g2-a2-1,2016,9", "g1-a1-1,2017,44", "g2-i1-1,2017,2")),
    ),
    SimulatedNight("2019-01-04"),
    SimulatedNight("2019-05-07"),
    SimulatedNight("2019-06-03"),
    SimulatedNight("2019-06-20", lines=_returns(2018, "g1")),
    SimulatedNight("2019-07-17", ("tourism/2018_irikomi.xlsx",), _returns(2018, "g2")),
    SimulatedNight("2019-08-09", (*_registry("1903ssjin.xls"), "furusato/H30_gain.xlsx")),
    SimulatedNight("2019-09-02", lines=_returns(2018, "g3")),
    SimulatedNight("2019-10-01"),
    SimulatedNight("2019-12-09"),
    SimulatedNight("2020-06-01"),
    SimulatedNight("2020-06-22", lines=_returns(2019, "g1", like=2017)),
    SimulatedNight(
        "2020-08-07", (*_registry("2003ssjin.xls"), "furusato/R1_gain.xlsx"), _returns(2019, "g2", like=2018)
    ),
    SimulatedNight("2020-09-01", ("tourism/2019_irikomi.xlsx",), _returns(2019, "g3", like=2016)),
    SimulatedNight("2020-11-24"),
)
