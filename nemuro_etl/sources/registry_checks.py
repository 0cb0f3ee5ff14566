"""What must hold in a registry table: identities in every row, sums over areas, printed rates."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from nemuro_etl.model.area import AreaKind
from nemuro_etl.sources.faults import Place
from nemuro_etl.sources.labels import mapping_of, sequence
from nemuro_etl.sources.registry_table import Layout, Measure, Numbers, Rows, remainder_of, remainders

_RATE_ROUNDING = 0.005 + 1e-9
"""Rates are printed in full in the files seen; two decimals would do."""
_ODD_RATES = 0.1
"""The share of rows whose rate may be on another base: where areas merged, the publisher's population before is not
the present one less the change, and in some years many did. More, and the column is not what it says."""

Term = tuple[str | None, str]
"""A measure by sex (None where rows have no sex) and name."""
Identity = tuple[list[Term], list[Term], Term]
"""Plus terms, minus terms, and the total that they make."""


class Checks:
    """The checks of one table, each raising FigureImplausible with the cells that break it."""

    def __init__(
        self, place: Place, spec: Mapping[str, object], measures: Sequence[Measure], rows: Rows, values: Numbers
    ) -> None:
        self.place = place
        self.spec = spec
        self.measures = measures
        self.rows = rows
        self.values = values
        self.remarks: list[str] = []

    def check(self, layout: Layout) -> list[str]:
        """Row by row first, so that a wrong cell is named in its own row; then the sums over areas. Returns remarks."""
        self._check_identities()
        if "remainder" in self.spec:
            self._check_withheld()
            self._check_remainder()
        if layout.get("rates") in ("checked", "blank"):
            self._check_rates(str(layout["rates"]))
        self._check_sums()
        return self.remarks

    def _check_identities(self) -> None:
        measures, values = self.measures, self.values
        position = {(measure.sex, measure.name): index for index, measure in enumerate(measures)}
        for plus, minus, total in self._identities():
            terms = [position[term] for term in (*plus, *minus)]
            signs = np.array([1.0] * len(plus) + [-1.0] * len(minus))
            gap = values[:, terms] @ signs - values[:, position[total]]
            broken = np.flatnonzero(~np.isnan(gap) & (gap != 0))
            if len(broken):
                raise self._identity_broken(terms, signs, position[total], broken)

    def _identities(self) -> list[Identity]:
        """Plus terms, minus terms and total of every identity whose terms are all in the table."""
        there = {measure.name for measure in self.measures}
        result: list[Identity] = []
        for text in sequence(self.spec, "identities"):
            left, total = text.split(" = ")
            plus: list[Term] = []
            minus: list[Term] = []
            side = plus
            for word in left.split():
                if word in "+-":
                    side = plus if word == "+" else minus
                else:
                    side.append((None, word))
            if there.issuperset(name for _, name in (*plus, *minus, (None, total))):
                result.append((plus, minus, (None, total)))
        if "sexes" in self.spec:
            whole, *parts = mapping_of(self.spec, "sexes").values()
            for name in dict.fromkeys(measure.name for measure in self.measures):
                result.append(([(part, name) for part in parts], [], (whole, name)))
        return result

    def _identity_broken(
        self,
        terms: Sequence[int],
        signs: npt.NDArray[np.float64],
        total: int,
        broken: npt.NDArray[np.intp],
    ) -> Exception:
        measures, rows, values = self.measures, self.rows, self.values

        def shown(area: int, index: int) -> str:
            measure = measures[index]
            cell = self.place.cell(int(rows.first[area]) + measure.row_offset, measure.column)
            return f"{measure.label} {cell} = {values[area, index]:.0f}"

        area = int(broken[0])
        parts = " ".join(
            ("" if order == 0 else "+ " if sign > 0 else "− ") + shown(area, index)
            for order, (index, sign) in enumerate(zip(terms, signs, strict=True))
        )
        result = float(values[area, list(terms)] @ signs)
        more = f"; and in {len(broken) - 1} more rows" if len(broken) > 1 else ""
        return self.place.implausible(
            f"{rows.names[area]}: {parts} is not {shown(area, total)}{more}",
            f"expected {measures[total].label} to be {result:.0f}; found {values[area, total]:.0f}",
        )

    def _check_withheld(self) -> None:
        """The publisher withholds all classes of an area, of both sexes, or none."""
        without = np.isnan(self.values)
        of = mapping_of(self.spec, "remainder")["of"]
        classes = np.array([measure.name != of for measure in self.measures])
        some = without[:, classes].any(axis=1) & ~without[:, classes].all(axis=1)
        if some.any():
            area = int(np.flatnonzero(some)[0])
            index = int(np.flatnonzero(without[area] & classes)[0])
            measure = self.measures[index]
            raise self.place.implausible(
                f"{self.rows.names[area]}: “{measure.label}” is withheld in "
                f"{self.place.cell(int(self.rows.first[area]) + measure.row_offset, measure.column)}, other classes are not",
                "expected all classes of an area to be withheld, or none",
            )

    def _check_remainder(self) -> None:
        measures, rows, values = self.measures, self.rows, self.values
        left = remainders(self.spec, measures, values)
        self._left = np.logical_or.reduce([remainder > 0 for remainder in left.values()])
        for sex, remainder in left.items():
            if (remainder < 0).any():
                area = int(np.flatnonzero(remainder < 0)[0])
                of = remainder_of(self.spec, measures, sex)
                cell = self.place.cell(int(rows.first[area]) + of.row_offset, of.column)
                raise self.place.implausible(
                    f"{rows.names[area]}: the classes of row {rows.first[area] + of.row_offset + 1} sum to more than "
                    f"“{of.label}” in {cell}",
                    f"expected at most {values[area, measures.index(of)]:.0f}; "
                    f"found {values[area, measures.index(of)] - remainder[area]:.0f}",
                )

    def _check_rates(self, rates: str) -> None:
        """A printed rate is its change in percent of the population before; a mark stands where nobody was before."""
        measures, rows, values = self.measures, self.rows, self.values
        position = {measure.name: index for index, measure in enumerate(measures)}
        base = mapping_of(self.spec, "rate_base")
        before = values[:, position[base["of"]]] - values[:, position[base["change"]]]
        for index, measure in enumerate(measures):
            if measure.rate_of is None:
                continue
            printed = values[:, index]
            exact = np.zeros_like(printed)
            if rates == "blank":
                wrong = ~np.isnan(printed)
            else:
                change = values[:, position[measure.rate_of]]
                with np.errstate(divide="ignore", invalid="ignore"):
                    exact = np.where(before == 0, 0.0, 100 * change / before)
                    off = np.abs(printed - exact) > _RATE_ROUNDING
                marked = np.isnan(printed)
                wrong = marked & (before != 0) | (~marked & off)
                if not (marked & wrong).any() and 0 < wrong.sum() <= max(1, _ODD_RATES * len(wrong)):
                    area = int(np.flatnonzero(wrong)[0])
                    cell = self.place.cell(int(rows.first[area]), measure.column)
                    self.remarks.append(
                        f"“{measure.label}” of {rows.names[area]} in {cell}{f' and {wrong.sum() - 1} more' if wrong.sum() > 1 else ''}"
                        f" is printed as {printed[area]:g}, computed {exact[area]:.4f}: not stored, so only told"
                    )
                    continue
            if wrong.any():
                area = int(np.flatnonzero(wrong)[0])
                cell = self.place.cell(int(rows.first[area]), measure.column)
                expected = (
                    "an empty cell" if rates == "blank" else f"{exact[area]:.4f} %" if before[area] else "0 or a mark"
                )
                raise self.place.implausible(
                    f"{rows.names[area]}: “{measure.label}” in {cell} is not the change in percent",
                    f"expected {expected} (population before: {before[area]:.0f}); found {printed[area]:g}",
                )

    def _check_sums(self) -> None:
        """The country is the sum of its prefectures, a prefecture of its municipalities and wards, and so on down.

        It is also what tells that rows are missing: a file cut short in the middle has no other mark.
        """
        measures, rows = self.measures, self.rows
        kinds = np.array(rows.kinds, dtype=object)
        summed = [i for i, measure in enumerate(measures) if not measure.unused and measure.rate_of is None]
        parents = self._parents()
        leaf = np.array([kind.leaf for kind in rows.kinds])
        prefecture = kinds == AreaKind.PREFECTURE
        self._check_parents(np.where(prefecture, 0, -1), summed, "prefectures")
        within = np.where(leaf, parents["prefecture"], -1)
        self._check_parents(within, summed, "municipalities and wards")
        within = np.where(kinds == AreaKind.WARD, parents["city"], -1)
        self._check_parents(within, summed, "wards")
        within = np.where(kinds == AreaKind.MUNICIPALITY, parents["county"], -1)
        self._check_parents(within, summed, "towns and villages")
        for parent, what in (
            (AreaKind.PREFECTURE, "prefecture"),
            (AreaKind.DESIGNATED_CITY, "city"),
            (AreaKind.COUNTY, "county"),
        ):
            children = set(parents[what][(kinds == AreaKind.WARD) | (kinds == AreaKind.MUNICIPALITY)].tolist())
            for area in np.flatnonzero(kinds == parent).tolist():
                if area not in children:
                    raise self.place.implausible(
                        f"{self.place.cell(int(rows.first[area]), 0)}: nothing follows {rows.names[area]}",
                        "expected its municipalities or wards: the file may be cut short",
                    )

    def _parents(self) -> dict[str, npt.NDArray[np.intp]]:
        """For every row the row of its prefecture, of its designated city and of its county; -1 for none.

        Rows come prefecture by prefecture: a city before its wards, then cities, then each county before its towns.
        """
        rows = self.rows
        prefecture = city = county = -1
        result = np.full((3, len(rows.codes)), -1, dtype=np.intp)
        for index, (code, kind) in enumerate(zip(rows.codes, rows.kinds, strict=True)):
            if kind is AreaKind.PREFECTURE:
                prefecture, city, county = index, -1, -1
            elif kind is AreaKind.DESIGNATED_CITY:
                city = index
            elif kind is AreaKind.COUNTY:
                county = index
            if kind is AreaKind.COUNTRY:
                continue
            if prefecture < 0 or (code and not code.startswith(rows.codes[prefecture])):
                raise self.place.implausible(
                    f"{self.place.cell(int(rows.first[index]), 0)}: {rows.names[index]} ({code}) under the wrong prefecture",
                    "expected every row below the row of its prefecture",
                )
            if kind is AreaKind.WARD and (city < 0 or not rows.names[index].startswith(rows.names[city])):
                raise self.place.implausible(
                    f"{self.place.cell(int(rows.first[index]), 0)}: the ward {rows.names[index]} without its city",
                    "expected every ward below the row of its designated city",
                )
            result[:, index] = prefecture, city, county
        return {"prefecture": result[0], "city": result[1], "county": result[2]}

    def _check_parents(self, parents: npt.NDArray[np.intp], summed: Sequence[int], what: str) -> None:
        """Each row that is a parent in `parents` equals the sum of its children.

        Where classes of a child are withheld or its people of unknown age, the parent's own classes may or may not
        count them: then only the whole is compared.
        """
        measures, rows, values = self.measures, self.rows, self.values
        children = np.flatnonzero(parents >= 0)
        if not len(children):
            return
        known = np.nan_to_num(values[:, summed])
        sums = np.zeros_like(known)
        np.add.at(sums, parents[children], known[children])
        is_parent = np.zeros(len(values), dtype=bool)
        is_parent[parents[children]] = True
        wrong = is_parent[:, None] & ~np.isnan(values[:, summed]) & (values[:, summed] != sums)
        if "remainder" in self.spec:
            open_children = [child for child in children if self._left[child]]
            some_open = np.zeros(len(values), dtype=bool)
            some_open[parents[open_children]] = True
            of = mapping_of(self.spec, "remainder")["of"]
            classes = np.array([measures[index].name != of for index in summed])
            wrong &= ~(some_open[:, None] & classes[None, :])
        if wrong.any():
            area, index = (int(number) for number in np.argwhere(wrong)[0])
            measure = measures[summed[index]]
            cell = self.place.cell(int(rows.first[area]) + measure.row_offset, measure.column)
            count = int((parents == area).sum())
            raise self.place.implausible(
                f"{rows.names[area]}: “{measure.label}” in {cell} is not the sum of its {count} {what}",
                f"expected {sums[area, index]:.0f}; found {values[area, summed[index]]:.0f}: rows may be missing",
            )
