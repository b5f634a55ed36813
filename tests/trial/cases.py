"""Records, traces and runs to make a trial with."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import msgspec

from conformance.evidence import SCHEMA, Footer, Header, Observation, Plan, Record, Tested, Unavailable, read_record
from conformance.trial.defects import Defect
from conformance.words import Keras, Mode, Outcome, Package, Standing

CELL = "tf2.15-hub0.16-tf2"
CLAIM = "tf2-savedmodel.load.tf2.hub-load"
NOTICED = "layer-training-ignored"  # a defect of the library that the fake run notices
DEFECT = Defect("load-drifts", "Loaded values drift.", Package.HUB, (CELL,), ("tf2-savedmodel.load.*",), subtle=True)


def record_text(
    outcomes: Mapping[str, str],
    *,
    plan: tuple[str, ...] = (),
    unavailable: str = "",
    cell: str = CELL,
    whole: bool = True,
) -> str:
    """The lines of a record as a cell writes them."""
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
    return "".join(msgspec.json.encode(line).decode() + "\n" for line in lines)


def write_record(path: Path, outcomes: Mapping[str, str], **more: Any) -> Record:
    """Writes the record of `record_text()`, and reads it back."""
    path.write_text(record_text(outcomes, **more), encoding="utf-8")
    return read_record(path)


class FakeRun(msgspec.Struct):
    """What a run leaves behind that has the defect which its name, or its cell's, says."""

    record: str = ""
    partial: str = ""
    trace: str = ""


def fake_run(name: str, cell: str, probes: tuple[str, ...]) -> FakeRun:
    """What stands in for the child that measures a cell leaves."""
    trace = "planted tensorflow_hub.module_v2\n"
    outcomes = {"loads.one": "works", "loads.two": "works"}
    if name == "leaves-nothing":
        return FakeRun(trace=trace)
    if name == "is-noticed-soon":
        return FakeRun(partial=record_text({"loads.one": "failed"}, plan=tuple(outcomes), whole=False), trace=trace)
    if name == "clean-1":
        trace = ""
    elif name == "clean-2":
        reached = ("5 loads.one", "3 loads.one", "3 loads.two")
        trace = "".join(f"reached tensorflow_hub.module:{line}\n" for line in reached)
    elif name == "does-not-take":
        trace = "failed it is gone\n"
    if name in ("is-noticed", NOTICED) or name.endswith("-comparison"):
        outcomes["loads.two"] = "wrong-values"
    if name.endswith("-constant"):
        outcomes = {}
    if "unsteady" in cell and name in ("clean-2", "3"):
        outcomes["loads.one"] = "failed" if name == "clean-2" else "timed-out"
    asked = {one: outcome for one, outcome in outcomes.items() if not probes or any(fnmatch(one, p) for p in probes)}
    broken = "broken" if "broken" in cell or not outcomes else ""
    return FakeRun(record_text(asked, cell=cell, unavailable=broken), trace=trace)
