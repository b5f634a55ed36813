"""The texts of errors, so that one is known again: without what varies from meeting to meeting, and in one line."""

from __future__ import annotations

import re

from conformance.evidence import Error

_FOLDERS = re.compile(r"(?<![\w.])/[^\s:'\",)]+/")  # they hold the cell's name or a random part
_VARYING = (
    (re.compile(r"0x[0-9a-fA-F]{4,}"), "0x..."),  # addresses
    (_FOLDERS, ".../"),
    (re.compile(r"\d+"), "0"),  # counters, line numbers, generated name suffixes
)


def alike_but_for_numbers(text: str) -> str:
    """The text without what varies from one meeting with an error to the next: addresses, folders and numbers."""
    for pattern, stand_in in _VARYING:
        text = pattern.sub(stand_in, text)
    return text


def without_folders(text: str) -> str:
    """The text with the names of files alone, for people: where they lay says nothing."""
    return _FOLDERS.sub(".../", text)


def one_line(error: Error, limit: int = 160) -> str:
    """An error in one line, for lists."""
    text = " ".join(error.message.split())
    shown = text if len(text) <= limit else f"{text[: limit - 3]}..."
    return f"{error.type}: {shown}" if shown else error.type
