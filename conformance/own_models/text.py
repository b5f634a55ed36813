"""What was observed of a model, in one screen of a terminal. Its names and errors are foreign text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from conformance.inspecting.text import count_of, one_line, spans
from conformance.own_models.conclusions import Conclusions, FoundCause, WorkingCall
from conformance.own_models.contradictions import Contradiction
from conformance.own_models.results import ModelTrial, TriedForm
from conformance.words import Outcome

_MOST_CAUSES, _MOST_CALLS = 8, 24
_LONGEST_CALL, _LONGEST_SENTENCE = 160, 400  # characters


def lines_of(tried: ModelTrial, found: Conclusions, against: Sequence[Contradiction] = ()) -> Iterator[str]:
    """The lines about one model; `against`: where it behaved otherwise than its files let expect."""
    yield found.sentence
    yield f"  {how_it_was_tried(tried, found)}"
    yield ""
    calls = [
        (outcomes_of(tried, form), one_line(form.call, _LONGEST_CALL))
        for form in tried.forms
        if _was_tried(tried, form)
    ]
    for outcomes, call in calls[:_MOST_CALLS]:
        yield f"    {call}"
        yield f"      {outcomes}"
    if len(calls) > _MOST_CALLS:
        yield f"    and {len(calls) - _MOST_CALLS} more calls, see the page"
    for cell in tried.cells:
        if cell.unavailable:
            yield f"    {cell.cell} is unavailable: {one_line(cell.unavailable)}"
    for missing in tried.missing:
        yield f"    missing: {one_line(missing)}"
    if against:
        yield ""
        yield "  Otherwise than its files let expect:"
        yield from (f"    {one_line(one.sentence(tried.known_releases), _LONGEST_SENTENCE)}" for one in against)
    if found.causes:
        yield ""
        yield "  What does not work, or could not be tried, and why:"
        for cause in found.causes[:_MOST_CAUSES]:
            yield from _cause(tried, cause)
        if len(found.causes) > _MOST_CAUSES:
            yield f"    and {len(found.causes) - _MOST_CAUSES} more causes, see the page"


def outcomes_of(tried: ModelTrial, form: TriedForm) -> str:
    """How a call form fared: "works 1.15, 2.15; rejected 2.21 (tf2, keras3)"."""
    calls = [call for call in tried.calls if call.probe == form.probe]
    parts = []
    for outcome in Outcome:
        cells = [tried.cell(call.cell) for call in calls if call.outcome is outcome]
        if not cells:
            continue
        others = {tried.cell(call.cell).release for call in calls if call.outcome is not outcome}
        whole = {cell.release for cell in cells} - others
        mixed = [cell.cell for cell in cells if cell.release in others]
        said = [*([spans(whole, tried.known_releases)] if whole else []), *mixed]
        parts.append(f"{outcome} {', '.join(said)}")
    return "; ".join(parts)


def instead_line(instead: WorkingCall) -> str:
    """What to do instead, in a line."""
    where = " ".join((*instead.variables, *instead.install))
    return f"in {instead.release} this worked: {one_line(instead.call, _LONGEST_CALL)} ({where})"


def how_it_was_tried(tried: ModelTrial, found: Conclusions) -> str:
    """How much was tried, how it was shut in, and what outputs were compared with."""
    if not found.compared:
        with_what = "there was nothing to compare its outputs with"
    elif tried.reference:
        with_what = f"outputs compared with those in {tried.reference} ({tried.reference_is})"
    else:
        with_what = f"outputs compared with {tried.reference_is}"
    cells, calls = count_of(tried.cells, "cell"), count_of(tried.calls, "observation")
    return f"{cells}, {calls}, {tried.enclosure.sentence}; {with_what}."


def _cause(tried: ModelTrial, cause: FoundCause) -> Iterable[str]:
    blame = f" ({cause.blame})" if cause.blame else ""
    where = spans(cause.releases, tried.known_releases)
    yield f"    {cause.outcome}{blame} in {where}: {one_line(cause.text, _LONGEST_SENTENCE)}"
    yield f"      calls: {'; '.join(one_line(call, _LONGEST_CALL) for call in cause.calls[:3])}" + (
        f"; and {len(cause.calls) - 3} more" if len(cause.calls) > 3 else ""
    )
    if cause.known:
        yield f"      known: {one_line(cause.known, _LONGEST_SENTENCE)}"
    if cause.instead:
        yield f"      {instead_line(cause.instead[-1])}"


def _was_tried(tried: ModelTrial, form: TriedForm) -> bool:
    return any(call.probe == form.probe for call in tried.calls)
