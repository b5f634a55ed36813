"""Makes text from anywhere fit for a record: bounded, printable, and valid UTF-8."""

from __future__ import annotations

import re

LONGEST = 4000
_ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")  # of a terminal: Keras 3 makes parts of its errors bold
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Drops a terminal's escape sequences, and spells out what else neither JSON nor XML can carry."""
    plain = _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _CONTROL.sub(_escape, plain)


def shorten(text: str, longest: int = LONGEST) -> str:
    """Cuts out the middle of a long text: its beginning says what failed, and its end says why."""
    if len(text) <= longest:
        return text
    head = longest // 2
    tail = longest - head
    return "{}\n[... {} characters left out ...]\n{}".format(text[:head], len(text) - longest, text[-tail:])


def ending(text: str, longest: int = LONGEST) -> str:
    """Keeps the end of a long text."""
    return text if len(text) <= longest else "[...]\n" + text[-longest:]


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    return "\\x{:02x}".format(code) if code < 0x100 else "\\u{:04x}".format(code)
