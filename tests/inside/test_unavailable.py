"""Cells in which nothing can be observed: broken libraries, broken probes, broken requests."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.inside import fakes, running

PROBES = """
@literal
def test_needs_tensorflow(tf):
    pass

@literal
def test_needs_hub(hub):
    pass
"""


class Unusable:
    """A defect of the libraries: what is recorded of it."""

    def __init__(self, reason: str, detail: str = "", mode: str = "tf2", worker: bool = False) -> None:
        self.reason = reason
        self.detail = detail
        self.mode = mode
        self.worker = worker  # whether the worker makes a difference


UNUSABLE = {
    "tensorflow raises": Unusable(
        r"\Atensorflow cannot be imported: ImportError: libfoo\.so\.9: cannot open\Z",
        r"tensorflow/__init__\.py:\d+ in",
        worker=True,
    ),
    "tensorflow exits": Unusable(r"\Atensorflow cannot be imported: SystemExit: 3\Z"),
    "tensorflow crashes": Unusable(
        r"\Athe process died of SIGSEGV \(import\)\Z", r"tensorflow/__init__\.py:\d+ in", worker=True
    ),
    "tensorflow hangs": Unusable(
        r"\Awas still running after 1 s \(import\)\Z", r"still here\n.*in <module>", worker=True
    ),
    "hub raises": Unusable(r"\Atensorflow_hub cannot be imported: ModuleNotFoundError: .*pkg_resources_that_is_gone"),
    "keras is old": Unusable(r"\Atf\.keras is Keras 2\.15\.0, but the cell asks for keras3\Z"),
    "mode cannot be set": Unusable(r"\ATensorFlow cannot be put into the mode tf1-compat: Attr", mode="tf1-compat"),
}


@pytest.mark.parametrize("defect", UNUSABLE)
def test_unusable_libraries_are_the_end(tmp_path: Path, defect: str) -> None:
    expected = UNUSABLE[defect]
    probes = running.write_probes(tmp_path, trial=PROBES)
    timeout = 1.0 if "hangs" in defect else 30.0
    ended = running.run(tmp_path, probes, defect, workers=expected.worker, mode=expected.mode, timeout=timeout)
    (line,) = ended.lines
    assert (line["kind"], line["stage"]) == ("unavailable", "import")
    assert re.search(expected.reason, line["reason"]), line["reason"]
    assert re.search(expected.detail, line["detail"], re.DOTALL), line["detail"]
    assert ended.code == 0


BROKEN_MODULES = {
    "cannot be parsed": ("def test_x(:\n", "SyntaxError"),
    "cannot be imported": ("import no_such_module\n", "No module named 'no_such_module'"),
    "has a test that is no probe": ("def test_stray(tf):\n    pass\n", r"test_stray has no @probe: add @probe\("),
    "misspells a standing": ("@probe('load.claim', standing='literally')\ndef test_x():\n    pass\n", "literally"),
    "crashes": ("faulthandler._sigsegv()\n", r"test_broken\.py:\d+ in <module>"),
}
NEED_WORKER = ("cannot be imported", "crashes")


@pytest.mark.parametrize("how", BROKEN_MODULES)
def test_broken_module_of_probes_is_the_end(tmp_path: Path, how: str) -> None:
    source, detail = BROKEN_MODULES[how]
    ended = running.run(
        tmp_path, running.write_probes(tmp_path, whole=PROBES, broken=source), workers=how in NEED_WORKER
    )
    (line,) = ended.lines
    assert (line["kind"], line["stage"]) == ("unavailable", "collect")
    assert re.search(detail, line["detail"]), line["detail"]


REQUESTS = {
    "none": (None, r'nox -s "cell\('),
    "no file": ("/no/such/file.json", r"CONFORMANCE_CELL is not a cell's description: /no/such/file\.json: .*No such"),
    "no JSON": ("no JSON", "is not a cell's description"),
    "no keys": ("{}", "the key 'record' is missing"),
    "no mode": ('{"record": "r", "cell": "c", "mode": "tf3"}', "tf3"),
}


@pytest.mark.parametrize("how", REQUESTS)
def test_broken_request_is_a_usage_error(tmp_path: Path, how: str) -> None:
    request, message = REQUESTS[how]
    path = tmp_path / "request.json"
    path.write_text(request or "", encoding="utf-8")
    environment = fakes.variables(fakes.install(tmp_path), path, tmp_path)
    environment["CONFORMANCE_CELL"] = request if request and request.startswith("/") else str(path)
    if request is None:
        del environment["CONFORMANCE_CELL"]
    done = subprocess.run(
        running.command(running.write_probes(tmp_path, trial=PROBES)),
        env=environment,
        cwd=str(running.ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert re.search(message, done.stdout.decode()), done.stdout.decode()
