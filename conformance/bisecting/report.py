"""Reports a bisection: what it will cost, each step as it is made, the result in a few lines, in Markdown and JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from conformance import json_file
from conformance.bisecting.bisection import most
from conformance.bisecting.candidates import NIGHTLIES, CandidateVersion
from conformance.bisecting.environment_tester import Attempt
from conformance.bisecting.guilt import Effect, Guilt, PartSwap
from conformance.bisecting.hybrids import named
from conformance.bisecting.result import SCHEMA, Asked, Bisection, Conclusion
from conformance.running.progress import duration, say

# A guess: building (its download included) and probing one environment on an idle machine. On one that was six times as
# busy as it has processors, an attempt took 37 to 62 s on average.
_SECONDS = 45.0
_SECONDS_AGAIN = 15.0  # where the environment stands, or is linked from the cache
# What one environment adds to uv's cache.
_GIGABYTES, _NIGHTLY_GIGABYTES = 1.4, 2.3

_SHOWN = 6  # candidates named in the announcement
_HEADINGS = {
    Conclusion.FOUND: "Found",
    Conclusion.UNCHANGED: "Nothing to be found: both ends have the same outcome",
    Conclusion.FLAKY: "Flaky: no conclusion",
    Conclusion.INCOMPLETE: "Incomplete: no conclusion",
}


def announcement(asked: Asked, candidates: Sequence[CandidateVersion]) -> Iterator[str]:
    """What is about to be done, and what it costs at most."""
    cost = most(candidates)
    names = [candidate.label for candidate in candidates]
    half = _SHOWN // 2
    shown = names if len(names) <= _SHOWN else [*names[:half], f"... {len(names) - 2 * half} more ...", *names[-half:]]
    nights = sum(name.startswith(NIGHTLIES) for name in names)
    tensorflows = len({candidate.cell.environment.release.requirement for candidate in candidates})
    gigabytes = min(cost.environments, tensorflows) * (_NIGHTLY_GIGABYTES if nights > len(names) / 2 else _GIGABYTES)
    again = cost.observations - cost.environments + cost.swaps
    yield f"Question: in which {asked.axis} version did the outcome of {asked.about} change, up to {asked.cell}?"
    yield f"Candidates on the package index: {len(names)}{f', {nights} of them nightlies' if nights else ''}"
    yield from (f"  {name}" for name in shown)
    yield f"Ends: {names[0]}; {names[-1]}. Each is observed twice, and so are the two at the break."
    yield (
        f"At most {cost.environments} environments and {cost.observations} observations, one more for each that cannot"
        f" be tried; then at most {cost.swaps} hybrids of the last good and the first bad."
    )
    yield (
        f"A guess for an idle machine: {duration(cost.environments * _SECONDS + again * _SECONDS_AGAIN)} and"
        f" {gigabytes:.0f} GB of uv's cache, less what is there already."
    )


def show_progress(console: Console, what: str, attempt: Attempt | None) -> None:
    """Says what is about to be tried, or what came of it."""
    if attempt:
        what = f"    {_came_of(attempt)}, {duration(attempt.seconds)}{' (earlier)' if attempt.reused else ''}"
    say(console, what)


def summary(bisection: Bisection) -> Iterator[str]:
    """The result in a few lines."""
    yield f"{_HEADINGS[bisection.conclusion]}. {bisection.why}"
    if bisection.first_bad and bisection.first_bad.finding and bisection.first_bad.finding.error:
        yield f"Error: {bisection.first_bad.finding.error}"
    for label, gap in bisection.between.items():
        yield f"Not tried, between the two: {label}: {gap}"
    if bisection.guilt:
        yield f"Guilty: {guilty(bisection.guilt)}. {bisection.guilt.why}"
    if bisection.differences:
        yield f"{len(bisection.differences)} packages differ: {', '.join(bisection.differences)}"
    observed = [step.attempt for step in bisection.steps] + [swap.attempt for swap in bisection.swaps]
    reused = sum(attempt.reused for attempt in observed)
    yield f"{len(observed)} attempts, {reused} of them of an earlier run, in {duration(bisection.seconds)}."


def guilty(guilt: Guilt) -> str:
    """Who it is, in a phrase."""
    if not guilt.guilty:
        return "cannot be determined"
    return f"{named(guilt.guilty)}, only together" if guilt.together else named(guilt.guilty)


def markdown(bisection: Bisection) -> Iterator[str]:
    """The whole of it, to read."""
    asked = bisection.asked
    yield f"# Since when, and whose doing: `{asked.about}` in `{asked.cell}`"
    yield ""
    lines = list(summary(bisection))
    yield from (f"- {_escaped(line)}" for line in lines)
    yield f"- Again: `{asked.command}` (harness {asked.harness}, {asked.started})"
    yield from (
        "",
        "## Steps",
        "",
        "| why | tried | outcome | s | TF | hub | Keras | Python |",
        "|---|" * 1 + "---|" * 7,
    )
    for step in bisection.steps:
        yield _row(str(step.purpose), step.attempt)
    if bisection.swaps:
        yield from ("", "## Parts of the first bad put into the last good", "")
        yield from ("| parts | then it is | outcome | s |", "|---|---|---|---|")
        yield from map(_swap_row, bisection.swaps)
    if bisection.differences:
        yield from ("", "## What differs between the last as before and the first changed", "")
        yield from (f"- {difference}" for difference in bisection.differences)
    yield from ("", "## Candidates", "")
    yield from (f"- {candidate}" for candidate in bisection.candidates)


def write(bisection: Bisection, reports: Path) -> tuple[Path, Path]:
    """Writes the JSON, its schema and the Markdown into `reports/bisect/`; returns the first and the last."""
    folder = reports / "bisect"
    name = re.sub(r"[^\w.-]+", "-", f"{bisection.asked.about}-{bisection.asked.cell}-{bisection.asked.axis}").strip("-")
    json_file.replace_files(
        folder,
        {
            f"{name}.json": json_file.encode(bisection),
            "bisect.schema.json": json_file.encode(json_file.json_schema(Bisection, SCHEMA)),
            f"{name}.md": ("\n".join(markdown(bisection)) + "\n").encode(),
        },
        what="the result",
        remedy="Make it writable, or name another with --reports; the same command then observes nothing again.",
    )
    return folder / f"{name}.json", folder / f"{name}.md"


def _came_of(attempt: Attempt) -> str:
    if attempt.finding is None:
        return f"a gap: {attempt.gap}"
    return f"{attempt.finding}{f': {attempt.finding.error}' if attempt.finding.error else ''}"


def _row(why: str, attempt: Attempt) -> str:
    versions = " | ".join((attempt.tf, attempt.hub, attempt.keras, attempt.python))
    return f"| {why} | {attempt.tried} | {_escaped(_came_of(attempt))} | {attempt.seconds:g} | {versions} |"


def _swap_row(swap: PartSwap) -> str:
    effect = f"**{swap.effect}**" if swap.effect is Effect.AS_BAD else str(swap.effect)
    return f"| {named(swap.parts)} | {effect} | {_escaped(_came_of(swap.attempt))} | {swap.attempt.seconds:g} |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
