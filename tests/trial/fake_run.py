"""Stands in for the child that measures a cell, and has the defect that the run's name says.

python fake_run.py NAME CELL RECORD TRACE [PROBE ...]
"""

import sys
import time
from fnmatch import fnmatch
from pathlib import Path

from tests.trial.cases import write_record

name, cell, record, trace = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
outcomes = {"loads.one": "works", "loads.two": "works"}
busy = record.parent.parent.parent / f"{cell}.busy"
if busy.exists():
    sys.exit("two runs of one cell at a time")
busy.touch()
time.sleep(0.05)
busy.unlink()
if name not in ("clean-1", "clean-2"):
    trace.write_text("planted tensorflow_hub.module_v2\n")
if name == "clean-2":
    reached = ("5 loads.one", "3 loads.one", "3 loads.two")
    trace.write_text("".join(f"reached tensorflow_hub.module:{line}\n" for line in reached))
if name == "is-noticed" or name.endswith("-comparison"):
    outcomes["loads.two"] = "wrong-values"
if name == "does-not-take":
    trace.write_text("failed it is gone\n")
if name == "is-noticed-soon":
    write_record(record.with_suffix(".jsonl.partial"), {"loads.one": "failed"}, plan=tuple(outcomes), whole=False)
    time.sleep(60)
if name.endswith("-constant"):
    outcomes = {}
if name == "leaves-nothing":
    sys.exit("no record")
if "unsteady" in cell and name == "clean-2":
    outcomes["loads.one"] = "failed"
if name == "3" and "unsteady" in cell:
    outcomes["loads.one"] = "timed-out"
if sys.argv[5:] and outcomes:
    outcomes = {
        probe: outcome for probe, outcome in outcomes.items() if any(fnmatch(probe, glob) for glob in sys.argv[5:])
    }
write_record(record, outcomes, cell=cell, unavailable="broken" if "broken" in cell or not outcomes else "")
