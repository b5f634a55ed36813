"""Stands in for pytest in a cell: observes what a sound TensorFlow would show, or has the fault it is named after.

Writes through the recorder's own file, as the real inside does. python stand_in.py FAULT    (and the request)
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from conformance.claims.catalogue import load_claims
from conformance.inside import lines
from conformance.words import Level, Outcome

fault = sys.argv[1]
request = json.loads(Path(os.environ["CONFORMANCE_CELL"]).read_text())
claims = load_claims().claim_by_id
tried = {f"{name}.{way or 'call'}": (name, way) for name in request["claims"] for way in claims[name].ways_or_itself()}
wanted = [probe for probe in request["probes"] or tried if probe not in request["observed"]]
record = lines.RecordFile(request["record"])


def observe(probe: str) -> None:
    claim, way = tried[probe]
    supported = claims[claim].level is not Level.NOT_SUPPORTED
    about = {
        "probe": probe,
        "claims": [{"id": claim, "standing": "literal", "way": way}],
        "fixture": "",
        "steps": "Observes what a sound TensorFlow shows.",
    }
    outcome = Outcome.WORKS if supported else Outcome.REJECTED
    record.append(lines.observation(about, outcome.value, None, [], 0.1, request["attempt"]))


tf = "1.13.2" if "tf1.13" in request["cell"] else "1.14.0"
record.append(
    {
        "kind": "setting",
        "tf": tf,
        "hub": "0.7.0" if "tf1.13" in request["cell"] else "0.9.0",
        "python": "3.7.17",
        "keras_version": "2.2.4-tf",
        "packages": {"tensorflow": tf},
    }
)
record.append(lines.plan(wanted))
if not wanted:
    sys.exit(5)  # as pytest does, where all was taken over from earlier records
half = len(wanted) // 2
for probe in wanted[:half]:
    observe(probe)
Path(f"{request['record']}.halfway").touch()
if fault == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if fault == "killed while it writes":
    with Path(request["record"]).open("ab") as file:
        file.write(b'{"kind": "observation", "probe": "tf1-h')
    os.kill(os.getpid(), signal.SIGKILL)
if fault == "hangs":
    time.sleep(120)
for probe in wanted[half:]:
    observe(probe)
