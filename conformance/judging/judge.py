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
from conformance.judging.admission import Admitted, admit
from conformance.judging.advice import Proofs, proved_for
from conformance.judging.expectations import Expectation, Expectations, Subject
from conformance.judging.verdicts import Control, counted, reach_verdict
from conformance.results import ExpectationRow, ObservationRow, Results, Run, StaleExpectation, VerdictRow
from conformance.words import Format, Operation, Outcome, Standing, Verdict

WHOLE_CELL = "(cell)"  # stands for the probe in the outcome of a cell that could not be built or imported


def judge(
    records: Sequence[Record],
    *,
    claims: Catalogue,
    releases: Releases,
    expectations: Expectations,
    planned: Sequence[Cell],
    selection: str,
    harness: str,
    formats: Collection[Format] = (),
    operations: Collection[Operation] = (),
    some_probes_only: bool = False,
    reused: Collection[str] = (),
) -> Results:
    """Derives the results of a run from its records.

    Args:
        planned: the cells that were selected; records of others are left aside.
        selection: what was selected, in the user's words.
        harness: the version of the harness that judges.
        formats: of which claims a verdict is asked for; empty means all. Controls are consulted whatever it says.
        operations: likewise.
        some_probes_only: whether probes were selected by name, so that a claim none of them tried needs no verdict.
        reused: ids of the cells whose records are of earlier runs.

    Raises:
        EvidenceError: a record cannot be trusted.
        DataError: two expectations forecast the same verdict.
    """
    admitted = admit(records, planned, releases)
    proofs = Proofs(admitted)
    wanted = {claim.id for claim in claims.claims if claims.selects(claim, formats, operations)}
    judged = [
        (row, forecast)
        for one in admitted
        for row, forecast in _forecast_verdicts(one, claims, wanted, expectations, proofs)
        if row.outcomes or not some_probes_only
    ]
    run = _run(admitted, planned, selection, harness)
    return Results(
        schema=results.SCHEMA,
        run=run,
        environments=tuple(_setting_row(one, reused) for one in admitted),
        observations=tuple(row for one in admitted for row in _observation_rows(one, reused)),
        verdicts=tuple(row for row, _ in judged),
        stale_expectations=_stale(judged),
        notes=(*_unknown_claims(admitted, claims), *_due_for_review(expectations, run.finished)),
    )


class _ObservationIndex(msgspec.Struct, frozen=True):
    """What a cell's probes observed, by claim, standing and way."""

    by_claim: dict[str, dict[tuple[Standing, str], list[Observation]]]

    @classmethod
    def of(cls, observations: Sequence[Observation]) -> _ObservationIndex:
        by_claim: dict[str, dict[tuple[Standing, str], list[Observation]]] = {}
        for observation in observations:
            for tested in observation.claims:
                of_claim = by_claim.setdefault(tested.id, {})
                of_claim.setdefault((tested.standing, tested.way), []).append(observation)
        return cls(by_claim)

    def about(self, claim: Claim, standing: Standing, way: str) -> Sequence[Observation]:
        return self.by_claim.get(claim.id, {}).get((standing, way), ())

    def implied_ways(self, claim: Claim) -> tuple[str, ...]:
        """The ways of the claim that implied probes tried; "" is for those that speak to the claim as a whole."""
        tried = self.by_claim.get(claim.id, {})
        return tuple(way for way in ("", *claim.ways) if (Standing.IMPLIED, way) in tried)

    def control_of(self, claim: Claim) -> Control | None:
        """The first of the claim's controls that was tried, green if all its literal probes worked."""
        for control in claim.control:
            literal = [
                observation.outcome
                for (standing, _), observations in self.by_claim.get(control, {}).items()
                if standing is Standing.LITERAL
                for observation in observations
            ]
            if literal:
                return Control(control, green=all(outcome is Outcome.WORKS for outcome in literal))
        return None


def _forecast_verdicts(
    one: Admitted, claims: Catalogue, wanted: Collection[str], expectations: Expectations, proofs: Proofs
) -> Iterator[tuple[VerdictRow, Expectation | None]]:
    """The verdicts of one cell, each with the expectation that covers it, met or not."""
    for row in _verdicts(one, claims, wanted):
        forecast = expectations.about(Subject(row.claim, row.way, row.standing, one.tf, one.hub, row.mode, row.keras))
        if forecast and forecast.is_met_by(row.verdict, row.outcomes):
            row = msgspec.structs.replace(
                row,
                expected=True,
                expectation=_expectation_row(forecast),
                instead=proved_for(row, one.cell, forecast.advice, proofs),
            )
        yield row, forecast


def _verdicts(one: Admitted, claims: Catalogue, wanted: Collection[str]) -> Iterator[VerdictRow]:
    observed = _ObservationIndex.of(one.record.observations)
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
    # A conditional claim's probes set up its condition, as the page words it, so what they try is the condition met.
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
    surprises: dict[str, list[VerdictRow]] = {}
    for row, forecast in judged:
        if forecast and row.verdict not in (forecast.verdict, Verdict.INCONCLUSIVE):
            surprises.setdefault(forecast.id, []).append(row)
    return tuple(
        StaleExpectation(
            id=expectation_id,
            cells=tuple(dict.fromkeys(row.cell for row in rows)),
            observed="; ".join(dict.fromkeys(f"{row.verdict}: {row.why}" for row in rows)),
        )
        for expectation_id, rows in surprises.items()
    )


def _run(admitted: Sequence[Admitted], planned: Sequence[Cell], selection: str, harness: str) -> Run:
    shortfalls: Mapping[str, str] = {one.cell.id: one.shortfall for one in admitted}
    missing = {cell.id: shortfalls.get(cell.id, "no record") for cell in planned}
    started = [one.record.header.started for one in admitted]
    finished = [one.record.footer.finished for one in admitted if one.record.footer]
    return Run(
        started=min(started, default=""),
        finished=max(finished + started, default=""),
        harness=harness,
        selection=selection,
        cells_planned=tuple(cell.id for cell in planned),
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
