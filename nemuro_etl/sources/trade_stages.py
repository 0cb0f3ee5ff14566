"""How final the figures of a month are: no trade file says so, but the day on which it was obtained does."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase

from nemuro_etl.model.figure import Stage
from nemuro_etl.sources.labels import mapping_of, sequence


@dataclass(frozen=True, slots=True)
class _Rule:
    stage: Stage
    directions: frozenset[str]
    since: int
    """The first year whose figures have this stage."""
    months_after: int
    """From the last day of the month so many after the figure's; 0 with `next_year`."""
    next_year: str
    """From this day (MM-DD) of the year after the figure's."""

    def day(self, year: int, month: int) -> date:
        if self.next_year:
            return date.fromisoformat(f"{year + 1}-{self.next_year}")
        later = year * 12 + month - 1 + self.months_after
        return date(later // 12, later % 12 + 1, monthrange(later // 12, later % 12 + 1)[1])


class Stages:
    """The publisher's calendar, as one file is judged by it."""

    def __init__(self, spec: Mapping[str, object], file: str) -> None:
        named = mapping_of(spec, "stage_by_name")
        self._named = next((Stage(named[form]) for form in named if fnmatchcase(file, form)), None)
        rules = spec["stages"]
        assert isinstance(rules, list)
        self._rules = [
            _Rule(
                Stage(rule["stage"]),
                frozenset(sequence(rule, "of")),
                int(rule.get("since", "0")),
                int(rule.get("months_after", "0")),
                rule.get("next_year", ""),
            )
            for rule in rules
        ]

    def published_on(self, direction: str, year: int, month: int) -> date:
        """The day from which the month is out for certain, by its first stage."""
        return self._of(direction, year)[0].day(year, month)

    def stage(self, direction: str, year: int, month: int, months: int, obtained: date) -> Stage:
        """The stage of a month in a file obtained on a day, of whose year `months` are out.

        A file with a month is no older than that month's first publication, however early it was obtained; one without
        the next month is older than that one's, however late.
        """
        if self._named is not None:
            return self._named
        obtained = max(obtained, self.published_on(direction, year, months))
        if months < 12:
            obtained = min(obtained, self.published_on(direction, year, months + 1) - timedelta(days=1))
        first, *later = self._of(direction, year)
        reached = [rule.stage for rule in later if rule.day(year, month) <= obtained]
        return max([first.stage, *reached], key=lambda stage: stage.rank)

    def _of(self, direction: str, year: int) -> list[_Rule]:
        return [rule for rule in self._rules if direction in rule.directions and year >= rule.since]
