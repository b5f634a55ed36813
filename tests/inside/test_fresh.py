"""The fresh process: what it is asked, how it fails, dies and is replaced, against fake libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.inside import fakes, running
from tests.inside.running import Run

ASKED = """
import os, time
state = []

def versions(tf, hub):
    state.append(1)
    return tf.__version__, hub.__version__, os.getpid(), len(state)

def add(tf, hub, left, right=0):
    return left + right

def reshape(tf, hub):
    tf.reshape(7)

def wrong(tf, hub):
    from conformance.inside.probe import WrongValues
    raise WrongValues("0.5 is not 0.25")

def crash(tf, hub):
    print("what it said last", flush=True)
    tf.crash()

def leave(tf, hub):
    os._exit(3)

def hang(tf, hub):
    time.sleep(60)

def set_up(tf, hub):
    state.append(1)

def fail(tf, hub):
    raise OSError("no devices here")

def variable(tf, hub, name):
    return os.environ.get(name)
"""

PROBES = """
import os
import asked

@literal
def test_answers(tf, fresh):
    tf, hub, process, calls = fresh.ask(asked.versions)
    assert (tf, hub, calls) == ("2.99.0", "0.99.0", 1)
    assert process != os.getpid()
    assert fresh.ask(asked.versions)[2:] == (process, 2)
    assert fresh.ask(asked.add, 2, right=3) == 5

@literal
def test_fails(fresh):
    fresh.ask(asked.reshape)

@rejects("ValueError", "cannot reshape")
@literal
def test_refuses(fresh):
    fresh.ask(asked.reshape)

@literal
def test_wrong_values(fresh):
    fresh.ask(asked.wrong)

@literal
def test_checks_a_refusal(fresh):
    pytest.importorskip("numpy")
    from conformance.inside import checks
    checks.refused(lambda: fresh.ask(asked.reshape), "ValueError", "cannot", "it is refused")

@literal
def test_worker_dies(tf, fresh):
    fresh.ask(asked.add, 1)
    os.kill(os.getpid(), signal.SIGKILL)

@literal
def test_crashes(tf, fresh):
    fresh.ask(asked.crash)

@literal
def test_leaves(fresh):
    fresh.ask(asked.leave)

@literal
def test_goes_on_after_a_crash(fresh):
    assert fresh.ask(asked.add, 2, right=3) == 5

@literal
def test_another_setting(fresh, fresh_processes):
    other = fresh_processes.get("other", setup=asked.set_up, environment={"DEVICES": "2"}, mode="tf1")
    assert other.ask(asked.versions)[3] == 2
    assert other.ask(asked.variable, "DEVICES") == "2" and fresh.ask(asked.variable, "DEVICES") is None
    assert fresh_processes.get("other") is other

@literal
def test_cannot_be_set_up(fresh_processes):
    fresh_processes.get("bad", setup=asked.fail).ask(asked.versions)
"""


def _run(folder: Path, probes: str, defect: str = "", **changes: Any) -> Run:
    modules = running.write_probes(folder, fresh=probes)
    site = fakes.install(folder)
    (site / "asked.py").write_text(ASKED, encoding="utf-8")
    return running.run(folder, modules, defect, **changes)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return _run(tmp_path_factory.mktemp("fresh"), PROBES)


@pytest.mark.parametrize(
    ("probe", "outcome", "error"),
    [
        ("answers", "works", ""),
        ("fails", "failed", "Cannot reshape"),
        ("refuses", "rejected", "Cannot reshape"),
        ("wrong_values", "wrong-values", "0.5 is not 0.25"),
        ("checks_a_refusal", "works", ""),
        ("worker_dies", "crashed", "the process died of SIGKILL (call)"),
        ("crashes", "crashed", "the process died of SIGSEGV (call)\nwhat it said last"),
        ("leaves", "crashed", "the process died of exit code 3 (call)"),
        ("goes_on_after_a_crash", "works", ""),
        ("another_setting", "works", ""),
        ("cannot_be_set_up", "blocked", "no devices here"),
    ],
)
def test_outcome(run: Run, probe: str, outcome: str, error: str) -> None:
    observed = run.observation(f"fresh.{probe}")
    assert observed["outcome"] == outcome, observed
    assert error in (observed["error"] or {"message": ""})["message"]


def test_an_error_comes_with_its_class_its_frames_and_its_origin(run: Run) -> None:
    error = run.observation("fresh.fails")["error"]
    assert (error["type"], error["origin"]) == ("ValueError", "tensorflow")
    assert "asked.py" in error["traceback"]


def test_nothing_is_left_behind(run: Run) -> None:
    assert run.code == 0, run.output
    assert run.left_behind == []


def test_a_request_that_hangs_is_ended_before_its_probe_is(tmp_path: Path) -> None:
    probes = "import asked\n\n@literal\ndef test_hangs(fresh):\n    fresh.ask(asked.hang)\n"
    observed = _run(tmp_path, probes, timeout=15.0).observation("fresh.hangs")
    assert observed["outcome"] == "timed-out"
    assert "asked.py" in observed["error"]["traceback"]


def test_only_a_child_of_another_setting_imports_the_libraries_itself(tmp_path: Path) -> None:
    probes = """
import asked

@literal
def test_forked(tf, fresh):
    assert fresh.ask(asked.add, 2, right=3) == 5

@literal
def test_dies_while_it_imports(tf, fresh_processes):
    fresh_processes.get("other", environment={"DEVICES": "2"}).ask(asked.versions)
"""
    run = _run(tmp_path, probes, "tensorflow crashes from the second import on")
    assert run.observation("fresh.forked")["outcome"] == "works"
    assert run.observation("fresh.dies_while_it_imports")["outcome"] == "crashed"
