"""The answer box's data: for a format, an operation and a release, what was observed to work, and how to get it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from conformance.claims.catalogue import Catalogue
from conformance.reporting.cells import CellInfo
from conformance.results import Results
from conformance.words import Format, Keras, Mode, Operation, Word


class Support(Word):
    """The short answer."""

    YES = "yes"  # works in the release as it installs today
    PARTLY = "partly"  # works in some settings only, or with a loss
    NO = "no"  # tried, and works in no setting
    UNKNOWN = "unknown"  # not tried, or the evidence does not settle it


class Recipe(msgspec.Struct, frozen=True):
    """One way that was observed to work, in one cell, with what it takes to do the same.

    Attributes:
        call: the call form, as the claim gives it.
        environ: what to set before TensorFlow is imported: "TF_USE_LEGACY_KERAS=1".
        pins: what to install, in pip's words: "tensorflow==2.15.1".
        caveats: what is lost, what the page says against it, which condition it holds on.
        probes: the probes that showed it.
    """

    claim: str
    cell: str
    release: str
    hub: str
    mode: Mode
    keras: Keras
    call: str
    environ: tuple[str, ...]
    pins: tuple[str, ...]
    caveats: tuple[str, ...]
    probes: tuple[str, ...]


class Answer(msgspec.Struct, frozen=True):
    """What the evidence says to one question.

    Attributes:
        sentence: the answer in one sentence.
        recipes: the ways that work in that very release, best first; empty where none does.
        instead: what to do where it does not work (or not everywhere); each from a reviewed expectation.
        elsewhere: the nearest release in which it works, where it works in none of this one's settings.
        broken: claims about it that do not hold in some setting of the release.
    """

    format: Format
    operation: Operation
    release: str
    support: Support
    sentence: str
    recipes: tuple[Recipe, ...] = ()
    instead: tuple[str, ...] = ()
    elsewhere: Recipe | None = None
    broken: tuple[str, ...] = ()


def find_answers(results: Results, claims: Catalogue, cells: Sequence[CellInfo]) -> tuple[Answer, ...]:  # noqa: ARG001
    """An answer for every format, operation and release of the run."""
    return ()
