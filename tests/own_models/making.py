"""Makes what would have been observed of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from conformance.environments.catalogue import Releases
from conformance.evidence import SCHEMA, Error, Footer, Header, Observation, Record, Tested, Unavailable, Versions
from conformance.inspecting.description import Description
from conformance.inspecting.saved_model import read_saved_model
from conformance.own_models.forms import Form, forms_of
from conformance.own_models.observing import Observed
from conformance.own_models.values import Computed, packed
from conformance.words import Outcome, Standing
from tests.inspecting.making import FIXTURES

OLD, LAST, KERAS3, LEGACY = (
    "tf1.15-hub0.15-tf1",
    "tf2.15-hub0.16-tf2",
    "tf2.21-hub0.16-tf2-keras3",
    "tf2.21-hub0.16-tf2-legacy",
)
REFUSED = Error("ValueError", "Only instances of `keras.Layer` can be added to a Sequential model.", "keras")


def described(name: str) -> Description:
    """A fixture model's description."""
    return read_saved_model(FIXTURES / name / "model").description


def forms(name: str = "tf2-dense") -> dict[str, Form]:
    """Its call forms, by the probes' names without the parameter."""
    found: dict[str, Form] = {}
    for form in forms_of(described(name)):
        found.setdefault(form.kind, form)
    return found


def record(cell: str, **outcomes: Outcome | Error) -> Record:
    """The record of a cell with an outcome, or the error of a failure, per kind of call form."""
    known = forms()
    observations = [_observation(known[kind].probe, outcome) for kind, outcome in outcomes.items()]
    tf = cell.split("-")[0].removeprefix("tf") + ".1"
    packages = {"tensorflow-cpu": tf, "tensorflow_hub": "0.16.1", "tf_keras": "2.21.0"}
    return Record(
        path=Path(f"{cell}.jsonl"),
        header=Header(SCHEMA, cell, cell, "tf2", "bundled", "", "2026-01-01T00:00:00+00:00", "x"),  # type: ignore[arg-type]
        setting=Versions(tf, "0.16.1", "3.11.9", "2.15.0", packages),
        plan=tuple(one.probe for one in observations),
        observations=tuple(observations),
        unavailable=None,
        footer=Footer(len(observations), 1.0, 1.0, "2026-01-01T00:01:00+00:00"),
    )


def unavailable(cell: str, reason: str) -> Record:
    """The record of a cell that could not be built."""
    whole = record(cell)
    return Record(whole.path, whole.header, None, (), (), Unavailable("install", reason), whole.footer)


def observed(releases: Releases, *records: Record, values: dict[str, dict[str, Any]] | None = None) -> Observed:
    """What was observed, with the value that each call form gave in a cell."""
    known = forms()
    return Observed(
        hash="sha256:0",
        cells=tuple(releases.cell(one.header.cell) for one in records),
        forms=tuple(forms_of(described("tf2-dense"))),
        records=records,
        computed={
            cell: {
                known[kind].probe: Computed(known[kind].probe, {"output": packed(np.asarray(value))})
                for kind, value in of_cell.items()
            }
            for cell, of_cell in (values or {}).items()
        },
        given=False,
        interrupted=False,
        known_releases=tuple(release.tf for release in releases.releases),
    )


def _observation(probe: str, outcome: Outcome | Error) -> Observation:
    error = outcome if isinstance(outcome, Error) else None
    word = outcome if isinstance(outcome, Outcome) else Outcome.FAILED
    if error is REFUSED:
        word = Outcome.REJECTED
    return Observation(probe, (Tested("own-model.load", Standing.LITERAL),), "", word, error, (), 0.1)
