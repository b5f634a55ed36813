"""Stands in for a cell's nox: works, or has the defect that it is named after.

python fake_cell.py DEFECT RECORD PARTIAL HEADER
"""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

defect, record, partial, header = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), json.loads(sys.argv[4])


def say(line: dict[str, object]) -> None:
    with partial.open("a") as file:
        file.write(json.dumps(line) + "\n")


def observe(probe: str) -> None:
    tested = [{"id": "tf1-hub.load.tf1", "standing": "literal"}]
    rest: dict[str, object] = {"fixture": "", "outcome": "works", "error": None, "notes": [], "seconds": 0.1}
    say({"kind": "observation", "probe": probe, "claims": tested, **rest})


print("here I am", flush=True)
if defect == "dies before the header":
    sys.exit("no room for a header")
partial.write_text("")
say({"kind": "header", "started": datetime.now(UTC).isoformat(timespec="seconds"), **header})
if defect == "writes garbage":
    with partial.open("ab") as file:
        file.write(b"\x00\xff this is no line\n")
say({"kind": "plan", "probes": ["one", "two"]})
observe("one")
if defect == "dies mid-run":
    sys.exit("I crashed")
if defect == "hangs":
    # What it started must go with it.
    subprocess.Popen([sys.executable, "-IS", "-c", "import time; time.sleep(60)"])
    Path(f"{partial}.hangs").touch()
    time.sleep(60)
observe("two")
say({"kind": "footer", "observations": 2, "seconds": 1.0, "cpu_seconds": 1.0, "finished": "2026-01-01T00:00:00+00:00"})
partial.replace(record)
