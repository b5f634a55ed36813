"""An explanation in words, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.explaining.explain import Doubt, Explanation
from conformance.explaining.index import Entry

_DOUBTS = {
    Doubt.NONE: (),
    Doubt.OTHER_NAMES: ("Perhaps: no probe met it with these names; what is known of the nearest is this.",),
    Doubt.COMMON: (
        "Perhaps: this is said of other things as well. Where a program loads or calls a model of TF Hub, it is this.",
    ),
}
_NEXT_STEPS = (
    "What to do:",
    "  Paste the whole traceback, or its last line, if this was another part of it.",
    "  What works in your release is in reports/index.html: choose a format, a goal and your TensorFlow there.",
)
_FIRST_LINES = 240  # characters of an error that are shown


def describe(explanation: Explanation, source: str) -> str:
    """What it is, whose doing, in which releases, what to do; or what comes nearest.

    Args:
        source: where the index comes from: "reports/results.json of ...".
    """
    if explanation.match:
        lines = [*_DOUBTS[explanation.doubt], *_known(explanation.match)]
    else:
        lines = ["This error is not known: no probe met it."]
        lines += [f"  nearest: {_short(entry)}" for entry in explanation.nearest]
        if not explanation.nearest:
            lines.append("  Nothing that is known resembles it.")
        lines += _NEXT_STEPS
    return "\n".join([*lines, f"(From {source}.)"])


def _known(entry: Entry) -> Iterator[str]:
    yield f"What it is: {_short(entry)}"
    counts = ", ".join(f"{count} {outcome}" for outcome, count in entry.outcomes.items())
    yield f"  raised by {', '.join(entry.origins)}" + (f"; met by probes that ended as: {counts}" if counts else "")
    for step in entry.steps[:2]:
        yield f"  met when: {step}"
    yield "Whose doing:"
    for cause in entry.causes:
        upstream = f" ({', '.join(cause.upstream)})" if cause.upstream else ""
        yield f"  {cause.blame}: {cause.cause}. {cause.reason}{upstream}"
    if not entry.causes:
        yield f"  {entry.origins[0]} raises it; no reviewed cause says more."
    yield "In which releases of TensorFlow:"
    for met in entry.met:
        yield f"  {met.releases} ({met.where})"
    yield "What to do:"
    for remedy in entry.instead:
        yield f"  {remedy.do} (proved: {remedy.releases})"
    if not entry.instead:
        yield "  The run proves nothing to do instead."
    if entry.claims:
        yield f"Claims: {', '.join(entry.claims[:4])}"


def _short(entry: Entry) -> str:
    text = " ".join(entry.text.split())
    return text if len(text) <= _FIRST_LINES else f"{text[:_FIRST_LINES]} [...]"
