"""Stands in for pytest inside a cell: works, or has the defect that it is named after.

python fake_pytest.py DEFECT    (and the request, as the real one gets it)
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

defect = sys.argv[1]
request = json.loads(Path(os.environ["CONFORMANCE_CELL"]).read_text())
attempt = request["attempt"]


def say(line: dict[str, object]) -> None:
    with Path(request["record"]).open("a") as file:
        file.write(json.dumps(line) + "\n")


def observe(probe: str, outcome: str) -> None:
    rest = {"fixture": "", "error": None, "notes": [], "seconds": 0.1, "attempt": attempt}
    say({"kind": "observation", "probe": probe, "claims": [], "outcome": outcome, **rest})


print(f"pytest says: {defect}, attempt {attempt}", flush=True)
if defect == "breaks in its plugin":
    sys.exit("INTERNALERROR> the plugin broke")
wanted = [probe for probe in request["probes"] or ["one", "two"] if probe not in request["observed"]]
if "conformance.inside.ordering" in sys.argv:
    wanted.sort(key=lambda probe: probe not in request["first"])
say({"kind": "plan", "probes": wanted})
if defect == "selects nothing" or not wanted:
    sys.exit(5)
if defect == "hangs at once":
    time.sleep(60)
if defect == "dies before a probe ends":
    os.kill(os.getpid(), signal.SIGKILL)
if defect == "cannot import":
    say({"kind": "unavailable", "stage": "import", "reason": "TensorFlow cannot be imported."})
    sys.exit(1)
if attempt == 2:
    for probe in request["probes"]:
        observe(probe, "timed-out" if defect == "hangs twice" else "works")
    sys.exit(0)
if "one" in wanted:
    observe("one", "works")
if defect in ("hangs once", "hangs twice"):
    observe("two", "timed-out")
    sys.exit(1)
if defect == "leaves a torn line":
    with Path(request["record"]).open("a") as file:
        file.write('{"kind": "observa')
    os.kill(os.getpid(), signal.SIGKILL)
if defect == "hangs after one":
    child = subprocess.Popen([sys.executable, "-IS", "-c", "import time; time.sleep(60)"])
    Path(request["record"] + ".child").write_text(str(child.pid))
    time.sleep(60)
if "two" in wanted:
    observe("two", "works")
