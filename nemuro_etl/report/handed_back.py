"""A 調書 that comes back with what people wrote into it: whether it may be opened, and how it is refused."""

import zipfile
from pathlib import Path

from nemuro_etl.errors import ReturnRefused

_LARGEST_UNPACKED = 200_000_000
_KINDS = {".docx": ("Word文書", "Word"), ".xlsx": ("Excelブック", "Excel")}


def check_size(path: Path, kind: str) -> None:
    """Raises ReturnRefused when the container would unpack to more than any 調書; BadZipFile when it is none."""
    with zipfile.ZipFile(path) as container:
        if sum(part.file_size for part in container.infolist()) > _LARGEST_UNPACKED:
            raise refused(path, kind, f"開くと{_LARGEST_UNPACKED // 1_000_000}MBを超える。")


def refused(path: Path, kind: str, found: str) -> ReturnRefused:
    """The fault of a file that is not a 調書 of `kind`, .docx or .xlsx."""
    what, program = _KINDS[kind]
    return ReturnRefused(
        what=f"{path.name}: {what}として{found}",
        expected=f"この仕組みが書き出した調書の {kind} ファイルであること。",
        kept="このファイルからは何も取り込んでいません。",
        remedy=f"{program}で開き、{kind} として保存し直してから nemuro report import で取り込んでください。",
    )
