"""Judges a run: records, claims and expectations in, results out. Pure: reads no file, no clock."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from conformance import results
from conformance.claims.catalogue import Catalogue, Claim
from conformance.environments.catalogue import Cell, Releases
from conformance.errors import near_miss
from conformance.evidence import Observation, Record, Tested
from conformance.grouping import grouped
from conformance.judging.admission import Admitted, admit
from conformance.judging.advice import Proofs, proved_for
from conformance.judging.expectations import Expectation, Expectations, Subject
from conformance.judging.narrowing import Narrowing
from conformance.judging.verdicts import Control, counted, reach_verdict
from conformance.results import ExpectationRow, ObservationRow, Results, Run, StaleExpectation, VerdictRow
from conformance.words import Outcome, Standing, Verdict

WHOLE_CELL = "(cell)"  # stands for the probe in the outcome of a cell that could not be built or imported


class Rules(msgspec.Struct, frozen=True):
    """What records are judged by."""

    claims: Catalogue
    releases: Releases
    expectations: Expectations


class JudgedRun(msgspec.Struct, frozen=True):
    """The run whose records are judged.

    Attributes:
        planned: the cells that were selected; records of others are left aside.
        selection: what was selected, in the user's words.
        harness: the version of the harness that judges.
        narrowing: of which claims a verdict is asked for; where probes were selected by name, a claim that none of them
            tried needs no verdict. Controls are consulted whatever it says.
        reused: ids of the cells whose records are of earlier runs.
    """

    planned: Sequence[Cell]
    selection: str
    harness: str
    narrowing: Narrowing = Narrowing()
    reused: Collection[str] = ()


def judge(records: Sequence[Record], run: JudgedRun, rules: Rules) -> Results:
    """Derives the results of a run from its records."""
    admitted = admit(records, run.planned, rules.releases)
    proofs = Proofs(admitted)
    wanted = run.narrowing.selected(rules.claims)
    judged = [
        (row, forecast)
        for one in admitted
        for row, forecast in _forecast_verdicts(one, rules, wanted, proofs)
        if row.outcomes or not run.narrowing.probes
    ]
    row = _run_row(admitted, run)
    return Results(
        schema=results.SCHEMA,
        run=row,
        environments=tuple(_setting_row(one, run.reused) for one in admitted),
        observations=tuple(each for one in admitted for each in _observation_rows(one, run.reused)),
        verdicts=tuple(verdict for verdict, _ in judged),
        stale_expectations=_stale(judged),
        notes=(*_unknown_claims(admitted, rules.claims), *_due_for_review(rules.expectations, row.finished)),
    )


class _ObservationIndex:
    """What a cell's probes observed, by claim, standing and way."""

    def __init__(self, observations: Sequence[Observation]) -> None:
        self._found = grouped(
            ((tested.id, tested.standing, tested.way), one) for one in observations for tested in one.claims
        )
        self._literal = grouped(
            (claim, one.outcome)
            for (claim, standing, _), found in self._found.items()
            if standing is Standing.LITERAL
            for one in found
        )

    def about(self, claim: Claim, standing: Standing, way: str) -> Sequence[Observation]:
        return self._found.get((claim.id, standing, way), ())

    def implied_ways(self, claim: Claim) -> tuple[str, ...]:
        """The ways of the claim that implied probes tried; "" is for those that speak to the claim as a whole."""
        return tuple(way for way in ("", *claim.ways) if self.about(claim, Standing.IMPLIED, way))

    def control_of(self, claim: Claim) -> Control | None:
        """The first of the claim's controls that was tried, green if all its literal probes worked."""
        for control in claim.control:
            if literal := self._literal.get(control):
                return Control(control, green=all(outcome is Outcome.WORKS for outcome in literal))
        return None


def _forecast_verdicts(
    one: Admitted, rules: Rules, wanted: Collection[str], proofs: Proofs
) -> Iterator[tuple[VerdictRow, Expectation | None]]:
    """The verdicts of one cell, each with the expectation that covers it, met or not."""
    for row in _verdicts(one, rules.claims, wanted):
        subject = Subject(row.claim, row.way, row.standing, one.tf, one.hub, row.mode, row.keras)
        forecast = rules.expectations.about(subject)
        if forecast and forecast.is_met_by(row.verdict, row.outcomes):
            row = msgspec.structs.replace(
                row,
                expected=True,
                expectation=_expectation_row(forecast),
                instead=proved_for(row, one.cell, forecast.advice, proofs),
            )
        yield row, forecast


def _verdicts(one: Admitted, claims: Catalogue, wanted: Collection[str]) -> Iterator[VerdictRow]:
    observed = _ObservationIndex(one.record.observations)
    for claim in claims.applying_to(one.tf, one.cell.mode):
        if claim.id not in wanted:
            continue
        control = observed.control_of(claim)
        for standing, ways in (
            (Standing.LITERAL, claim.ways_or_itself()),
            (Standing.IMPLIED, observed.implied_ways(claim)),
        ):
            for way in ways:
                observations = observed.about(claim, standing, way)
                yield _verdict_row(one, claim, standing, way, observations, control)


def _conclusive(outcomes: Sequence[Outcome], standing: Standing) -> Sequence[Outcome]:
    """The outcomes to judge by: an implied probe that lacks its prerequisite does not unsettle what others show."""
    if standing is Standing.LITERAL:
        return outcomes
    return [outcome for outcome in outcomes if outcome is not Outcome.BLOCKED] or outcomes


def _verdict_row(
    one: Admitted,
    claim: Claim,
    standing: Standing,
    way: str,
    observations: Sequence[Observation],
    control: Control | None,
) -> VerdictRow:
    outcomes = {observation.probe: observation.outcome for observation in observations}
    counting = [counted(observation.outcome, observation.attempt) for observation in observations]
    if one.record.unavailable:
        outcomes[WHOLE_CELL] = Outcome.UNAVAILABLE
        counting.append(Outcome.UNAVAILABLE)
    judgement = reach_verdict(claim.level, _conclusive(counting, standing), control=control)
    if one.record.unavailable and judgement.verdict is Verdict.INCONCLUSIVE:
        judgement = judgement._replace(why=one.record.unavailable.reason)
    elif left_out := len(counting) - len(_conclusive(counting, standing)):
        judgement = judgement._replace(why=f"{judgement.why} ({left_out} more lacked a prerequisite)")
    elif counting != list(outcomes.values()):
        judgement = judgement._replace(why=f"{judgement.why} (a time-out that repeated counts as failed)")
    environment = one.cell.environment
    return VerdictRow(
        claim=claim.id,
        way=way,
        standing=standing,
        level=claim.level,
        environment=environment.id,
        cell=one.cell.id,
        release=environment.release.tf,
        tf=_shown_tf(one),
        hub=one.hub,
        mode=one.cell.mode,
        keras=one.cell.keras,
        verdict=judgement.verdict,
        qualifier=judgement.qualifier,
        why=judgement.why,
        outcomes=outcomes,
        expected=judgement.verdict is Verdict.AGREES,
    )


def _stale(judged: Sequence[tuple[VerdictRow, Expectation | None]]) -> tuple[StaleExpectation, ...]:
    """The expectations whose forecast did not come true somewhere, with the cells and what was seen there instead."""
    surprises = grouped(
        (forecast.id, row)
        for row, forecast in judged
        if forecast
        and row.verdict is not Verdict.INCONCLUSIVE
        and not (row.verdict is forecast.verdict and forecast.is_of_what(row.outcomes))
    )
    return tuple(
        StaleExpectation(
            id=expectation_id,
            cells=tuple(dict.fromkeys(row.cell for row in rows)),
            observed="; ".join(dict.fromkeys(f"{row.verdict}: {row.why}" for row in rows)),
        )
        for expectation_id, rows in surprises.items()
    )


def _run_row(admitted: Sequence[Admitted], run: JudgedRun) -> Run:
    shortfalls: Mapping[str, str] = {one.cell.id: one.shortfall for one in admitted}
    missing = {cell.id: shortfalls.get(cell.id, "no record") for cell in run.planned}
    started = [one.record.header.started for one in admitted]
    finished = [one.record.footer.finished for one in admitted if one.record.footer]
    return Run(
        started=min(started, default=""),
        finished=max(finished + started, default=""),
        harness=run.harness,
        selection=run.selection,
        cells_planned=tuple(cell.id for cell in run.planned),
        cells_missing={cell_id: what for cell_id, what in missing.items() if what},
    )


def _setting_row(one: Admitted, reused: Collection[str]) -> results.Setting:
    cell, record = one.cell, one.record
    setting, footer = record.setting, record.footer
    dates = [date for observation in record.observations if (date := _reused_from(observation, one, reused))]
    return results.Setting(
        cell=cell.id,
        environment=cell.environment.id,
        release=cell.environment.release.tf,
        mode=cell.mode,
        keras=cell.keras,
        tf=_shown_tf(one),
        hub=one.hub,
        python=_python(one),
        keras_version=setting.keras_version if setting else "",
        packages=setting.packages if setting else {},
        lock=record.header.lock,
        seconds=footer.seconds if footer else 0.0,
        cpu_seconds=footer.cpu_seconds if footer else 0.0,
        started=record.header.started,
        unavailable=record.unavailable.reason if record.unavailable else "",
        reused=len(dates),
        reused_from=min(dates, default=""),
        import_error=record.unavailable.error if record.unavailable else None,
    )


def _reused_from(observation: Observation, one: Admitted, reused: Collection[str]) -> str:
    """When the run began that made the observation; "" where it is this one."""
    return observation.observed or (one.record.header.started if one.cell.id in reused else "")


def _observation_rows(one: Admitted, reused: Collection[str]) -> Iterator[ObservationRow]:
    tf, python, cell = _shown_tf(one), _python(one), one.cell
    for observation in one.record.observations:
        yield ObservationRow(
            probe=observation.probe,
            claims=observation.claims,
            fixture=observation.fixture,
            environment=cell.environment.id,
            cell=cell.id,
            tf=tf,
            hub=one.hub,
            python=python,
            keras=cell.keras,
            mode=cell.mode,
            outcome=observation.outcome,
            error=observation.error,
            notes=observation.notes,
            seconds=observation.seconds,
            reproduce=f'nox -s "cell({cell.id})" -- --probe "{observation.probe}"',
            steps=observation.steps,
            attempt=observation.attempt,
            reused_from=_reused_from(observation, one, reused),
            errors_met=observation.errors_met,
        )


def _expectation_row(expectation: Expectation) -> ExpectationRow:
    return ExpectationRow(
        id=expectation.id,
        blame=expectation.blame,
        reason=expectation.reason,
        upstream=expectation.upstream,
        instead=" ".join(advice.do for advice in expectation.advice),
        review=expectation.review.isoformat(),
        cause=expectation.cause,
        notice=expectation.notice,
    )


def _shown_tf(one: Admitted) -> str:
    """The version in force; what a floating release would have got is not known, so it is not claimed."""
    return "" if one.record.setting is None and one.cell.environment.release.floating else one.tf


def _python(one: Admitted) -> str:
    return one.record.setting.python if one.record.setting else one.cell.environment.release.python


def _unknown_claims(admitted: Sequence[Admitted], claims: Catalogue) -> Iterator[str]:
    """Notes on observations of claims (or ways) that the catalogue does not have, as old records judged anew may do."""
    seen = {
        Tested(tested.id, tested.standing, tested.way): None
        for one in admitted
        for observation in one.record.observations
        for tested in observation.claims
    }
    for tested in seen:
        claim = claims.claim_by_id.get(tested.id)
        if claim is None:
            yield f'Some probes speak to "{tested.id}", which is no claim. {near_miss(tested.id, claims.claim_by_id)}'
        elif tested.way not in claim.ways_or_itself() and (tested.way or tested.standing is Standing.LITERAL):
            yield (
                f'Some {tested.standing} probes of "{claim.id}" try it in the way "{tested.way}", which it does not '
                f"have. {near_miss(tested.way, claim.ways)}"
            )


def _due_for_review(expectations: Expectations, finished: str) -> Iterator[str]:
    """Notes on expectations whose review date lay behind when the run ended, which makes judging it repeatable."""
    if finished:
        for expectation in expectations.due(datetime.fromisoformat(finished).date()):
            yield f'The expectation "{expectation.id}" is due for review since {expectation.review.isoformat()}.'
