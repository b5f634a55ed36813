"""A made-up run over the whole matrix, with every verdict, outcome and mishap that a report has to show."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from conformance.claims.catalogue import PAGE_FILE, Catalogue, Claim, load_claims
from conformance.environments.catalogue import Cell, load_releases
from conformance.evidence import Error, Tested
from conformance.results import (
    SCHEMA,
    ExpectationRow,
    Instead,
    ObservationRow,
    Results,
    Run,
    Setting,
    StaleExpectation,
    VerdictRow,
)
from conformance.words import Keras, Level, Mode, Outcome, Package, Source, Standing, Verdict

HOSTILE = "<script>alert(1)</script>"
MARKUP_ERROR = Error(
    type="tensorflow.errors.InvalidArgumentError",
    message=f"<b>bold</b> & {HOSTILE} \x1b[31mred\x1b[0m \x00 | `tick` ]]>\nsecond line",
    origin="tensorflow",
    traceback=f'  File "<frozen>", line 1\n    raise Error("{HOSTILE}")\n',
)
MODULE_GONE = Error(
    type="AttributeError",
    message="module 'tensorflow_hub' has no attribute 'Module'",
    origin="probe",
    traceback='Traceback (most recent call last):\n  File "probes/test_tf1_hub_load.py", line 31, in module\n' * 6,
)
HUB_GONE = ExpectationRow(
    id="hub-module-removed",
    blame=Package.HUB,
    reason="tensorflow_hub 0.16 removed hub.Module",
    upstream=("https://github.com/tensorflow/hub/issues/901",),
    instead='Use hub.load(handle).signatures["default"]. Stay on tensorflow_hub 0.15.',
    review="2026-06-01",
)
ESTIMATOR_GONE = ExpectationRow(
    id="estimator-removed",
    blame=Package.TENSORFLOW,
    reason="tf.estimator was removed from TensorFlow 2.16",
    upstream=("https://github.com/tensorflow/tensorflow/issues/63618", "javascript:alert(1)"),
    instead="Train with Model.fit().",
    review="2026-06-01",
)
KERAS3 = ExpectationRow(
    id="keras3-layer",
    blame=Package.KERAS,
    reason="tf.keras is Keras 3 and does not take a tf_keras layer such as hub.KerasLayer",
    upstream=("https://github.com/tensorflow/hub/issues/903",),
    instead="Set TF_USE_LEGACY_KERAS=1 before importing TensorFlow.",
    review="2026-06-01",
)
LOSES_LOSSES = ExpectationRow(
    id="save-loses-losses",
    blame=Package.TENSORFLOW,
    reason="TensorFlow 2.2 and 2.3 saved without the regularization losses",
    upstream=("https://github.com/tensorflow/tensorflow/issues/66985",),
    instead="",
    review="2026-06-01",
)
TAPE_RUNS = ExpectationRow(
    id="tape-over-tf1",
    blame=Package.PAGE,
    reason="a gradient tape over the loaded variables trains them, but update ops and losses are lost",
    upstream=(),
    instead="",
    review="2026-06-01",
)


def with_companion(claims: Catalogue) -> Catalogue:
    """The claims and, beside the first of them, one of a guide that says more."""
    first = claims.claims[0]
    companion = Claim(
        id=f"{first.id}.guide",
        place=first.place,
        level=Level.SUPPORTED,
        statement="A guide says more.",
        modes=first.modes,
        source=Source.GUIDE,
        reference="tf1_hub_module",
    )
    return msgspec.structs.replace(claims, claims=(*claims.claims, companion))


def observation(cell: Cell, claim: Claim, **changes: object) -> ObservationRow:
    """An observation that works, but for the given changes."""
    probe = str(changes.pop("probe", f"{claim.id.replace('.', '_').replace('-', '_')}[dense]"))
    defaults: dict[str, object] = {
        "probe": probe,
        "claims": (Tested(claim.id, Standing.LITERAL),),
        "fixture": "dense",
        "environment": cell.environment.id,
        "cell": cell.id,
        "tf": version(cell),
        "hub": cell.environment.hub,
        "python": cell.environment.release.python,
        "keras": cell.keras,
        "mode": cell.mode,
        "outcome": Outcome.WORKS,
        "error": None,
        "notes": (),
        "seconds": 0.42,
        "reproduce": f"nox -s \"cell({cell.id})\" -- --probe '{probe}'",
    }
    return ObservationRow(**{**defaults, **changes})  # type: ignore[arg-type]


def verdict(cell: Cell, claim: Claim, **changes: object) -> VerdictRow:
    """A verdict that agrees, but for the given changes."""
    defaults: dict[str, object] = {
        "claim": claim.id,
        "way": "",
        "standing": Standing.LITERAL,
        "level": claim.level,
        "environment": cell.environment.id,
        "cell": cell.id,
        "release": cell.environment.release.tf,
        "tf": version(cell),
        "hub": cell.environment.hub,
        "mode": cell.mode,
        "keras": cell.keras,
        "verdict": Verdict.AGREES,
        "qualifier": "",
        "why": "",
        "outcomes": {},
        "expected": True,
    }
    return VerdictRow(**{**defaults, **changes})  # type: ignore[arg-type]


def setting(cell: Cell, **changes: object) -> Setting:
    """A cell that was observed, but for the given changes."""
    defaults: dict[str, object] = {
        "cell": cell.id,
        "environment": cell.environment.id,
        "release": cell.environment.release.tf,
        "mode": cell.mode,
        "keras": cell.keras,
        "tf": version(cell),
        "hub": cell.environment.hub,
        "python": f"{cell.environment.release.python}.9",
        "keras_version": "3.10.0" if cell.keras is Keras.KERAS3 else "2.15.0",
        "packages": {"numpy": "1.26.4"},
        "lock": "sha256:" + "0" * 64,
        "seconds": 31.4,
        "cpu_seconds": 44.1,
        "started": "2026-01-05T03:00:00+00:00",
    }
    return Setting(**{**defaults, **changes})  # type: ignore[arg-type]


def results(
    cells: Iterable[Cell],
    settings: Iterable[Setting] = (),
    observations: Iterable[ObservationRow] = (),
    verdicts: Iterable[VerdictRow] = (),
    missing: dict[str, str] | None = None,
    stale: tuple[StaleExpectation, ...] = (),
) -> Results:
    """A results file over the given parts."""
    return Results(
        schema=SCHEMA,
        run=Run(
            started="2026-01-05T03:00:00+00:00",
            finished="2026-01-05T03:24:10+00:00",
            harness="0.1.0",
            selection="",
            cells_planned=tuple(cell.id for cell in cells),
            cells_missing=missing or {},
        ),
        environments=tuple(settings),
        observations=tuple(observations),
        verdicts=tuple(verdicts),
        stale_expectations=stale,
    )


def version(cell: Cell) -> str:
    """The TensorFlow version of a cell; the floating ones got something."""
    floating = {"rc": "2.22.0rc0", "nightly": "2.23.0-dev20260104"}
    return floating.get(cell.environment.release.tf, f"{cell.environment.release.tf}.1")


def full_run(claims: Catalogue | None = None, probes_per_claim: int = 3) -> Results:
    """The whole matrix: 100 cells, one of them unavailable, one cut short and one without a record."""
    catalogue = claims or load_claims(PAGE_FILE)
    cells = load_releases().cells
    unavailable = {"tf2.1-hub0.16-tf2": "Python 3.7 was not found."}
    missing = {"tf2.6-hub0.15-tf2": "no record", "tfnightly-hub0.16-tf1-compat-legacy": "cut short"}
    settings, observations, verdicts = [], [], []
    for cell in cells:
        if missing.get(cell.id) == "no record":
            continue
        settings.append(setting(cell, unavailable=unavailable.get(cell.id, "")))
        applying = catalogue.applying_to("9999" if cell.environment.release.floating else version(cell), cell.mode)
        for number, claim in enumerate(applying):
            if cell.id in missing and number > 2:
                break
            for way in claim.ways_or_itself():
                if cell.id in unavailable:
                    lost = {"verdict": Verdict.INCONCLUSIVE, "expected": False, "why": unavailable[cell.id]}
                    verdicts.append(verdict(cell, claim, way=way, outcomes={"(cell)": Outcome.UNAVAILABLE}, **lost))
                    continue
                seen, judged = _observe(cell, claim, way, probes_per_claim)
                observations += seen
                verdicts += judged
    stale = (
        StaleExpectation(id="tf2-0-keras-save", cells=("tf2.0-hub0.15-tf2", "tf2.0-hub0.16-tf2"), observed="works now"),
    )
    return results(cells, settings, observations, verdicts, missing, stale)


def _observe(cell: Cell, claim: Claim, way: str, count: int) -> tuple[list[ObservationRow], list[VerdictRow]]:
    outcome, error, judged = _forecast(cell, claim, way)
    rows = []
    for number, fixture in enumerate(["dense", "batch-norm", HOSTILE, "text", "signatures"][:count]):
        name = f"{claim.id.replace('.', '_').replace('-', '_')}{'.' + way if way else ''}[{fixture}]"
        rows.append(
            observation(
                cell,
                claim,
                probe=name,
                fixture=fixture,
                claims=(Tested(claim.id, Standing.LITERAL, way),),
                outcome=outcome,
                error=error,
                notes=("update ops are lost", "regularization losses are lost") if outcome is Outcome.DEGRADED else (),
                seconds=0.1 + number * 0.37,
                steps="Loads the model, compares its outputs with NumPy.",
            )
        )
    outcomes = {row.probe: row.outcome for row in rows}
    verdicts = [verdict(cell, claim, way=way, outcomes=outcomes, **judged)]
    if claim.id == "tf2-savedmodel.load.tf2.keras-layer":
        verdicts.append(_implied_sequential(cell, claim, rows))
    return rows, verdicts


def _implied_sequential(cell: Cell, claim: Claim, rows: list[ObservationRow]) -> VerdictRow:
    probe = "tf2_savedmodel_load.sequential[dense]"
    fails = cell.keras is Keras.KERAS3
    rows.append(
        observation(
            cell,
            claim,
            probe=probe,
            claims=(Tested(claim.id, Standing.IMPLIED),),
            outcome=Outcome.FAILED if fails else Outcome.WORKS,
            error=Error("ValueError", "Only instances of keras.Layer can be added", "keras") if fails else None,
        )
    )
    return verdict(
        cell,
        claim,
        standing=Standing.IMPLIED,
        verdict=Verdict.CONTRADICTS if fails else Verdict.AGREES,
        outcomes={probe: rows[-1].outcome},
        expectation=KERAS3 if fails else None,
        why="1 of 1 probes failed" if fails else "",
    )


def _hub_instead(cell: Cell) -> tuple[Instead, ...]:
    """Up to 2.15 the older hub is proved in the sibling cell; from 2.16 on no cell proves anything."""
    if cell.keras is not Keras.BUNDLED:
        return ()
    older = cell.id.replace("hub0.16", "hub0.15")
    return (Instead(do="Stay on tensorflow_hub 0.15.", cell=older, probes=("tf1_hub_load_tf1_module[dense]",)),)


def _legacy(cell: Cell) -> tuple[Instead, ...]:
    sibling = cell.id.replace("keras3", "legacy")
    return (Instead(do="Set TF_USE_LEGACY_KERAS=1 before importing TensorFlow.", cell=sibling, probes=("fit[dense]",)),)


def _forecast(cell: Cell, claim: Claim, way: str) -> tuple[Outcome, Error | None, dict[str, object]]:
    """Outcome, error and verdict of one claim in one cell, much as TensorFlow behaves."""
    release = cell.environment.release.tf
    new_hub = cell.environment.hub.startswith("0.16")
    contradicts: dict[str, object] = {"verdict": Verdict.CONTRADICTS, "why": "3 of 3 probes: the API is missing"}
    exceeds: dict[str, object] = {"verdict": Verdict.EXCEEDS, "expectation": TAPE_RUNS}
    if claim.level is Level.NOT_SUPPORTED:
        if way == "gradient-tape":
            return Outcome.DEGRADED, None, {**exceeds, "qualifier": "hazard"}
        if way == "graph" and release == "2.15" and not new_hub:
            return Outcome.WORKS, None, {"verdict": Verdict.EXCEEDS, "expected": False, "why": "3 of 3 probes work"}
        if way == "hub-load-eager":
            return Outcome.CRASHED, None, {"qualifier": "dangerous"}
        if way == "keras-layer" and release in ("2.0", "2.1"):
            return Outcome.FAILED, MARKUP_ERROR, {"qualifier": "unclear"}
        return (
            Outcome.REJECTED,
            Error("ValueError", "Setting hub.KerasLayer.trainable = True is unsupported", "hub"),
            {},
        )
    if claim.id.startswith("tf1-hub.") and cell.mode is not Mode.TF2 and new_hub:
        forecast = {**contradicts, "expectation": HUB_GONE, "instead": _hub_instead(cell)}
        return Outcome.API_MISSING, MODULE_GONE, forecast
    modern = cell.keras is not Keras.BUNDLED
    if claim.id.endswith(".estimator") and modern:
        error = Error("AttributeError", "module 'tensorflow.compat.v1' has no attribute 'estimator'", "probe")
        return Outcome.API_MISSING, error, {**contradicts, "expectation": ESTIMATOR_GONE}
    if claim.id.endswith((".fit", "fine-tune.tf2.keras-layer")) and cell.keras is Keras.KERAS3:
        error = Error(
            "ValueError",
            "Only instances of `keras.Layer` can be added to a Sequential model.",
            "keras",
            "frame\n" * 300,
        )
        forecast = {**contradicts, "expectation": KERAS3, "why": "3 of 3 probes failed", "instead": _legacy(cell)}
        return Outcome.FAILED, error, forecast
    if claim.id.endswith("create.tf2.keras") and release == "nightly":
        return (
            Outcome.WRONG_VALUES,
            Error("WrongValues", "got [1.0, 2.0], expected [1.0, 2.5] (tolerance 1e-5)", "probe"),
            {**contradicts, "expected": False, "why": "1 of 3 probes gave wrong values"},
        )
    if claim.id.endswith("create.tf1.save") and release in ("2.2", "2.3"):
        return Outcome.DEGRADED, None, {**contradicts, "qualifier": "minor", "expectation": LOSES_LOSSES}
    if claim.id == "tf2-savedmodel.load.tf2.hub-load" and release == "2.9":
        return (
            Outcome.TIMED_OUT,
            None,
            {
                "verdict": Verdict.INCONCLUSIVE,
                "expected": False,
                "why": "1 of 3 probes timed out",
            },
        )
    if claim.id.endswith("partial-in-tf2") and release < "2.5":
        return Outcome.DEGRADED, None, {"qualifier": "noted"}
    return Outcome.WORKS, None, {}
