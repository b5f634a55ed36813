"""A little world to judge: three releases, a handful of claims, and records of what was observed there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from conformance.claims.catalogue import Catalogue, Claim, Place
from conformance.environments.catalogue import Cell, Release, Releases
from conformance.evidence import SCHEMA, Error, Footer, Header, Observation, Record, Tested, Unavailable, Versions
from conformance.judging.advice import Advice
from conformance.judging.expectations import Expectation, Expectations
from conformance.judging.judge import JudgedRun, Rules, judge
from conformance.judging.narrowing import Narrowing
from conformance.results import Results, VerdictRow
from conformance.words import Column, Format, Keras, Level, Mode, Operation, Outcome, Package, Standing, Verdict

LOAD = Claim(
    id="load", place="load", level=Level.SUPPORTED, statement="It loads.", modes=(Mode.TF1_COMPAT, Mode.TF2), tf=">=2"
)
TUNE = Claim(
    id="tune",
    place="tune",
    level=Level.NOT_SUPPORTED,
    statement="It cannot be tuned.",
    modes=(Mode.TF2,),
    ways={"tape": "a tape", "fit": "fit()"},
    control=("load",),
)
FIT = Claim(
    id="fit",
    place="tune",
    level=Level.CONDITIONAL,
    statement="fit() tunes it.",
    modes=(Mode.TF1_COMPAT,),
    condition="in a model",
)
FOOTNOTE = Claim(id="footnote", place="footnote", level=Level.SUPPORTED, statement="Graphs.", modes=(Mode.TF1_COMPAT,))

CLAIMS = Catalogue(
    places=(
        Place("load", "Loading", Operation.LOAD, Column.TF2, Format.TF1_HUB),
        Place("tune", "Tuning", Operation.FINE_TUNE, Column.TF2, Format.TF2_SAVEDMODEL),
        Place("footnote", "Footnote", Operation.MODE, Column.TF1),
    ),
    claims=(LOAD, TUNE, FIT, FOOTNOTE),
)


def release(tf: str, requirement: str, *keras: Keras, floating: bool = False) -> Release:
    return Release(
        tf=tf,
        python="3.12",
        requirement=requirement,
        hubs=("0.16.1",),
        modes=(Mode.TF1_COMPAT, Mode.TF2),
        keras=keras or (Keras.BUNDLED,),
        pins=(),
        floating=floating,
    )


RELEASES = Releases(
    releases=(
        release("2.15", "tensorflow-cpu==2.15.1"),
        release("2.16", "tensorflow-cpu==2.16.2", Keras.KERAS3, Keras.LEGACY),
        release("nightly", "tf-nightly>=2.23.0.dev0", Keras.KERAS3, floating=True),
    ),
    pins={},
    overrides={},
    quick=(),
)

TF2 = RELEASES.cell("tf2.15-hub0.16-tf2")
COMPAT = RELEASES.cell("tf2.15-hub0.16-tf1-compat")
KERAS3 = RELEASES.cell("tf2.16-hub0.16-tf2-keras3")
LEGACY = RELEASES.cell("tf2.16-hub0.16-tf2-legacy")
NIGHTLY = RELEASES.cell("tfnightly-hub0.16-tf2-keras3")


def seen(
    probe: str,
    outcome: Outcome = Outcome.WORKS,
    *,
    claim: str = "load",
    way: str = "",
    standing: Standing = Standing.LITERAL,
    attempt: int = 1,
) -> Observation:
    error = None if outcome is Outcome.WORKS else Error("ValueError", "no", "tensorflow")
    return Observation(
        probe=probe,
        claims=(Tested(claim, standing, way),),
        fixture="tf1-dense",
        outcome=outcome,
        error=error,
        notes=(),
        seconds=0.5,
        attempt=attempt,
        steps="Load it and call it.",
    )


def record(
    cell: Cell,
    *observations: Observation,
    tf: str | None = None,
    plan: Sequence[str] | None = None,
    unavailable: Unavailable | None = None,
    finished: str = "2026-11-22T10:05:00+00:00",
    cut_short: bool = False,
    started: str = "2026-11-22T10:00:00+00:00",
) -> Record:
    version = tf or cell.environment.release.presumed_tf
    setting = Versions(version, cell.environment.hub, "3.12.1", "3.5.0", {"tensorflow-cpu": version})
    return Record(
        path=Path("records") / f"{cell.id}.jsonl",
        header=Header(
            schema=SCHEMA,
            cell=cell.id,
            environment=cell.environment.id,
            mode=cell.mode,
            keras=cell.keras,
            lock="sha256:00",
            started=started,
            harness="1.0",
        ),
        setting=None if unavailable and tf is None else setting,
        plan=tuple(plan if plan is not None else [observation.probe for observation in observations]),
        observations=observations,
        unavailable=unavailable,
        footer=None if cut_short else Footer(len(observations), 12.0, 9.0, finished),
    )


def expectation(
    expectation_id: str = "forecast",
    *,
    claim: str = "load",
    verdict: Verdict = Verdict.CONTRADICTS,
    outcomes: tuple[Outcome, ...] = (Outcome.FAILED,),
    way: str | None = None,
    tf: str = "",
    hub: str = "",
    modes: tuple[Mode, ...] = (),
    keras: tuple[Keras, ...] = (),
    standing: Standing = Standing.LITERAL,
    probes: tuple[str, ...] = (),
    review: date = date(2027, 6, 30),
    instead: str | tuple[Advice, ...] = "Use the legacy Keras.",
) -> Expectation:
    return Expectation(
        id=expectation_id,
        claims=(claim,),
        verdict=verdict,
        outcomes=outcomes,
        blame=Package.KERAS,
        reason="Keras 3 dropped it.",
        instead=instead,
        review=review,
        upstream=("tensorflow/hub#901",),
        way=way,
        tf=tf,
        hub=hub,
        modes=modes,
        keras=keras,
        standing=standing,
        probes=probes,
    )


def expecting(*expectations: Expectation) -> Expectations:
    return Expectations(expectations, {each.id: Path(f"{each.id}.toml") for each in expectations})


def judged(
    *records: Record,
    planned: Sequence[Cell] | None = None,
    expectations: Sequence[Expectation] = (),
    formats: Sequence[Format] = (),
    operations: Sequence[Operation] = (),
    claims: Catalogue = CLAIMS,
    some_probes_only: bool = False,
    reused: Sequence[str] = (),
) -> Results:
    """The results of `records`, whose cells are what was planned unless said otherwise."""
    cells = planned if planned is not None else [RELEASES.cell(one.header.cell) for one in records]
    narrowing = Narrowing(tuple(formats), tuple(operations), ("*",) if some_probes_only else ())
    run = JudgedRun(cells, "everything", "1.0", narrowing, reused)
    return judge(records, run, Rules(claims, RELEASES, expecting(*expectations)))


def verdict_on(
    results: Results, claim: str, *, way: str = "", standing: Standing = Standing.LITERAL, cell: Cell | None = None
) -> VerdictRow:
    """The one verdict on `claim`; fails if there is none or another beside it."""
    (row,) = [
        row
        for row in results.verdicts
        if (row.claim, row.way, row.standing) == (claim, way, standing) and cell in (None, RELEASES.cell(row.cell))
    ]
    return row


def verdicts_of(results: Results) -> Mapping[tuple[str, str, Standing], Verdict]:
    return {(row.claim, row.way, row.standing): row.verdict for row in results.verdicts}


NO_WHEEL = Unavailable("install", "There is no wheel for Python 3.12.", "ERROR: none", "Install Python 3.11.")
WORKING = (
    seen("load.works"),
    seen("tune.tape", Outcome.REJECTED, claim="tune", way="tape"),
    seen("tune.fit", Outcome.FAILED, claim="tune", way="fit"),
)
