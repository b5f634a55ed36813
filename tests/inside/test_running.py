"""How a run goes: the mode, the selection, and what happens when the libraries, a probe or the writer break midway."""

from __future__ import annotations

import os
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


def test_mode_is_put_in_force(tmp_path: Path) -> None:
    probes = running.write_probes(tmp_path, trial="@literal\ndef test_mode(tf, hub):\n    assert tf.mode == ['v1']\n")
    ended = running.run(tmp_path, probes, workers=False, mode="tf1-compat")
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
    time.sleep(1.6)

@literal
def test_takes_its_time_too():
    time.sleep(1.6)
"""
    ended = running.run(tmp_path, running.write_probes(tmp_path, trial=source), timeout=3.0, attempt=2)
    hung = ended.observation("trial.hangs")
    assert hung["outcome"] == "timed-out"
    assert hung["error"]["message"] == "was still running after 3 s (call)\nso far, so good, but"
    assert hung["error"]["traceback"].endswith("in test_hangs\n    time.sleep(60)")
    assert 2.9 < hung["seconds"] < 12
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


def test_some_probes_run_before_the_others(tmp_path: Path) -> None:
    first = ["trial.last", "trial.needs_hub", "trial.gone"]
    probes = running.write_probes(tmp_path, trial=PROBES)
    ended = running.run(tmp_path, probes, plugins=["conformance.inside.ordering"], first=first)
    expected = ["trial.last", "trial.needs_hub", "trial.needs_nothing", "trial.needs_tensorflow"]
    assert [line["probe"] for line in ended.of_kind("observation")] == expected


@pytest.mark.parametrize(("glob", "expected"), [("trial.needs_*", ["needs_nothing", "needs_tensorflow"]), ("x", [])])
def test_selection(tmp_path: Path, glob: str, expected: list[str]) -> None:
    source = PROBES + "\n@probe('create.claim', standing='literal')\ndef test_needs_other_claim():\n    pass\n"
    probes = running.write_probes(tmp_path, trial=source[: source.index("@literal\ndef test_needs_hub")])
    ended = running.run(tmp_path, probes, workers=bool(expected), claims=["load.claim"], probes=[glob])
    (plan,) = ended.of_kind("plan")
    assert plan["probes"] == ["trial." + name for name in expected]
    assert [line["probe"] for line in ended.of_kind("observation")] == plan["probes"]
    assert ended.code == (0 if expected else pytest.ExitCode.NO_TESTS_COLLECTED)
