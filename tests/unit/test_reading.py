"""What the operator is told of a file that is none of its source's."""

import pytest

from nemuro_etl.errors import LayoutChanged
from tests.samples.make_registry import Grid, write_xlsx
from tests.samples.public_source import public_source
from tests.samples.read_bytes import read

TEXT = "圏域,振興局,市町村\n釧路・根室,根室,根室市\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_text_of_another_kind_is_shown_as_a_person_reads_it(encoding: str) -> None:
    with pytest.raises(LayoutChanged) as refused:
        read(public_source("tourism"), TEXT.encode(encoding), "a.csv")
    assert refused.value.what == "a.csv is no file of the source tourism"
    assert refused.value.expected == (
        "expected one of: visitors-by-month (a workbook), foreign-guests (a workbook); "
        "found: a text that begins with “圏域,振興局,市町村”"
    )


def test_a_long_text_cut_within_a_character_is_still_shown_in_its_encoding() -> None:
    with pytest.raises(LayoutChanged) as refused:
        read(public_source("tourism"), b"." + "根".encode() * 10_000, "a.txt")
    assert refused.value.expected.endswith(f"“.{'根' * 59}”")


def test_a_workbook_of_another_kind_is_told_by_its_sheets() -> None:
    with pytest.raises(LayoutChanged) as refused:
        read(public_source("trade"), write_xlsx(Grid("国", [["コード", "国名"]]), Grid("注", [["なし"]])), "a.xlsx")
    assert "customs (a text)" in refused.value.expected
    assert refused.value.expected.endswith("found: a workbook with 国!A1 “コード” / 注!A1 “なし”")
