"""A comparison of two runs as people and machines read it: text, JSON and HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from conformance.changes import ComparedRun, Comparison, PackageChange
from conformance.comparing.groups import Alike, alike
from conformance.grouping import grouped
from conformance.plain_text import printable, some
from conformance.reporting.pages import environment
from conformance.words import Change

NO_DIFFERENCE = "Nothing that was observed differs."


def render_text(comparison: Comparison, *, limit: int | None = None) -> str:
    """For the console; `limit` bounds each list, so that the whole fits a screen."""
    return "\n".join(printable(line) for line in _lines(comparison, limit)) + "\n"


def render_diff_html(comparison: Comparison) -> str:
    """diff.html."""
    verdicts, outcomes = alike(comparison)
    return (
        environment()
        .get_template("diff.html.j2")
        .render(
            comparison=comparison,
            verdicts=verdicts,
            outcomes=outcomes,
            packages=by_package(comparison),
            summary=summary(comparison),
            side=describe,
        )
    )


def summary(comparison: Comparison) -> str:
    """The difference in a few words: "Verdicts: 2 regression, 1 fixed. Outcomes: 4 changed."."""
    parts = [
        f"{title}: {', '.join(f'{counts[change]} {change}' for change in Change if counts[change])}."
        for title, counts in (
            ("Verdicts", Counter(row.change for row in comparison.verdicts)),
            ("Outcomes", Counter(row.change for row in comparison.outcomes)),
            (
                "Cells",
                Counter({Change.NEW: len(comparison.cells_new), Change.MISSING: len(comparison.cells_missing)}),
            ),
        )
        if counts.total()
    ]
    packages = len(comparison.environments)
    locks = [f"Packages differ in {packages} environment{'' if packages == 1 else 's'}."] if packages else []
    return " ".join([*(parts or [NO_DIFFERENCE]), *locks])


def describe(side: ComparedRun) -> str:
    """A run in one line."""
    return (
        f"finished {side.finished or 'never'}, harness {side.harness}, {side.cells} cells observed, "
        f"{side.observations} observations, selection: {side.selection or 'everything'}"
    )


def by_package(comparison: Comparison) -> tuple[tuple[PackageChange, tuple[str, ...]], ...]:
    """Each change of a package with the environments it was made in; the most common first."""
    found = grouped((package, one.environment) for one in comparison.environments for package in one.packages)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple((package, tuple(environments)) for package, environments in ordered)


def _lines(comparison: Comparison, limit: int | None) -> Iterator[str]:
    yield summary(comparison)
    yield f"  old: {describe(comparison.old)}"
    yield f"  new: {describe(comparison.new)}"
    verdicts, outcomes = alike(comparison)
    yield from _listed("Verdicts", [_described(one) for one in verdicts], limit)
    yield from _listed("Outcomes", [_described(one) for one in outcomes], limit)
    yield from _listed("Cells observed in the new run only", list(comparison.cells_new), limit)
    yield from _listed("Cells observed in the old run only", list(comparison.cells_missing), limit)
    packages = [f"{package} ({some(environments)})" for package, environments in by_package(comparison)]
    yield from _listed("Packages", packages, limit)


def _described(one: Alike) -> str:
    arrow = f"{one.before or 'none'} → {one.after or 'none'}"
    detail = f": {one.detail}" if one.detail else ""
    packages = f"; with it changed: {some([str(package) for package in one.packages])}" if one.packages else ""
    return f"{one.change}: {one.subject}: {arrow}{detail} ({some(one.cells)}){packages}"


def _listed(title: str, entries: Sequence[str], limit: int | None) -> Iterator[str]:
    if not entries:
        return
    yield ""
    yield f"{title} ({len(entries)})"
    for entry in entries[:limit]:
        yield f"  {' '.join(entry.split())}"
    if limit is not None and len(entries) > limit:
        yield f"  ... and {len(entries) - limit} more in diff.html"
