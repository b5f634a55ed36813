"""The texts by which finding errors again is measured, and the index that the committed files make.

The tuning set, by which weights and thresholds were chosen: `data/known.json`, real tracebacks of hub in TensorFlow
1.15, 2.15 and 2.16, altered as people alter them, each with a pattern of the error that it has to lead to, and
`data/unrelated.json`, errors that TensorFlow 2.9, 2.15 and 2.18 raise about other things than hub.

The held-out set, made once and not tuned on: `data/held_out.json`, errors of cells of 2.2, 2.9, 2.13, 2.18 and 2.20 in
probes that tuning did not use, and of user programs run in TensorFlow 2.9, 2.13 and 2.18, each with the error as it was
before it was altered; and `data/held_out_unrelated.json`, errors of TensorFlow 2.9 and 2.18.

Programs: `data/programs.json`, what wrong or outdated programs around hub, and programs that have nothing to do with
it, print in TensorFlow 1.15, 2.15 and 2.21, likewise altered, each with a pattern of the error that it has to lead to.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from conformance.environments.catalogue import load_releases
from conformance.environments.without_pins import read_tries
from conformance.explaining.index import Entry
from conformance.explaining.installing import install_entries
from conformance.explaining.known_errors import entries_of_models, read_known_errors
from conformance.running.places import default_places

DATA = Path(__file__).with_name("data")


class Known(msgspec.Struct, frozen=True, rename={"origin": "from"}, forbid_unknown_fields=True):
    """A text that has to be found."""

    set: str
    origin: str
    altered: str
    expected: str
    text: str


class HeldOut(msgspec.Struct, frozen=True, rename={"origin": "from"}, forbid_unknown_fields=True):
    """A text that has to be found, and the error that it was made of."""

    origin: str
    altered: str
    error: str
    text: str


class Program(msgspec.Struct, frozen=True, rename={"origin": "from"}, forbid_unknown_fields=True):
    """What a program printed, and the error that it has to lead to; "" if it has nothing to do with hub."""

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
    """What a fresh clone knows."""
    run = read_known_errors(default_places(None).known_errors).entries
    return (*install_entries(read_tries(), load_releases()), *entries_of_models(), *run)


def known() -> list[Known]:
    return msgspec.json.decode((DATA / "known.json").read_bytes(), type=list[Known])


def held_out() -> list[HeldOut]:
    return msgspec.json.decode((DATA / "held_out.json").read_bytes(), type=list[HeldOut])


def programs() -> list[Program]:
    return msgspec.json.decode((DATA / "programs.json").read_bytes(), type=list[Program])


def unrelated(name: str = "unrelated") -> list[Unrelated]:
    if name == "programs":
        return [Unrelated(one.origin, one.altered, one.text) for one in programs() if not one.expected]
    return msgspec.json.decode((DATA / f"{name}.json").read_bytes(), type=list[Unrelated])


def everything() -> list[str]:
    texts = [one.text for some in (known(), held_out(), programs()) for one in some]
    return [*texts, *(one.text for name in ("unrelated", "held_out_unrelated") for one in unrelated(name))]
