"""The watched folder of a source."""

from pathlib import Path

_UNFINISHED = (".part", ".partial", ".crdownload", ".tmp", ".temp")


def watched_files(folder: Path) -> list[Path]:
    """The files to be taken from a watched folder, by name; none when there is no such folder.

    Left alone: folders, hidden files, an office program's lock files (`~$…`), and what is still being written.
    """
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith((".", "~")) and not path.name.lower().endswith(_UNFINISHED)
    )
