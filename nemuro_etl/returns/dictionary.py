"""The indicators in words, from config: a sheet of the workbooks, and docs/indicators.md."""

from collections.abc import Iterable, Sequence
from datetime import date

from nemuro_etl.catalog.types import Catalog, Edition, Indicator, PeriodBasis, Shape
from nemuro_etl.model.wording import readable

HEADINGS = (
    "記号",
    "指標",
    "位置",
    "戦略の本文",
    "単位",
    "基準値",
    "目標値",
    "測り方",
    "値の期間",
    "値の出どころ",
    "所管",
    "解釈",
)

_SHAPES = {
    Shape.LEVEL: "各年度の値を、基準値から目標値へ向かう目安と比べる",
    Shape.CUMULATIVE: "各年度に増えた分を、初年度から足し上げて比べる",
    Shape.QUOTA: "毎年度の量を、目標値と比べる",
    Shape.MAINTAIN: "目標値を維持しているかを見る",
    Shape.MILESTONE: "最終年度までに実現したかを見る",
    Shape.FLOOR: "対策を行わない場合の推計より減少を抑えているかを、日付で引いた線と比べる",
    Shape.OUTLOOK: "示すだけで判定しない",
}
_BASES = {
    PeriodBasis.FISCAL_YEAR: "年度（4月から翌年3月まで）",
    PeriodBasis.CALENDAR_YEAR: "暦年（1月から12月まで）",
    PeriodBasis.DATE: "ある日現在",
    PeriodBasis.SURVEY: "調査を行った年度",
    PeriodBasis.MULTI_YEAR: "5年間の推計（最後の年の年度の値とする）",
}
_FAMILIES = {
    "population": "住民基本台帳人口・国勢調査（公表統計）",
    "vital": "人口動態保健所・市区町村別統計（公表統計）",
    "tourism": "北海道観光入込客数調査報告書（公表統計）",
    "furusato": "ふるさと納税に関する現況調査（公表統計）",
    "trade": "財務省貿易統計（公表統計）",
    "department": "所管課の報告",
    "survey": "市民意識調査など（所管課の報告）",
}


def define(catalog: Catalog, indicators: Iterable[Indicator], day: date) -> list[tuple[str, ...]]:
    """One row an indicator, a text for each of HEADINGS; owners are those of `day`."""
    return [_define(catalog, indicator, day) for indicator in indicators]


def _define(catalog: Catalog, indicator: Indicator, day: date) -> tuple[str, ...]:
    owner = catalog.owner_on(indicator, day)
    source = _FAMILIES[indicator.family]
    if indicator.actual.returns and indicator.family not in ("department", "survey"):
        source += "。公表値のない年度は所管課の報告"
    return (
        indicator.id,
        indicator.name,
        indicator.location,
        f"{indicator.quote.text}（{indicator.quote.line}行目）",
        indicator.unit,
        _baseline(indicator),
        "―" if indicator.target is None else readable(indicator.target),
        _SHAPES[indicator.shape],
        _BASES[indicator.basis],
        source,
        "―" if owner is None else owner.name,
        f"{indicator.same_as}と同じ指標の再掲。{indicator.decision}" if indicator.same_as else indicator.decision,
    )


def _baseline(indicator: Indicator) -> str:
    number = "" if indicator.baseline is None else readable(indicator.baseline)
    return f"{number}（{indicator.baseline_note}）" if indicator.baseline_note else number or "―"


def write_markdown(catalog: Catalog, edition: Edition) -> str:
    """docs/indicators.md: every row of the newest revision, goal by goal as the document has them."""
    day = edition.revisions[-1].since
    rows = define(catalog, edition.indicators_on(day), day)
    lines = [
        f"# 指標の定義（{edition.title}、{day.isoformat()}の改訂）",
        "",
        "`nemuro workbook dictionary --out docs/indicators.md` が config/ から書き出したものです。直すときは config/strategy/ を直してください。",
    ]
    for row in rows:
        lines += ["", f"## {row[0]} {row[1]}", "", *_facts(row[2:])]
    return "\n".join(lines) + "\n"


def _facts(texts: Sequence[str]) -> list[str]:
    return [f"- {label}: {text}" for label, text in zip(HEADINGS[2:], texts, strict=True) if text]
