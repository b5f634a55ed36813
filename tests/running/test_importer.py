"""The process that imports TensorFlow once for several runs of pytest, and what no model can do to it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.environments.catalogue import Cell, load_releases
from conformance.environments.unavailable import UnavailableError
from conformance.running import importer as importing
from conformance.running import probing
from conformance.running.enclosure import Enclosure, EnclosureLimits, available
from conformance.running.importer import Importer
from conformance.running.places import ROOT
from tests.inside import fakes, running
from tests.inside.running import Run

COUNTS = "import os, time; open(os.environ['TMPDIR'] + '/imports', 'a').write('x')\n"


@pytest.fixture
def cell() -> Cell:
    return load_releases().cell("tf2.21-hub0.16-tf2-keras3")


class Starts:
    """Starts importers of the fake libraries, and runs of pytest that they serve."""

    def __init__(self, folder: Path, cell: Cell, monkeypatch: pytest.MonkeyPatch, defect: str = "") -> None:
        """`defect` is a line of Python by which the fake TensorFlow ends."""
        self._folder = folder
        self._patch = monkeypatch
        self.site = fakes.install(folder)
        with (self.site / "tensorflow" / "__init__.py").open("a") as file:
            file.write(COUNTS + defect)
        ours = probing.variables

        def variables(*arguments: object) -> dict[str, str]:  # the fakes are in no virtualenv
            return {**ours(*arguments), "PYTHONPATH": f"{self.site}:{ROOT}"}  # type: ignore[arg-type]

        monkeypatch.setattr(probing, "variables", variables)
        self.importer = Importer(Path(sys.executable), cell, ROOT, [EnclosureLimits()])

    @property
    def imports(self) -> int:
        return sum(len(path.read_text()) for path in self.importer.folder.rglob("imports"))

    def run(self, name: str, source: str, **changes: object) -> Run:
        folder = self._folder / name
        probes = running.write_probes(folder, one=source)
        asked = running.ask(folder, **changes)
        home = self.importer.folder / name
        home.mkdir()
        self.importer.ensure()
        self._patch.setattr(running, "WORKERS", self.importer.workers)
        done = subprocess.run(
            running.command(probes),
            env=fakes.variables(self.site, asked, home),
            cwd=str(ROOT),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
        )
        return Run(done.returncode, done.stdout.decode(), running.read_lines(folder / "record.jsonl"), [])


@pytest.fixture
def starts(tmp_path: Path, cell: Cell, monkeypatch: pytest.MonkeyPatch) -> Iterator[Starts]:
    made = Starts(tmp_path, cell, monkeypatch)
    with made.importer:
        yield made


def test_a_crash_and_a_hang_end_no_other_and_nothing_is_imported_again(starts: Starts) -> None:
    bad = """
    @literal
    def test_crashes(tf): tf.crash()
    @literal
    def test_hangs(tf): time.sleep(60)
    @literal
    def test_works(tf): pass
    """
    first = starts.run("first", bad, timeout=3.0)
    second = starts.run("second", "@literal\ndef test_works(tf): pass")

    outcomes = [(line["probe"], line["outcome"]) for line in first.of_kind("observation")]
    assert sorted(outcomes) == [("one.crashes", "crashed"), ("one.hangs", "timed-out"), ("one.works", "works")]
    assert "SIGSEGV" in first.observation("one.crashes")["error"]["message"]
    assert second.observation("one.works")["outcome"] == "works", second.output
    assert second.of_kind("setting")[0]["tf"] == "2.99.0"
    assert starts.imports == 1


def test_what_runs_can_start_no_other_and_leaves_nothing_running(starts: Starts) -> None:
    lurks = """
    @literal
    def test_asks(tf):
        import glob
        assert not os.path.exists(os.path.join(os.environ["TMPDIR"], "..", "importer.socket"))
        if os.fork() == 0:
            os.setsid() if {escapes} else None
            while True:
                time.sleep(0.1)
                open(os.path.join(os.environ["TMPDIR"], "..", "alive"), "a").write("x")
        time.sleep(0.5)
    """.replace("{escapes}", str(available() is Enclosure.NAMESPACES))
    asked = starts.run("first", lurks)
    assert asked.observation("one.asks")["outcome"] == "works", asked.output
    alive = starts.importer.folder / "alive"
    before = alive.stat().st_size

    starts.run("second", "@literal\ndef test_waits(tf): time.sleep(0.5)")
    assert alive.stat().st_size == before > 0


def test_a_worker_has_the_variables_and_the_limits_of_who_asked(starts: Starts) -> None:
    says = """
    @literal
    def test_says(tf, note):
        import resource, tempfile
        note(os.path.basename(os.environ["TMPDIR"]) + " " + os.path.basename(tempfile.gettempdir()))
        note(str(resource.getrlimit(resource.RLIMIT_CORE)[0]))
    """
    for name in ("first", "second"):
        assert starts.run(name, says).observation("one.says")["notes"] == [f"{name} {name}", "0"]


def test_a_checkout_may_have_spaces_in_its_path(cell: Cell) -> None:
    with Importer(Path("/my envs/python"), cell, Path("/my check out"), [EnclosureLimits()]) as importer:
        assert shlex.split(importer.workers[-1].partition("python=")[2])[0] == "/my envs/python"


def test_one_that_was_killed_is_started_again(starts: Starts) -> None:
    starts.importer.ensure()
    assert starts.importer._process
    starts.importer._process.kill()
    starts.importer._process.wait()

    assert starts.run("first", "@literal\ndef test_works(tf): pass").observation("one.works")["outcome"] == "works"


def test_a_library_that_cannot_be_imported_is_reported_by_the_worker(
    tmp_path: Path, cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Starts(tmp_path, cell, monkeypatch, "raise ImportError('libfoo.so.9: cannot open')")
    with made.importer:
        [line] = made.run("first", "@literal\ndef test_works(tf): pass").of_kind("unavailable")
    assert "libfoo.so.9" in line["reason"]


@pytest.mark.parametrize(
    ("defect", "seconds", "says"),
    [("print('my last words', flush=True); os.abort()", 60.0, "ended with"), ("time.sleep(60)", 4.0, "more than 4 s")],
)
def test_an_import_that_crashes_or_hangs_is_said(
    defect: str, seconds: float, says: str, tmp_path: Path, cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_SECONDS_TO_IMPORT", seconds)
    made = Starts(tmp_path, cell, monkeypatch, defect)
    with made.importer, pytest.raises(UnavailableError, match=says) as caught:
        made.importer.ensure()
    assert caught.value.unavailable.stage == "import"
    assert "last words" in caught.value.unavailable.detail or seconds < 5
