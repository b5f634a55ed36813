"""Hazards: what raises nothing and silently loses something, or gives wrong values: the worst for a user."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from conformance.cells import ReleaseAxis
from conformance.claims.catalogue import Catalogue, Claim
from conformance.comparing.error_texts import alike_but_for_numbers
from conformance.grouping import grouped, neighbours
from conformance.plain_text import without_machine_paths
from conformance.results import ExpectationRow, Instead, ObservationRow, Results, VerdictRow
from conformance.words import Keras, Outcome, Standing

SILENT = (Outcome.WRONG_VALUES, Outcome.DEGRADED)  # the worst first


# A call that ended with another error than it should have: not silent. Worded by inside/checks.py, as rules are.
_RAISED = re.compile(r": got \w+\(.*, expected an? \w+ that matches ", re.DOTALL)


class BrokenRule(msgspec.Struct, frozen=True):
    """A rule of a probe that did not hold: what it got; what it expected, "" where the rule says that itself."""

    rule: str
    got: str
    expected: str


def _broken_rule(loss: str) -> BrokenRule | None:
    rule, _, rest = loss.partition(": got ")
    got, _, expected = rest.rpartition(" expected ") if " expected " in rest else (rest, "", "")
    return BrokenRule(rule, got.rstrip(","), expected) if rest else None


class Use(msgspec.Struct, frozen=True):
    """A call that has a hazard: a claim, in one of its ways, or ordinary use around it."""

    claim: Claim
    way: str
    standing: Standing


class Hazard(msgspec.Struct, frozen=True):
    """One thing that calls lose, with where it was observed.

    Attributes:
        losses: what is lost as the probes note it, or what differs where values are wrong.
        uses: the calls that have it, in the claims' order.
        notice: how to notice it, as its review says; "" where nobody has written it down.
        steps: what the probe did that noticed it.
        when: the releases, as intervals.
        settings: what the cells have in common that others have not, e.g. "Keras 3"; "" where they have nothing.
        expectation: the reviewed cause; None where nobody has reviewed it.
    """

    outcome: Outcome
    losses: tuple[str, ...]
    uses: tuple[Use, ...]
    notice: str
    steps: str
    when: tuple[str, ...]
    current: bool
    settings: str
    cells: tuple[str, ...]
    probes: tuple[str, ...]
    expectation: ExpectationRow | None
    remedies: tuple[Instead, ...]

    @property
    def what(self) -> str:
        """All of it in one line."""
        return "; ".join(self.losses)

    @property
    def broken_rules(self) -> tuple[BrokenRule, ...]:
        """The losses that say which rule of a probe did not hold, and how."""
        return tuple(rule for loss in self.losses if (rule := _broken_rule(loss)))

    @property
    def title(self) -> str:
        """What happens in a few words, without the numbers that differ."""
        if self.expectation and self.expectation.cause:
            return self.expectation.cause
        rule = next((one.rule for one in self.broken_rules), "")
        return f"this does not hold: {rule}" if rule else self.losses[0].partition(": ")[0]

    @property
    def anchor(self) -> str:
        """Its address within the page."""
        first = self.uses[0]
        words = "-".join("".join(sign if sign.isalnum() else " " for sign in self.losses[0].lower()).split()[:6])
        return f"hazard-{first.claim.id}-{first.way or 'call'}-{first.standing}-{words}"

    def is_of(self, claim: Claim, way: str, cell: str) -> bool:
        """Whether this very call was observed to have it in a cell."""
        return cell in self.cells and any(use.claim.id == claim.id and use.way in ("", way) for use in self.uses)


class _Case(msgspec.Struct, frozen=True):
    """One observation of a loss, with the claim that it speaks to and the verdict that it had a part in."""

    row: ObservationRow
    use: Use
    what: str
    verdict: VerdictRow | None

    @property
    def cause(self) -> tuple[object, ...]:
        """What it has in common with others: the reviewed cause, or else the call and the probe, on whichever model."""
        known = self.verdict.expectation if self.verdict else None
        if known:
            return self.row.outcome, known.cause or known.id
        use = self.use
        return self.row.outcome, use.claim.id, use.way, use.standing, self.row.probe.partition("[")[0]


def find_hazards(results: Results, claims: Catalogue, axis: ReleaseAxis) -> tuple[Hazard, ...]:
    """What was silently lost, wrong values first, then what is still so in the newest release, in the claims' order."""
    releases = {row.cell: row.release for row in results.environments}
    order = {claim.id: number for number, claim in enumerate(claims.claims)}
    cases = sorted(_cases(results, claims), key=lambda case: order[case.use.claim.id])
    groups = grouped((case.cause, case) for case in cases if case.row.cell in releases)
    found = (_hazard(cases, releases, axis, results) for cases in groups.values())
    return tuple(
        sorted(
            found,
            key=lambda one: (SILENT.index(one.outcome), not one.current, order[one.uses[0].claim.id], one.what),
        )
    )


def _cases(results: Results, claims: Catalogue) -> Iterator[_Case]:
    verdicts = {(row.cell, row.claim, row.way, row.standing): row for row in results.verdicts}
    for row in results.observations:
        if row.outcome in SILENT:
            for tested in row.claims:
                claim = claims.claim_by_id.get(tested.id)
                verdict = verdicts.get((row.cell, tested.id, tested.way, tested.standing))
                if claim and verdict:  # otherwise it is gone from the claims file, or does not speak of this cell
                    for what in _losses(row):
                        yield _Case(row, Use(claim, tested.way, tested.standing), what, verdict)


def _losses(row: ObservationRow) -> tuple[str, ...]:
    """What was lost, in the probe's words; where values are wrong, what differs; nothing where it raised an error."""
    if row.outcome is Outcome.DEGRADED and row.notes:
        return row.notes
    if row.error and _RAISED.search(row.error.message):
        return ()
    if row.error:
        return (" ".join(row.error.message.split()) or row.error.type,)
    return row.notes or ("it ran, and lost something",)


def _hazard(cases: Sequence[_Case], releases: dict[str, str], axis: ReleaseAxis, results: Results) -> Hazard:
    first = cases[0]
    cells = tuple(dict.fromkeys(case.row.cell for case in cases))
    here = {releases[cell] for cell in cells}
    verdicts = [case.verdict for case in cases if case.verdict]
    known = [row.expectation for row in verdicts if row.expectation]
    remedies = {one.do: one for row in verdicts for one in row.instead}
    uses = {(case.use.claim.id, case.use.way): case.use for case in sorted(cases, key=lambda case: case.use.standing)}
    return Hazard(
        outcome=first.row.outcome,
        losses=_each_once(case.what for case in cases),
        uses=tuple(uses.values()),
        notice=next((one.notice for one in known if one.notice), ""),
        steps=first.row.steps,
        when=intervals(here, axis),
        current=axis.newest_numbered in here,
        settings=_settings(cells, here, results),
        cells=cells,
        probes=tuple(dict.fromkeys(case.row.probe for case in cases)),
        expectation=known[0] if known else None,
        remedies=tuple(remedies.values()),
    )


def _each_once(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts that differ in numbers alone count as one."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(alike_but_for_numbers(text), without_machine_paths(text))
    return tuple(found.values())


def intervals(here: Iterable[str], axis: ReleaseAxis) -> tuple[str, ...]:
    """Releases as intervals: ("1.15 to 2.3", "since 2.16")."""
    runs = neighbours(sorted(set(here), key=axis.position), axis.adjacent)
    return tuple(axis.span(run[0], run[-1]) for run in runs)


def _settings(cells: Sequence[str], here: Iterable[str], results: Results) -> str:
    """Which Keras it takes, where others of the same releases and modes do not have it."""
    affected = [row for row in results.environments if row.cell in cells]
    modes, wanted = {row.mode for row in affected}, set(here)
    spared = [
        row for row in results.environments if row.cell not in cells and row.release in wanted and row.mode in modes
    ]
    flavours = {row.keras for row in affected}
    if Keras.KERAS3 in flavours and Keras.LEGACY not in flavours and any(row.keras is Keras.LEGACY for row in spared):
        return "with Keras 3"
    if flavours == {Keras.LEGACY}:
        return "with TF_USE_LEGACY_KERAS=1"
    return ""
