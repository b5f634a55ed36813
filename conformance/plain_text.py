"""Text from models, errors and version strings, made fit for a report."""

from __future__ import annotations

import re
from collections.abc import Sequence

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OUR_FOLDERS = re.compile(r"(?<![\w.:/])/[^\s:'\",)]*?/(?=(?:site-packages|conformance|fixtures)/)")
_OTHER_FOLDERS = re.compile(r"(?<![\w.:/])/(?:[^\s:'\",)/]+/)+(?=[^\s:'\",)/])")
_ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


def printable(text: str) -> str:
    """Drops terminal escape sequences and shows characters that XML 1.0 and UTF-8 refuse as U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", _ESCAPE_SEQUENCE.sub("", text))


def without_machine_paths(text: str) -> str:
    """The text of an error without the folders of the machine it was met on, which mean nothing to anybody else."""
    return _OTHER_FOLDERS.sub(".../", _OUR_FOLDERS.sub("", text))


def some(names: Sequence[object], limit: int = 3) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(map(str, names[:limit])) + more


def counted(number: int, noun: str) -> str:
    """E.g. "1 cell", "3 cells"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
