"""The chain from a rating to the cell: rating ← formula with numbers ← figures ← snapshot ← sheet and cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from nemuro_etl.catalog.types import Correction, Department, Indicator, Source
from nemuro_etl.model.evaluation import DATA_STATE_LABELS, RATING_LABELS, Evaluation
from nemuro_etl.model.figure import Figure, decimal_text, dimensions_text
from nemuro_etl.model.period import TOKYO, fiscal_year_label
from nemuro_etl.model.returned import Returned
from nemuro_etl.model.snapshot import Snapshot
from nemuro_etl.model.wording import readable

_HOW = {"folder": "受付フォルダーから", "command": "ファイルを指定して", "http": "公表元の所在地から"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that stands behind one evaluation. `snapshots` by SHA-256, for the figures that have one."""

    evaluation: Evaluation
    indicator: Indicator
    document: str
    owner: Department | None
    snapshots: Mapping[str, Snapshot]
    sources: Mapping[str, Source]
    """By id: the sources of the figures, whose publishers ask to be credited."""
    forecast: str
    """The forecast for the target year in words, or why there is none."""
    effects: tuple[Decimal, Decimal] | None
    """Of a ratio's change since the year before: what came from its numerator, and what from its denominator."""
    returns: Sequence[Returned] = ()
    """The returns among the figures, with who entered them, when and why."""

    def as_json(self) -> dict[str, object]:
        """The evaluation's JSON plus rule, quote and the originals of its figures."""
        return {
            **self.evaluation.as_json(),
            "shape": str(self.indicator.shape),
            "formula": self.evaluation.formula,
            "reason": self.evaluation.reason,
            "forecast": self.forecast,
            "numerator_effect": None if self.effects is None else decimal_text(self.effects[0]),
            "denominator_effect": None if self.effects is None else decimal_text(self.effects[1]),
            "quote": self.indicator.quote.text,
            "quote_line": self.indicator.quote.line,
            "decision": self.indicator.decision,
            "department": None if self.owner is None else self.owner.name,
            "originals": [
                {
                    "sha256": snapshot.sha256,
                    "name": snapshot.name,
                    "origin": snapshot.origin,
                    "how": snapshot.how,
                    "obtained_at": snapshot.obtained_at.isoformat(),
                }
                for snapshot in self.snapshots.values()
            ],
            "credits": [source.credit for source in self.sources.values()],
            "corrections": [
                {"figure": correction.key, "found": decimal_text(correction.found), "reason": correction.reason}
                for correction in map(self._correction, self.evaluation.figures)
                if correction is not None
            ],
            "returns": [
                {
                    "period": each.period,
                    "entered_by": each.entered_by,
                    "entered_on": each.entered_on,
                    "evidence": each.evidence,
                    "remark": each.remark,
                    "correction": each.correction,
                    "file": each.file,
                    "locator": each.locator,
                }
                for each in self.returns
            ],
        }

    def figure_rows(self) -> list[dict[str, object]]:
        """One row for each figure that entered, with its original."""
        return [
            {**figure.as_json(), **self._original(figure)}  # the file's name beside the figure's own keys
            for figure in self.evaluation.figures
        ]

    def _original(self, figure: Figure) -> dict[str, object]:
        snapshot = self.snapshots.get(figure.snapshot or "")
        return {"file": None if snapshot is None else snapshot.name}

    def text(self) -> str:
        """The chain as the secretariat reads it."""
        evaluation, indicator = self.evaluation, self.indicator
        lines = [
            f"{indicator.id} {indicator.name}　{fiscal_year_label(evaluation.fiscal_year)}"
            f"（{evaluation.as_of.isoformat()}時点で登録済みの値による）",
            f"判定: {RATING_LABELS[evaluation.rating]}　データの状態: {DATA_STATE_LABELS[evaluation.data_state]}",
        ]
        if evaluation.reason:
            lines.append(f"理由: {evaluation.reason}")
        lines += ["", "■ 計算"]
        lines += [
            f"  {line}" for line in (evaluation.formula or "（判定していないため、計算はありません）").split("\n")
        ]
        lines += [f"  {label}: {value}" for label, value in self._numbers()]
        if self.effects is not None:
            lines.append(f"  前の値からの変化: {self._effects(*self.effects)}")
        lines.append(f"  見通し: {self.forecast}")
        lines += ["", "■ 使った値"]
        lines += [line for figure in evaluation.figures for line in self._figure_lines(figure)] or ["  （なし）"]
        lines += [
            "",
            "■ 根拠",
            f"  {self.document} {indicator.quote.line}行目: 「{indicator.quote.text}」",
            f"  位置: {indicator.location}　改訂: {evaluation.revision}",
        ]
        if indicator.decision:
            lines.append(f"  解釈: {indicator.decision}")
        lines.append(f"  所管: {'（所管課が登録されていません）' if self.owner is None else self.owner.name}")
        if self.sources:
            lines += ["", "■ 出典", *(f"  {source.credit}" for source in self.sources.values())]
        return "\n".join(lines)

    def _correction(self, figure: Figure) -> Correction | None:
        """The publisher's known error that was put right in the figure, if it is one."""
        source = self.sources.get(figure.source)
        key = (figure.series, figure.area, figure.period, dimensions_text(figure.dimensions))
        found = (one for one in (source.corrections if source else ()) if (one.key, one.instead) == (key, figure.value))
        return next(found, None)

    def _numbers(self) -> list[tuple[str, str]]:
        evaluation = self.evaluation
        unit = evaluation.unit
        named = [
            ("実績値", evaluation.actual, unit),
            ("基準値", evaluation.baseline, unit),
            ("目標値", evaluation.target, unit),
            ("目安値", evaluation.expected, unit),
            ("対策を行わない場合（社人研推計）", evaluation.do_nothing, unit),
            ("進捗率（目安比）", evaluation.pace, ""),
            ("達成率", evaluation.attainment, ""),
            ("差分達成率", evaluation.gap_closed, ""),
            ("必要ペース（1年あたり）", evaluation.need_per_year, unit),
        ]
        return [(label, f"{readable(value)}{suffix}") for label, value, suffix in named if value is not None]

    def _effects(self, numerator: Decimal, denominator: Decimal) -> str:
        unit, change = self.evaluation.unit, numerator + denominator
        # a share or a rate may improve for no other reason than that fewer people are left
        alone = "。分母が動いたことだけで動いたように見えます" if not numerator and denominator else ""
        return (
            f"{readable(change)}{unit}（うち分子の動きによるもの {readable(numerator)}{unit}、"
            f"分母の動きによるもの {readable(denominator)}{unit}{alone}）"
        )

    def _figure_lines(self, figure: Figure) -> list[str]:
        dimensions = "、".join(f"{key}={value}" for key, value in sorted(figure.dimensions.items()))
        lines = [
            f"  {figure.series} {figure.area} {figure.period}{f'（{dimensions}）' if dimensions else ''} = "
            f"{readable(figure.value)}{figure.unit}【{figure.stage.value}】"
        ]
        correction = self._correction(figure)
        if correction is not None:
            lines.append(f"    ※ 公表値は{readable(correction.found)}{figure.unit}。訂正した理由: {correction.reason}")
        snapshot = self.snapshots.get(figure.snapshot or "")
        if snapshot is None:
            return [*lines, f"    ← {figure.locators[0] if figure.locators else figure.source}"]
        return [
            *lines,
            *self._return_lines(figure),
            f"    ← {snapshot.name} の {figure.locators[0]}",
            f"    ← {snapshot.origin}（{_HOW[snapshot.how]}、{snapshot.obtained_at.astimezone(TOKYO):%Y-%m-%d %H:%M}取得）",
            f"    ← 原本 sha256:{snapshot.sha256}",
        ]

    def _return_lines(self, figure: Figure) -> list[str]:
        """Who entered the figure of a return, when, on what grounds and why."""
        named = [
            ("記入者", "entered_by"),
            ("記入日", "entered_on"),
            ("根拠", "evidence"),
            ("備考", "remark"),
            ("訂正理由", "correction"),
        ]
        said = [
            [f"{label}: {getattr(each, key)}" for label, key in named if getattr(each, key)]
            for each in self.returns
            if each.period == figure.period and figure.source == "returns"
        ]
        return [f"    ← {'　'.join(words)}" for words in said if words]
