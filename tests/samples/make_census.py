"""Writes the sample of the census: an answer of e-Stat's API. `python -m tests.samples.make_census`

The envelope and the classes are e-Stat's. Real figures: 全国 and 北海道; the others are invented (README.md).
Deterministic.
"""

import json
from typing import Any

from tests.samples.make_registry import FOLDER

NAME = "census-2020.json"
AREAS = (
    ("00000", "全国", 61349581, 64796518),
    ("01000", "北海道", 2465088, 2759526),
    ("01100", "札幌市", 900000, 1000000),
    ("01223", "根室市", 11800, 12836),
    ("13000", "東京都", 6000000, 7000000),
    ("13100", "特別区部", 4000000, 5000000),
    ("13101", "千代田区", 33000, 34000),
)


def answer() -> dict[str, Any]:
    """A fresh answer for tests to break."""
    values = [
        {"@tab": "2020_01", "@cat01": sex, "@area": code, "@time": "2020000000", "@unit": "人", "$": str(value)}
        for sex, count in (("0", lambda m, f: m + f), ("1", lambda m, f: m), ("2", lambda m, f: f))
        for code, _, male, female in AREAS
        for value in (count(male, female),)
    ]
    classes = [
        {
            "@id": "tab",
            "@name": "表章事項",
            "CLASS": {"@code": "2020_01", "@name": "人口", "@level": "", "@unit": "人"},
        },
        {
            "@id": "cat01",
            "@name": "男女",
            "CLASS": [
                {"@code": code, "@name": name, "@level": "1"}
                for code, name in (("0", "総数"), ("1", "男"), ("2", "女"))
            ],
        },
        {"@id": "area", "@name": "全国，都道府県，市区町村", "CLASS": [{"@code": a[0], "@name": a[1]} for a in AREAS]},
        {
            "@id": "time",
            "@name": "時間軸（年次）",
            "CLASS": {"@code": "2020000000", "@name": "2020年", "@level": "1"},
        },
    ]
    return {
        "GET_STATS_DATA": {
            "RESULT": {"STATUS": 0, "ERROR_MSG": "正常に終了しました。", "DATE": "2021-12-01T09:00:00.000+09:00"},
            "PARAMETER": {"LANG": "J", "STATS_DATA_ID": "0003445078", "DATA_FORMAT": "J", "METAGET_FLG": "Y"},
            "STATISTICAL_DATA": {
                "RESULT_INF": {"TOTAL_NUMBER": len(values), "FROM_NUMBER": 1, "TO_NUMBER": len(values)},
                "TABLE_INF": {"@id": "0003445078", "STAT_NAME": {"@code": "00200521", "$": "国勢調査"}},
                "CLASS_INF": {"CLASS_OBJ": classes},
                "DATA_INF": {
                    "NOTE": [{"@char": "***", "$": "当該数値がないもの"}, {"@char": "-", "$": "当該数値がないもの"}],
                    "VALUE": values,
                },
            },
        }
    }


def as_bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def main() -> None:
    folder = FOLDER / "census"
    folder.mkdir(exist_ok=True)
    (folder / NAME).write_bytes(as_bytes(answer()))


if __name__ == "__main__":
    main()
