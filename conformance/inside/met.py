"""The errors that the running probe met and went on from: confirmed refusals, and what led to the error at its end.

Their texts are kept at once, and never the errors themselves, which would keep alive whatever their frames refer to.
"""

from __future__ import annotations

from typing import Iterable

from conformance.inside import classify

_MOST = 50  # of one probe; one that tries its call in every order would meet the same few errors again and again
_met: dict[tuple[str, str], dict[str, str]] = {}


def forget() -> None:
    """A probe begins."""
    _met.clear()


def keep(error: BaseException) -> None:
    """The running probe met `error` and goes on."""
    add(map(classify.text_of_error, (*classify.behind(error), error)))


def add(texts: Iterable[dict[str, str]]) -> None:
    """What it asked of a fresh process met these."""
    for text in texts:
        if len(_met) < _MOST:
            _met.setdefault((text["type"], text["message"]), text)


def errors(last: BaseException | None) -> list[dict[str, str]]:
    """What the running probe met, each text once, with what led to the error that ended it but without that error."""
    if last is not None:
        add(map(classify.text_of_error, classify.behind(last)))
    return list(_met.values())
