"""What people write into a report: how a box is named, and what their programs add to the text on its way."""

import pytest

from nemuro_etl.model.comment import COMMENT_LABELS, Box, CommentKind, as_recorded


@pytest.mark.parametrize("kind", CommentKind)
def test_a_box_is_found_again_by_its_code_with_the_version_that_the_file_knew(kind: CommentKind) -> None:
    box = Box("g1-a1-1", kind, 2017)
    assert box.code(0) == f"g1-a1-1:{kind}@FY2017#0"
    assert Box.parse(box.code(0)) == (box, 0)
    assert Box.parse(box.code(12)) == (box, 12)
    assert kind in COMMENT_LABELS


@pytest.mark.parametrize(
    "code",
    ["", "g1", "g1:internal@FY2017", "g1:opinion@FY2017#0", "g1:internal@FY17#0", "g1:internal@FY２０１７#0"]
    + ["g1:internal@FY2017#-1", " g1:internal@FY2017#0", "g1-n1@FY2017@2018-11-22", "g1:internal@FY2017#0\n"],
)
def test_what_is_no_code_is_none(code: str) -> None:
    assert Box.parse(code) is None


@pytest.mark.parametrize(
    ("written", "recorded"),
    [
        ("おおむね順調。", "おおむね順調。"),
        ("  一行目 \r\n二行目\r三行目\u3000\n\n", "一行目\n二行目\n三行目"),
        ("段落\n\n段落", "段落\n\n段落"),
        ("\x00危険\x0b\x1f", "危険"),
        ("=1+1", "=1+1"),
        (" \t\n", ""),
    ],
)
def test_a_text_is_recorded_without_what_programs_add_to_it(written: str, recorded: str) -> None:
    assert as_recorded(written) == recorded
    assert as_recorded(recorded) == recorded
