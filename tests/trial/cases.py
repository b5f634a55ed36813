"""Records, traces and runs to make a trial with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from conformance.evidence import SCHEMA, Footer, Header, Observation, Plan, Record, Tested, Unavailable, read_record
from conformance.trial.defects import Defect
from conformance.words import Keras, Mode, Outcome, Package, Standing

CELL = "tf2.15-hub0.16-tf2"
CLAIM = "tf2-savedmodel.load.tf2.hub-load"
DEFECT = Defect("load-drifts", "Loaded values drift.", Package.HUB, (CELL,), ("tf2-savedmodel.load.*",), subtle=True)


def write_record(
    path: Path,
    outcomes: Mapping[str, str],
    *,
    plan: tuple[str, ...] = (),
    unavailable: str = "",
    cell: str = CELL,
    whole: bool = True,
) -> Record:
    """Writes a record as a cell does, and reads it back."""
    path.parent.mkdir(parents=True, exist_ok=True)
    claims = (Tested(CLAIM, Standing.LITERAL),)
    lines = [
        Header(SCHEMA, cell, "tf2.15-hub0.16", Mode.TF2, Keras.BUNDLED, "", "2026-01-01T00:00:00+00:00", "abc"),
        Plan(plan or tuple(outcomes)),
        *(
            Observation(probe, claims, "", Outcome(outcome), None, (), 0.1, steps="")
            for probe, outcome in outcomes.items()
        ),
        *([Unavailable("import", unavailable)] if unavailable else []),
        *([Footer(len(outcomes), 1.0, 1.0, "2026-01-01T00:00:01+00:00")] if whole else []),
    ]
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return read_record(path)
