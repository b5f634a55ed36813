"""Cells in which nothing can be observed: broken libraries, broken probes, broken requests; and broken runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.inside import fakes, running

PROBES = """
@literal
def test_needs_nothing():
    pass

@literal
def test_needs_tensorflow(tf):
    pass

@literal
def test_needs_hub(hub):
    pass

@literal
def test_last():
    pass
"""


class Unusable:
    """A defect of the libraries: what is recorded of it."""

    def __init__(self, reason: str, detail: str = "", mode: str = "tf2") -> None:
        self.reason = reason
        self.detail = detail
        self.mode = mode


UNUSABLE = {
    "tensorflow raises": Unusable(
        r"\Atensorflow cannot be imported: ImportError: libfoo\.so\.9: cannot open\Z", r"tensorflow/__init__\.py:\d+ in"
    ),
    "tensorflow exits": Unusable(r"\Atensorflow cannot be imported: SystemExit: 3\Z"),
    "tensorflow crashes": Unusable(r"\Athe process died of SIGSEGV \(import\)\Z", r"tensorflow/__init__\.py:\d+ in"),
    "tensorflow hangs": Unusable(r"\Awas still running after 1 s \(import\)\Z", r"still here\n.*in <module>"),
    "hub raises": Unusable(r"\Atensorflow_hub cannot be imported: ModuleNotFoundError: .*pkg_resources_that_is_gone"),
    "keras is old": Unusable(r"\Atf\.keras is Keras 2\.15\.0, but the cell asks for keras3\Z"),
    "mode cannot be set": Unusable(r"\ATensorFlow cannot be put into the mode tf1-compat: Attr", mode="tf1-compat"),
}


@pytest.mark.parametrize("defect", UNUSABLE)
def test_unusable_libraries_are_the_end(tmp_path: Path, defect: str) -> None:
    expected = UNUSABLE[defect]
    probes = running.write_probes(tmp_path, trial=PROBES[PROBES.index("@literal\ndef test_needs_tensorflow") :])
    timeout = 1.0 if "hangs" in defect else 30.0
    ended = running.run(tmp_path, probes, defect, mode=expected.mode, timeout=timeout)
    (line,) = ended.lines
    assert (line["kind"], line["stage"]) == ("unavailable", "import")
    assert re.search(expected.reason, line["reason"]), line["reason"]
    assert re.search(expected.detail, line["detail"], re.DOTALL), line["detail"]
    assert ended.code == 0


def test_mode_is_put_in_force(tmp_path: Path) -> None:
    probes = running.write_probes(tmp_path, trial="@literal\ndef test_mode(tf, hub):\n    assert tf.mode == ['v1']\n")
    ended = running.run(tmp_path, probes, mode="tf1-compat")
    assert ended.observation("trial.mode")["outcome"] == "works"


def test_import_that_fails_later_is_bad_luck_of_one_probe(tmp_path: Path) -> None:
    source = "@literal\ndef test_a(tf):\n    tf.crash()\n" + PROBES
    defect = "tensorflow crashes from the second import on"
    ended = running.run(tmp_path, running.write_probes(tmp_path, trial=source), defect)
    outcomes = {line["probe"]: line["outcome"] for line in ended.of_kind("observation")}
    assert outcomes == {
        "trial.a": "crashed",
        "trial.needs_nothing": "works",
        "trial.needs_tensorflow": "blocked",
        "trial.needs_hub": "blocked",
        "trial.last": "works",
    }
    assert not ended.of_kind("unavailable")


BROKEN_MODULES = {
    "cannot be parsed": ("def test_x(:\n", "SyntaxError"),
    "cannot be imported": ("import no_such_module\n", "No module named 'no_such_module'"),
    "has a test that is no probe": ("def test_stray(tf):\n    pass\n", r"test_stray has no @probe: add @probe\("),
    "misspells a standing": ("@probe('load.claim', standing='literally')\ndef test_x():\n    pass\n", "literally"),
    "crashes": ("faulthandler._sigsegv()\n", r"test_broken\.py:\d+ in <module>"),
}


@pytest.mark.parametrize("how", BROKEN_MODULES)
def test_broken_module_of_probes_is_the_end(tmp_path: Path, how: str) -> None:
    source, detail = BROKEN_MODULES[how]
    ended = running.run(tmp_path, running.write_probes(tmp_path, whole=PROBES, broken=source))
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


def test_hang_is_ended_and_the_others_go_on(tmp_path: Path) -> None:
    source = """
@literal
def test_hangs(tf):
    print("so far, so good, but", end="", flush=True)
    time.sleep(60)

@pytest.fixture
def hangs_afterwards():
    yield
    time.sleep(60)

@literal
def test_hangs_afterwards(hangs_afterwards):
    pass

@literal
def test_takes_its_time():
    time.sleep(0.6)

@literal
def test_takes_its_time_too():
    time.sleep(0.6)
"""
    ended = running.run(tmp_path, running.write_probes(tmp_path, trial=source), timeout=1.0, attempt=2)
    hung = ended.observation("trial.hangs")
    assert hung["outcome"] == "timed-out"
    assert hung["error"]["message"] == "was still running after 1 s (call)\nso far, so good, but"
    assert hung["error"]["traceback"].endswith("in test_hangs\n    time.sleep(60)")
    assert 0.9 < hung["seconds"] < 10
    assert hung["attempt"] == 2
    afterwards = ended.observation("trial.hangs_afterwards")
    assert (afterwards["outcome"], len(afterwards["notes"])) == ("works", 1)
    assert ended.observation("trial.takes_its_time")["outcome"] == "works"
    assert ended.observation("trial.takes_its_time_too")["outcome"] == "works"


def test_what_was_observed_survives_the_death_of_the_one_who_writes(tmp_path: Path) -> None:
    source = PROBES + "\n@literal\ndef test_waits():\n    time.sleep(60)\n"
    probes = running.write_probes(tmp_path, trial=source)
    started = subprocess.Popen(
        running.command(probes),
        env=fakes.variables(fakes.install(tmp_path), running.ask(tmp_path), tmp_path),
        cwd=str(running.ROOT),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    record = tmp_path / "record.jsonl"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (record.exists() and b'"probe": "trial.last"' in record.read_bytes()):
        time.sleep(0.02)
    os.kill(started.pid, signal.SIGKILL)
    started.wait(timeout=10)
    assert [line["kind"] for line in running.read_lines(record)].count("observation") == 4


@pytest.mark.parametrize(("glob", "expected"), [("trial.needs_*", ["needs_nothing", "needs_tensorflow"]), ("x", [])])
def test_selection(tmp_path: Path, glob: str, expected: list[str]) -> None:
    source = PROBES + "\n@probe('create.claim', standing='literal')\ndef test_needs_other_claim():\n    pass\n"
    claims = {"load.claim": running.CLAIMS["load.claim"]}
    probes = running.write_probes(tmp_path, trial=source[: source.index("@literal\ndef test_needs_hub")])
    ended = running.run(tmp_path, probes, claims=claims, probes=[glob])
    (plan,) = ended.of_kind("plan")
    assert plan["probes"] == ["trial." + name for name in expected]
    assert [line["probe"] for line in ended.of_kind("observation")] == plan["probes"]
    assert ended.code == (0 if expected else pytest.ExitCode.NO_TESTS_COLLECTED)
