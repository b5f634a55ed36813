"""The whole command with fake cells; and everything that it refuses, before it touches anything."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from conformance import fixtures
from conformance.commands.program import main
from conformance.commands.reporting import RunReporter
from conformance.environments import interpreters, locking, virtualenv
from conformance.environments.catalogue import Cell, Environment, load_releases
from conformance.environments.unavailable import UnavailableError
from conformance.errors import DataError, ExitCode, HarnessError
from conformance.judging.narrowing import Narrowing
from conformance.results import Results
from conformance.running import fleet, matrix, plan
from conformance.running.keys import Built
from conformance.running.matrix import run_matrix
from conformance.running.options import Options
from conformance.running.places import Places
from conformance.running.selection import Selection
from tests.conftest import contents
from tests.running.test_fleet import fake_command

TWO = Selection(only=("tf1.13", "tf1.14"))
FIRST, SECOND = "tf1.13-hub0.7-tf1", "tf1.14-hub0.9-tf1"
NIGHTLY = Selection(only=("tfnightly",), mode=("tf2",))


class Ran(msgspec.Struct):
    """What came of a run."""

    code: ExitCode
    seen: str
    results: Results


Run = Callable[..., Ran]


class FakeKeys:
    """The keys that the fake cells leave in their records; to change what was observed, change `key`."""

    key = "1"

    def __init__(self, *arguments: object) -> None:
        pass

    def of(self, cell: Cell, built: Built, narrowing: Narrowing, examples: int) -> dict[str, str]:
        return {"one": "1", "two": self.key} if cell.id in (FIRST, SECOND) else {}


@pytest.fixture
def run(places: Places, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(fleet, "_POLL", 0.02)
    monkeypatch.setattr(virtualenv, "note_on_copies", lambda root: "")
    monkeypatch.setattr(matrix, "verify_fixtures", lambda models: None)

    monkeypatch.setattr(matrix, "Keys", FakeKeys)
    monkeypatch.setattr(interpreters, "exact_version", lambda version: f"{version}.1")

    def run(selection: Selection = TWO, defects: Mapping[str, str] | None = None, *, fresh: bool = False) -> Ran:
        def command(cell: Cell, options: Options, lock: Path | None) -> Sequence[str]:
            return fake_command(cell, options.places, (defects or {}).get(cell.id, "works"))

        monkeypatch.setattr(fleet, "cell_command", command)
        seen = io.StringIO()
        console = Console(file=seen, width=160)
        code = run_matrix(Options(selection, places, jobs=2, fresh=fresh), console, RunReporter(console))
        results = msgspec.json.decode((places.reports / "results.json").read_bytes(), type=Results)
        return Ran(code, seen.getvalue(), results)

    return run


def test_the_plan_is_reported_before_the_work_and_the_result_after_it(run: Run, places: Places) -> None:
    ran = run()

    announced, _, rest = ran.seen.partition("[1/2")
    assert "Selection: --only tf1.13 --only tf1.14" in announced
    assert "Cells: 2 in 2 environments, 2 side by side" in announced
    assert "tf1.13-hub0.7: tf1" in announced
    assert f"{FIRST}: 2 works" in f"[1/2{rest}"
    assert f"Exit code {int(ran.code)}" in rest
    assert {"results.json", "index.html", "summary.md", "junit.xml"} <= {path.name for path in places.reports.iterdir()}
    assert ran.results.run.cells_missing == {}


def test_an_older_record_without_keys_is_no_evidence_of_this_run(run: Run, places: Places) -> None:
    run()
    old = places.record(SECOND)
    without_keys(old)

    ran = run(defects={SECOND: "dies before the header"})

    assert ran.results.run.cells_missing == {SECOND: "no record"}
    assert old.exists()


def test_an_unchanged_second_run_starts_nothing_and_touches_no_record(run: Run, places: Places) -> None:
    first = run()
    records = {name: raw for name, raw in contents(places.reports).items() if name.endswith(".jsonl")}

    second = run(defects=dict.fromkeys((FIRST, SECOND), "dies before the header"))

    assert (second.code, second.results.verdicts) == (first.code, first.results.verdicts)
    assert "Reused: 4 observations" in second.seen
    assert "2 of 2 cells as a whole" in second.seen
    assert "All 4 observations are reused" in second.seen
    assert [(row.reused, row.reused_from) for row in first.results.environments] == [(0, "")] * 2
    assert [(row.reused, row.reused_from) for row in second.results.environments] == [
        (2, row.started) for row in first.results.environments
    ]
    assert all(row.reused_from for row in second.results.observations)
    assert {name: raw for name, raw in contents(places.reports).items() if name.endswith(".jsonl")} == records


def test_a_report_on_reused_records_says_the_same(run: Run, places: Places) -> None:
    run()
    ran = run()

    assert main(["report", "--reports", str(places.reports)]) == ran.code

    again = msgspec.json.decode((places.reports / "results.json").read_bytes(), type=Results)
    assert (again.environments, again.observations) == (ran.results.environments, ran.results.observations)


def test_fresh_runs_every_cell_again(run: Run, places: Places) -> None:
    run()
    before = places.record(FIRST).stat().st_ino

    ran = run(fresh=True)

    assert "Reused" not in ran.seen
    assert places.record(FIRST).stat().st_ino != before
    assert not any(row.reused_from for row in ran.results.observations)


def test_fresh_evidence_that_does_not_come_is_missing_and_not_replaced_by_the_old(run: Run) -> None:
    run()
    assert run(defects={SECOND: "dies before the header"}, fresh=True).results.run.cells_missing == {
        SECOND: "no record"
    }


def test_what_holds_of_a_cell_that_dies_is_reported_and_the_rest_as_missing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    monkeypatch.setattr(FakeKeys, "key", "2")

    ran = run(defects={SECOND: "dies before the header"})

    assert ran.results.run.cells_missing == {SECOND: "cut short after 1 of 2 probes"}
    assert [row.probe for row in ran.results.observations if row.cell == SECOND] == ["one"]


def test_a_run_that_was_interrupted_goes_on_with_what_is_left(run: Run, places: Places) -> None:
    run(defects={SECOND: "dies mid-run"})

    ran = run()

    assert f"{FIRST}" not in ran.seen.partition("Records and reports")[2].partition("\n\n")[2]
    assert "1 of 2 cells as a whole and 1 in part" in ran.seen
    assert ran.results.run.cells_missing == {}


def test_a_damaged_record_is_named_and_its_cell_observed_again(run: Run, places: Places) -> None:
    run()
    path = places.record(FIRST)
    path.write_bytes(b"\x00garbage\n" + path.read_bytes())

    ran = run()

    assert f"Damaged, so observed again: {path}" in ran.seen
    assert "1 of 2 cells as a whole" in ran.seen
    assert ran.results.run.cells_missing == {}


def test_ctrl_c_before_anything_ran_leaves_the_reports_as_they_were(
    run: Run, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    before = contents(places.reports)

    def press_ctrl_c(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(matrix, "plan_reuse", press_ctrl_c)
    ran = run()

    assert ran.code is ExitCode.INCOMPLETE
    assert "Interrupted before anything was run" in ran.seen
    assert contents(places.reports) == before


def test_a_floating_environment_that_cannot_be_resolved_is_unavailable_in_all_its_cells(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def resolve(environment: Environment, directory: Path) -> Path:
        asked.append(environment.id)
        raise UnavailableError("lock", "the index cannot be reached.", where="x", remedy="Check the network.")

    monkeypatch.setattr(locking, "resolve_floating", resolve)

    ran = run(NIGHTLY)

    assert len(asked) == 1
    assert [row.unavailable for row in ran.results.environments] == ["the index cannot be reached."] * 2
    assert ran.seen.count("unavailable: the index cannot be reached.") >= 2


def broken_releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: Places) -> None:
    path = tmp_path / "releases.toml"
    path.write_text('schema = "releases/1"\n[[release]\n')
    monkeypatch.setattr(plan, "load_releases", partial(load_releases, path))


def tampered_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: Places) -> None:
    folder = tmp_path / "models"
    shutil.copytree(fixtures.FIXTURES, folder)
    with (folder / "tf1-dense" / "model" / "saved_model.pb").open("ab") as model:
        model.write(b"tampered")
    monkeypatch.setattr(matrix, "verify_fixtures", partial(fixtures.verify_fixtures, folder=folder))


def unwritable_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: Places) -> None:
    # Not by its permissions: tests may run as root, who may write anywhere.
    shutil.rmtree(places.logs)
    places.logs.write_text("a file where a folder should be")


def nothing_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: Places) -> None:
    pass


@pytest.mark.parametrize(
    ("wrong", "selection", "code", "said"),
    [
        (nothing_wrong, Selection(only=("tf9*",)), ExitCode.USAGE, ['"tf9*"', "nox -s list"]),
        (broken_releases, TWO, ExitCode.USAGE, ["releases.toml", "line 2", "not valid TOML"]),
        (tampered_fixture, TWO, ExitCode.INCOMPLETE, ["tf1-dense", "hash", "nox -s models"]),
        (unwritable_reports, TWO, ExitCode.USAGE, ["logs", "nothing was run", "--reports"]),
    ],
)
def test_bad_input_is_refused_in_one_paragraph_and_nothing_is_touched(
    wrong: Callable[[Path, pytest.MonkeyPatch, Places], None],
    selection: Selection,
    code: ExitCode,
    said: list[str],
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    places: Places,
) -> None:
    run()
    wrong(tmp_path, monkeypatch, places)
    before = contents(places.reports)

    with pytest.raises(HarnessError) as refused:
        run(selection)

    assert refused.value.exit_code is code
    assert all(words in str(refused.value) for words in said), str(refused.value)
    assert "\n" not in str(refused.value)
    assert contents(places.reports) == before


def test_a_broken_record_leaves_the_earlier_report(run: Run, places: Places) -> None:
    run()
    record = places.record(FIRST)
    record.write_bytes(record.read_bytes().replace(FIRST.encode(), b"tf1.13-hub0.7-tf7"))
    before = contents(places.reports)

    assert main(["report", "--reports", str(places.reports)]) == ExitCode.INCOMPLETE

    assert contents(places.reports) == before


def test_garbage_from_a_cell_is_refused_and_named(run: Run, places: Places) -> None:
    run()
    before = (places.reports / "index.html").read_bytes()

    with pytest.raises(HarnessError, match="is not a line of a record"):
        run(defects={FIRST: "writes garbage"}, fresh=True)

    assert (places.reports / "index.html").read_bytes() == before


def test_a_broken_expectation_is_found_before_the_work(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> None:
        raise DataError("is broken.", where="expectations.toml", remedy="Fix it.")

    def start(*arguments: object, **options: object) -> None:
        pytest.fail("a cell was started")

    monkeypatch.setattr(matrix, "load_rules", load)
    monkeypatch.setattr("conformance.running.process.start", start)

    with pytest.raises(DataError):
        run()


def without_keys(path: Path) -> None:
    """Makes of a record one that was written before there were keys."""
    header, _, rest = path.read_bytes().partition(b"\n")
    old = {name: value for name, value in msgspec.json.decode(header).items() if name != "keys"}
    path.write_bytes(msgspec.json.encode(old) + b"\n" + rest)
