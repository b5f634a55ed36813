"""How words look: glyphs and meanings. Verdicts and outcomes share no glyph, and only verdicts have a colour."""

from __future__ import annotations

import msgspec

from conformance.reporting.headline import ClaimState
from conformance.reporting.timeline import MarkState
from conformance.results import VerdictRow
from conformance.words import Column, Format, Keras, Level, Mode, Operation, Outcome, Package, Source, Verdict


class Sign(msgspec.Struct, frozen=True):
    """A word as shown: its glyph and what it means."""

    glyph: str
    meaning: str


STATES: dict[MarkState, Sign] = {
    MarkState.AGREES: Sign("✓", "what was observed is what is documented, a documented refusal included"),
    MarkState.CONTRADICTS: Sign("✗", "what was observed is not what is documented; known where its cause was reviewed"),
    MarkState.EXCEEDS: Sign("+", "runs although it is documented as not supported"),
    MarkState.INCONCLUSIVE: Sign("?", "tried, but the evidence does not settle it"),
    MarkState.MISSING: Sign("!", "planned, and not observed"),
    MarkState.NOT_RUN: Sign("·", "not part of this run's selection"),
    MarkState.NONE: Sign("", "the claim does not speak of this release, or no such environment exists"),
}

# The plain words of the page for what results.json calls "agrees", "contradicts", "exceeds" and "inconclusive".
STATE_WORDS: dict[MarkState, str] = {
    MarkState.AGREES: "holds",
    MarkState.CONTRADICTS: "broken",
    MarkState.EXCEEDS: "runs though unsupported",
    MarkState.INCONCLUSIVE: "not settled",
    MarkState.MISSING: "missing",
    MarkState.NOT_RUN: "not run",
    MarkState.NONE: "",
}

CLAIM_STATES: dict[ClaimState, Sign] = {
    ClaimState.HOLDS: Sign("✓", "holds"),
    ClaimState.PARTLY: Sign("◧", "holds only in some settings"),
    ClaimState.BROKEN: Sign("✗", "does not hold"),
    ClaimState.EXCEEDED: Sign("+", "runs though unsupported"),
    ClaimState.UNCLEAR: Sign("?", "not settled"),
    ClaimState.MISSING: Sign("!", "not observed"),
    ClaimState.NONE: Sign("", "not asked"),
}

OUTCOMES: dict[Outcome, Sign] = {
    Outcome.WORKS: Sign("●", "ran, and gave the right values"),
    Outcome.DEGRADED: Sign("◐", "ran, but lost something it should keep"),
    Outcome.WRONG_VALUES: Sign("≠", "ran, and gave wrong values"),
    Outcome.REJECTED: Sign("⊘", "refused by a clear, deliberate error"),
    Outcome.API_MISSING: Sign("∄", "the public name is gone"),
    Outcome.FAILED: Sign("※", "any other error"),
    Outcome.CRASHED: Sign("■", "the process died"),
    Outcome.TIMED_OUT: Sign("◷", "did not end in time"),
    Outcome.BLOCKED: Sign("▤", "something it needs failed first"),
    Outcome.UNAVAILABLE: Sign("○", "the environment cannot be built or imported here"),
}

QUALIFIERS: dict[str, str] = {
    "minor": "runs, but loses something",
    "noted": "with a loss worth knowing",
    "hazard": "silently loses something",
    "unclear": "the error does not say so",
    "dangerous": "by a crash or by wrong values",
}

LEVELS: dict[Level, str] = {
    Level.FULLY_SUPPORTED: "Fully supported",
    Level.SUPPORTED: "Supported",
    Level.RECOMMENDED: "Recommended",
    Level.CONDITIONAL: "Supported on a condition",
    Level.NOT_SUPPORTED: "Not supported",
}

FORMATS: dict[Format, str] = {Format.TF1_HUB: "TF1 Hub format", Format.TF2_SAVEDMODEL: "TF2 SavedModel"}

OPERATIONS: dict[Operation, str] = {
    Operation.LOAD: "Loading / Inference",
    Operation.FINE_TUNE: "Fine-tuning",
    Operation.CREATE: "Creation",
    Operation.MODE: "TF1 compat mode",
}

COLUMNS: dict[tuple[Format, Column], str] = {
    (Format.TF1_HUB, Column.TF1): "TF1 / TF1 compat mode in TF2",
    (Format.TF1_HUB, Column.TF2): "TF2",
    (Format.TF2_SAVEDMODEL, Column.TF1): "TF1.15 / TF1 compat mode in TF2",
    (Format.TF2_SAVEDMODEL, Column.TF2): "TF2",
}

MODES: dict[Mode, str] = {Mode.TF1: "TF1", Mode.TF1_COMPAT: "TF1 compat mode in TF2", Mode.TF2: "TF2"}

KERAS: dict[Keras, str] = {
    Keras.BUNDLED: "Keras 2, bundled",
    Keras.KERAS3: "Keras 3",
    Keras.LEGACY: "tf_keras, TF_USE_LEGACY_KERAS=1",
}

SOURCES: dict[Source, str] = {
    Source.PAGE: "the page",
    Source.GUIDE: "guide",
    Source.LIBRARY: "the library itself",
    Source.THREAD: "user report",
}

PACKAGES: dict[Package, str] = {
    Package.TENSORFLOW: "TensorFlow",
    Package.HUB: "tensorflow_hub",
    Package.KERAS: "Keras",
    Package.ENVIRONMENT: "the environment",
    Package.PAGE: "the page",
}


def state_words(state: MarkState, qualifier: str, expected: bool, level: Level) -> str:
    """A mark in words; agreement with "not supported" says so, since it is good news."""
    remarks = []
    if state is MarkState.CONTRADICTS or (state is MarkState.EXCEEDS and not expected):
        remarks.append("known" if expected else "new")  # whether somebody has reviewed why
    if qualifier:
        remarks.append(QUALIFIERS.get(qualifier, qualifier))
    name = STATE_WORDS[state]
    if state is MarkState.AGREES and level is Level.NOT_SUPPORTED:
        name = "unsupported, as documented"
    return f"{name} ({', '.join(remarks)})" if remarks else name


def verdict_words(row: VerdictRow) -> str:
    """A verdict in words; a rejection that the page announces reads as the good news it is."""
    if row.verdict is Verdict.AGREES and row.outcomes and set(row.outcomes.values()) == {Outcome.REJECTED}:
        remark = f" ({QUALIFIERS.get(row.qualifier, row.qualifier)})" if row.qualifier else ""
        return f"refused, as documented{remark}"
    return state_words(MarkState(row.verdict.value), row.qualifier, row.expected, row.level)
