"""Accepting what was observed as the reviewed baseline."""

from __future__ import annotations

import io
import json
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from conformance.commands import accept
from conformance.commands.program import main
from conformance.commands.reporting import RunReporter
from conformance.environments.catalogue import load_releases
from conformance.errors import DataError, ExitCode
from conformance.evidence import SCHEMA, Error, Footer, Header, Observation, Versions
from conformance.evidence import Plan as PlanLine
from conformance.evidence import Tested as Mark
from conformance.judging.baseline import load_baseline
from conformance.judging.narrowing import Narrowing
from conformance.results import RESULTS_FILE, Results, read_results
from conformance.running import plan
from conformance.running.matrix import run_matrix
from conformance.running.options import Options
from conformance.running.places import Places
from conformance.running.plan import RunPlan, judge_plan, load_rules, read_plan, write_plan
from conformance.running.selection import Selection
from conformance.words import Outcome, Standing

CELL, OTHER, ELSEWHERE = "tf2.15-hub0.16-tf2", "tf2.15-hub0.16-tf1-compat", "tf2.14-hub0.16-tf2"
POSITIVE, NEGATIVE = "tf2-savedmodel.load.tf2.hub-load", "tf1-hub.fine-tune.tf2"
NUMPY = "1.26.4"


class Desk:
    """A checkout in which cells are observed and the baseline is accepted."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.places = Places(root, root / "reports")
        self.places.prepare()
        self._capsys = capsys
        monkeypatch.setattr(accept, "default_places", lambda reports: self.places)

    def observe(
        self,
        cell_id: str,
        *,
        loads: Outcome | None = Outcome.WORKS,
        tunes: Outcome = Outcome.REJECTED,
        numpy: str = NUMPY,
        started: str = "2026-11-22T10:00:00+00:00",
        cut_short: bool = False,
    ) -> None:
        cell = load_releases().cell(cell_id)
        outcomes = {("loads", POSITIVE): loads, ("tunes", NEGATIVE): tunes}
        observations = [
            Observation(
                probe=probe,
                claims=(Mark(claim, Standing.IMPLIED),),
                fixture="",
                outcome=outcome,
                error=None if outcome is Outcome.WORKS else Error("ValueError", "no", "tensorflow"),
                notes=(),
                seconds=0.1,
            )
            for (probe, claim), outcome in outcomes.items()
            if outcome
        ]
        lines: list[object] = [
            Header(SCHEMA, cell_id, cell.environment.id, cell.mode, cell.keras, "sha256:00", started, "1.0"),
            Versions("2.15.1", "0.16.1", "3.11.1", "2.15.0", {"numpy": numpy}),
            PlanLine(tuple(row.probe for row in observations)),
            *observations,
        ]
        if not cut_short:
            lines.append(Footer(len(observations), 1.0, 1.0, started))
        self.places.record(cell_id).write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))

    def plan(self, *cells: str, selection: Selection | None = None) -> None:
        write_plan(RunPlan(selection or Selection(), cells), self.places)

    def accept(self, *options: str) -> tuple[int, str]:
        code = main(["accept", *options])
        printed = self._capsys.readouterr()
        return code, printed.out + printed.err

    def report(self) -> tuple[int, Results]:
        """Judges and reports as every matrix does at its end."""
        rules = load_rules()
        results = judge_plan(read_plan(self.places), self.places, rules)
        code = RunReporter(Console(file=io.StringIO()))(results, rules.claims, self.places)
        return code, read_results(self.places.reports / RESULTS_FILE)

    @property
    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.places.baseline.glob("*"))}

    def outcome(self, cell: str, probe: str = "loads") -> Outcome:
        outcomes = load_baseline(self.places.baseline, load_releases()).cells[cell].outcomes
        return next(outcome for outcome, probes in outcomes.items() if probe in probes)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    monkeypatch.setattr(accept, "is_terminal", lambda: False)
    made = Desk(tmp_path, monkeypatch, capsys)
    made.observe(CELL)
    made.observe(OTHER)
    made.plan(CELL, OTHER)
    return made


@pytest.fixture
def reviewed(desk: Desk) -> Desk:
    """With a baseline accepted."""
    assert desk.accept("--yes")[0] == 0
    return desk


def test_the_first_baseline_is_a_file_per_environment(desk: Desk) -> None:
    desk.observe(ELSEWHERE)
    desk.plan(CELL, OTHER, ELSEWHERE)
    code, printed = desk.accept("--yes")
    assert code == 0
    assert "There is no baseline yet." in printed
    assert "Environments to be written (2)" in printed
    assert list(desk.files) == ["tf2.14-hub0.16.json", "tf2.15-hub0.16.json"]


def test_accepting_what_is_accepted_writes_nothing(reviewed: Desk) -> None:
    before = reviewed.files
    reviewed.observe(CELL, started="2026-11-23T10:00:00+00:00")  # another run that shows the same
    code, printed = reviewed.accept()
    assert code == 0
    assert "Nothing that was observed differs." in printed
    assert "The baseline is what was observed" in printed
    assert reviewed.files == before


@pytest.mark.parametrize("options", [["--dry-run"], []])
def test_nothing_is_written_for_a_look_or_where_nobody_can_agree(reviewed: Desk, options: list[str]) -> None:
    before = reviewed.files
    reviewed.observe(CELL, tunes=Outcome.WORKS, numpy="2.0.0")
    code, printed = reviewed.accept(*options)
    assert code == ExitCode.UNEXPECTED
    assert "1 changed" in printed
    assert "changed: tunes: rejected → works" in printed
    assert "numpy 1.26.4 → 2.0.0" in printed
    assert "Nothing is written" in printed
    assert ("--yes" in printed) == (not options)
    assert reviewed.files == before


@pytest.mark.parametrize(("answer", "written"), [("y", True), ("YES", True), ("", False), ("no", False)])
def test_a_terminal_is_asked(reviewed: Desk, monkeypatch: pytest.MonkeyPatch, answer: str, written: bool) -> None:
    monkeypatch.setattr(accept, "is_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", lambda prompt: answer)
    reviewed.observe(CELL, tunes=Outcome.WORKS)
    assert reviewed.accept()[0] == (0 if written else ExitCode.UNEXPECTED)
    assert reviewed.outcome(CELL, "tunes") is (Outcome.WORKS if written else Outcome.REJECTED)


@pytest.mark.parametrize("worse", [Outcome.FAILED, Outcome.BLOCKED])
def test_what_got_worse_is_accepted_only_on_insistence(reviewed: Desk, worse: Outcome) -> None:
    reviewed.observe(CELL, loads=worse)
    code, printed = reviewed.accept("--yes")
    assert code == ExitCode.UNEXPECTED
    assert "Got worse unforecast, or no longer observed (1)" in printed
    assert f"loads in {CELL}: works → {worse}" in printed
    assert "--regressions" in printed
    assert reviewed.outcome(CELL) is Outcome.WORKS
    assert reviewed.accept("--yes", "--regressions")[0] == 0
    assert reviewed.outcome(CELL) is worse


def test_a_cell_with_incomplete_evidence_keeps_its_baseline_and_is_named(reviewed: Desk) -> None:
    reviewed.observe(CELL, loads=None, cut_short=True)
    reviewed.observe(OTHER, tunes=Outcome.WORKS)
    code, printed = reviewed.accept("--yes")
    assert code == ExitCode.INCOMPLETE
    assert f"Not accepted (1)\n  {CELL}: cut short" in printed
    assert reviewed.outcome(CELL) is Outcome.WORKS
    assert reviewed.outcome(OTHER, "tunes") is Outcome.WORKS


def test_a_cell_without_a_record_keeps_its_baseline_and_is_named(reviewed: Desk) -> None:
    reviewed.places.record(CELL).unlink()
    code, printed = reviewed.accept("--yes")
    assert code == ExitCode.INCOMPLETE
    assert f"{CELL}: no record" in printed
    assert "what was observed in the 1 cell with complete evidence" in printed
    assert reviewed.outcome(CELL) is Outcome.WORKS


def test_where_nothing_was_observed_nothing_is_said_to_be_as_it_was(desk: Desk) -> None:
    desk.plan(ELSEWHERE)
    code, printed = desk.accept("--yes")
    assert code == ExitCode.INCOMPLETE
    assert "No cell has complete evidence; nothing is to be written." in printed
    assert "The baseline is what was observed" not in printed
    assert desk.files == {}


def test_only_the_cells_selected_are_accepted(reviewed: Desk) -> None:
    reviewed.observe(CELL, tunes=Outcome.WORKS)
    reviewed.observe(OTHER, tunes=Outcome.WORKS)
    assert reviewed.accept("--yes", "--only", CELL)[0] == 0
    assert reviewed.outcome(CELL, "tunes") is Outcome.WORKS
    assert reviewed.outcome(OTHER, "tunes") is Outcome.REJECTED


def test_environments_that_exist_no_more_are_removed(reviewed: Desk) -> None:
    text = reviewed.files["tf2.15-hub0.16.json"].decode().replace("tf2.15-hub0.16", "tf2.15-hub0.12")
    (reviewed.places.baseline / "tf2.15-hub0.12.json").write_text(text)
    code, printed = reviewed.accept("--yes")
    assert code == 0
    assert "to be removed (1)\n  tf2.15-hub0.12" in printed
    assert list(reviewed.files) == ["tf2.15-hub0.16.json"]


def test_a_narrowed_run_is_refused(reviewed: Desk) -> None:
    reviewed.plan(CELL, selection=Selection(narrowing=Narrowing(probes=("loads",))))
    code, printed = reviewed.accept("--yes")
    assert code == ExitCode.USAGE
    assert "--probe loads" in printed
    assert "tried only a part of each cell" in printed


def test_all_is_written_or_nothing(reviewed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = reviewed.files
    reviewed.observe(CELL, tunes=Outcome.WORKS)
    rename = Path.rename

    def full(self: Path, target: Path) -> Path:
        if target == reviewed.places.baseline and not self.name.endswith("-old"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    code, printed = reviewed.accept("--yes")
    assert code == ExitCode.USAGE
    assert "No space left on device" in printed
    assert "the old one is untouched" in printed
    assert reviewed.files == before
    assert [path.name for path in reviewed.places.baseline.parent.iterdir()] == ["baseline"]


# ---- What later runs make of it --------------------------------------------------------------------------------------


def test_later_reports_are_compared_with_it_until_another_is_accepted(desk: Desk) -> None:
    before, results = desk.report()
    assert results.changes is None
    assert desk.accept("--yes")[0] == 0
    code, results = desk.report()
    assert (code, results.changes is not None and results.changes.differs) == (before, False)

    desk.observe(CELL, loads=Outcome.FAILED, started="2026-11-23T10:00:00+00:00")
    code, results = desk.report()
    assert code == ExitCode.UNEXPECTED
    assert results.changes is not None
    assert [(row.probe, row.cell) for row in results.changes.alarms] == [("loads", CELL)]
    assert results.changes.old.finished == "2026-11-22T10:00:00+00:00"
    assert "Since the baseline of 2026-11-22: 1 regression." in (desk.places.reports / "summary.md").read_text()

    assert desk.accept("--yes", "--regressions")[0] == 0
    code, results = desk.report()
    assert (code, results.changes is not None and results.changes.differs) == (before, False)


def test_a_matrix_refuses_a_damaged_baseline_before_it_runs_anything(reviewed: Desk) -> None:
    (reviewed.places.baseline / "tf2.15-hub0.16.json").write_text("{")
    plan = reviewed.places.plan.read_bytes()
    options = Options(Selection(only=(CELL,)), reviewed.places, jobs=1)
    with pytest.raises(DataError, match="is damaged"):
        run_matrix(options, Console(file=io.StringIO()), RunReporter(Console()))
    assert reviewed.places.plan.read_bytes() == plan


@pytest.mark.parametrize("cells", [(CELL, OTHER), (CELL,)])
def test_only_a_run_of_the_whole_matrix_remakes_the_known_errors(
    desk: Desk, cells: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The cells that only nights try are no part of it."""
    (tmp_path / "expectations").mkdir()
    (tmp_path / "expectations" / "none.toml").write_text('schema = "expectations/1"\n')
    monkeypatch.setattr(plan, "EXPECTATIONS_FOLDER", tmp_path / "expectations")
    rules = load_rules()
    (one,) = (release for release in rules.releases.releases if release.tf == "2.15")
    small = msgspec.structs.replace(one, hubs=("0.16.1",), hub_nightly="tf-hub-nightly>=0.17.0.dev0")
    releases = msgspec.structs.replace(rules.releases, releases=(small,))
    monkeypatch.setattr(accept, "load_rules", lambda: msgspec.structs.replace(rules, releases=releases))
    desk.places.known_errors.parent.mkdir(parents=True)
    desk.plan(*cells)

    code, printed = desk.accept("--yes")

    assert code == 0
    assert desk.places.known_errors.exists() == (len(cells) == 2)
    assert ("known_errors.json. Commit it." in printed) == (len(cells) == 2)


def test_known_errors_that_are_put_together_otherwise_are_written_without_a_new_baseline(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    test_only_a_run_of_the_whole_matrix_remakes_the_known_errors(desk, (CELL, OTHER), monkeypatch, tmp_path)
    before = desk.places.known_errors.read_bytes()
    assert "known_errors.json" not in desk.accept("--yes")[1]
    desk.places.known_errors.write_bytes(before.replace(b"ValueError", b"TypeError"))
    assert "known_errors.json. Commit it." in desk.accept("--yes")[1]
    assert desk.places.known_errors.read_bytes() == before


def test_the_difference_for_programs(desk: Desk) -> None:
    code, printed = desk.accept("--dry-run", "--json")

    document = json.loads(printed[: printed.index("\n}\n") + 3])
    assert code == ExitCode.UNEXPECTED
    assert not document["accepted"]
    assert document["written"]
