"""The texts by which finding errors again is measured, and the committed index.

`data/known.json` has real tracebacks of hub in TensorFlow 1.15, 2.15 and 2.16, altered as people alter them, each with
a pattern of the error that it has to lead to; thresholds were chosen by those of the set "tuning".
The misses of the set "test" were read once and led to changes, so it is no set that nobody has looked at.
`data/unrelated.json` has errors that TensorFlow 2.15 raises about other things than hub.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from conformance.explaining.index import Entry
from conformance.explaining.known_errors import read_known_errors
from conformance.running.places import default_places

DATA = Path(__file__).with_name("data")


class Known(msgspec.Struct, frozen=True, rename={"origin": "from"}, forbid_unknown_fields=True):
    """A text that has to be found."""

    set: str
    origin: str
    altered: str
    expected: str
    text: str


class Unrelated(msgspec.Struct, frozen=True, rename={"origin": "from"}, forbid_unknown_fields=True):
    """A text that has nothing to do with hub."""

    origin: str
    altered: str
    text: str


def index() -> tuple[Entry, ...]:
    """The committed one."""
    return read_known_errors(default_places(None).known_errors).entries


def known() -> list[Known]:
    return msgspec.json.decode((DATA / "known.json").read_bytes(), type=list[Known])


def unrelated() -> list[Unrelated]:
    return msgspec.json.decode((DATA / "unrelated.json").read_bytes(), type=list[Unrelated])


def everything() -> list[str]:
    return [*(one.text for one in known()), *(one.text for one in unrelated())]
