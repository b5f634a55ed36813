from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from conformance.errors import ExitCode, UsageError
from conformance.evidence import Record
from conformance.running.places import ROOT
from conformance.trial import report
from conformance.trial.findings import DefectState, Judgement, narrowed
from conformance.trial.mutants import mutants_of
from conformance.trial.mutation import WHILE_NO_PROBE_RUNS, MutantTrial, Reach, Sampling, run_mutant_trial, sample
from conformance.trial.planted import (
    REACH,
    find_mutant,
    is_changed_copy,
    modules_in,
    traced_in,
    traced_lines,
    write_copies,
)
from conformance.trial.runs import EndedRun, TrialRun
from conformance.trial.trial import TrialSettings
from tests.trial.cases import write_record

SOURCE = b"""def reached(a):
  '''Says.'''
  if a == 2:
    g()
  return a

def never(a):
  return a
"""
SURVIVOR = "tensorflow_hub.module@5.2-return-none"


@pytest.fixture
def virtualenvs(tmp_path: Path) -> Path:
    """A folder with the virtualenvs of two cells, each with a tensorflow_hub."""
    for cell in ("cell", "other", "unsteady", "broken"):
        package = tmp_path / "virtualenvs" / cell / "lib" / "python3.7" / "site-packages" / "tensorflow_hub"
        package.mkdir(parents=True)
        for name in ("__init__", "module", "module_pb2", "version"):
            (package / f"{name}.py").write_bytes(SOURCE)
    return tmp_path / "virtualenvs"


def trial_of(
    tmp_path: Path, *cells: str, count: int = 100, ended: Callable[[EndedRun, int], None] = lambda ended, left: None
) -> MutantTrial:
    def judge_one(record: Record, baseline: Record) -> Judgement:
        return Judgement({}, ExitCode.AS_EXPECTED)

    return run_mutant_trial(
        Sampling(cells, ("tensorflow_hub.*",), count, 0, tmp_path / "virtualenvs", announce=lambda sentence: None),
        TrialSettings(tmp_path / "trial", ROOT, 2, ended, judge_one, "abc", "2026-01-01"),
    )


@pytest.mark.usefixtures("fake_runs", "virtualenvs")
class TestTrial:
    def test_only_functions_that_probes_reach_are_mutated(self, tmp_path: Path) -> None:
        found = trial_of(tmp_path, "cell")

        assert {one.function for one in found.sampled} == {"reached"}
        assert found.candidates == {"cell": 4}
        assert found.unreached == {"cell": ("tensorflow_hub.module:never",)}
        assert "- `cell`: `tensorflow_hub.module:never`" in report.markdown_of_mutants(found)
        assert [(one.id.partition("@")[2], one.line_reached) for one in found.sampled] == [
            ("3.10-comparison", True),
            ("3.10-constant", True),
            ("4.4-statement-dropped", False),
            ("5.2-return-none", True),
        ]

    def test_only_probes_that_reach_the_change_are_run(self, tmp_path: Path) -> None:
        found = trial_of(tmp_path, "cell")

        assert [one.probes for one in found.sampled] == [("loads.one", "loads.two")] * 2 + [(), ("loads.one",)]
        assert {finding.defect for finding in found.trial.findings} == {
            one.id for one in found.sampled if one.line_reached
        }

    def test_survivors_are_shown_and_are_no_failure(self, tmp_path: Path) -> None:
        found = trial_of(tmp_path, "cell")

        assert [one.id for one in found.survivors][-1] == SURVIVOR
        assert found.exit_code is ExitCode.AS_EXPECTED
        text = "\n".join(report.markdown_of_mutants(found))
        assert "-  return a\n+  return None" in text
        assert f"    python -m conformance plant {SURVIVOR} cell" in text

    def test_the_rate_is_of_those_that_were_tried(self, tmp_path: Path) -> None:
        found = trial_of(tmp_path, "cell", "other")

        summary = list(report.summary(found))
        assert summary[-3:-1] == ["cell: 2 of 4 mutants noticed", "other: 2 of 4 mutants noticed"]
        assert summary[-1] == "4 of 8 mutants noticed, 2 of them by the import alone. Seed 0."
        assert (
            summary[0] == "SURVIVED   tensorflow_hub.module@4.4-statement-dropped in cell (reached): line not reached"
        )

    def test_an_outcome_that_differs_where_lines_are_reported_is_a_false_alarm(self, tmp_path: Path) -> None:
        assert trial_of(tmp_path, "unsteady").exit_code is ExitCode.UNEXPECTED

    def test_an_interrupted_one_reports_what_it_tried(self, tmp_path: Path) -> None:
        def interrupt(ended: EndedRun, left: int) -> None:
            if ended.run.name.endswith("comparison"):
                raise KeyboardInterrupt

        found = trial_of(tmp_path, "cell", ended=interrupt)

        assert [one.id.partition("-")[2] for one, _ in found.of(DefectState.NOTICED)] == ["comparison"]
        assert len(found.trial.untried) == 2
        assert found.exit_code is ExitCode.INCOMPLETE

    def test_the_reports_hold_all_of_it(self, tmp_path: Path) -> None:
        found = trial_of(tmp_path, "cell", count=2)

        as_json, _ = report.write(found, tmp_path)

        assert msgspec.json.decode(as_json.read_bytes(), type=MutantTrial) == found
        assert len(found.sampled) == 2


def test_what_runs_while_modules_are_imported_concerns_every_probe() -> None:
    default, body = mutants_of("m", b"def f(a=1):\n  return a\n")
    reach = Reach(["m:2 ", "m:2 one[x]"])

    assert reach.probes_of_statement(body) == {WHILE_NO_PROBE_RUNS, "one[x]"}
    assert reach.probes_of_statement(default) == reach.probes_of_function(default) == {WHILE_NO_PROBE_RUNS, "one[x]"}
    assert Reach(["m:1 one"]).probes_of_function(body) == set()


def test_a_narrowed_run_is_compared_with_those_probes_alone(tmp_path: Path) -> None:
    record = write_record(
        tmp_path / "x", {"loads.one": "works", "loads.two": "failed"}, plan=("loads.one", "loads.two")
    )

    only = narrowed(record, ["loads.two"])

    assert (only.plan, [one.probe for one in only.observations]) == (("loads.two",), ["loads.two"])
    assert narrowed(record, []) is record


def test_a_seed_always_draws_the_same_and_another_draws_others() -> None:
    mutants = mutants_of("m", b"def f(a):\n" + b"  g(a, 1)\n" * 50)

    drawn = [[one.id for one in sample(mutants, 10, seed)] for seed in ("1, cell", "1, cell", "2, cell")]

    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(drawn[0])) == 10


def test_a_mutant_is_written_under_the_path_of_its_module(virtualenvs: Path, tmp_path: Path) -> None:
    copies = write_copies(SURVIVOR, virtualenvs / "cell", tmp_path)

    assert copies.name == "site-packages"
    assert [path.relative_to(copies).as_posix() for path in copies.rglob("*.py")] == ["tensorflow_hub/module.py"]
    assert (copies / "tensorflow_hub" / "module.py").read_bytes() == SOURCE.replace(b"return a", b"return None", 1)


def test_a_copy_that_reports_its_lines_is_written_for_each_module(virtualenvs: Path, tmp_path: Path) -> None:
    copies = write_copies(f"{REACH}tensorflow_hub.*,tensorflow_hub.module", virtualenvs / "cell", tmp_path)

    assert b"  __reached__.line_5\n  return a" in (copies / "tensorflow_hub" / "module.py").read_bytes()


def test_of_keras_only_the_first_statement_of_each_function_is_traced(virtualenvs: Path, tmp_path: Path) -> None:
    (hub,) = (virtualenvs / "cell").rglob("tensorflow_hub")
    layers = hub.parent / "tf_keras" / "src" / "layers"
    layers.mkdir(parents=True)
    (layers / "__init__.py").touch()
    (layers / "dense.py").write_bytes(SOURCE)

    traced = traced_in(virtualenvs / "cell", ["tensorflow_hub.*", "keras", "tf_keras"])

    assert list(traced) == ["tensorflow_hub.module", "tf_keras.src.layers.dense"]
    every, first = (traced_lines(module, SOURCE) for module in traced)
    assert first < every
    copies = write_copies(f"{REACH}tensorflow_hub.*,tf_keras", virtualenvs / "cell", tmp_path)
    assert (copies / "tf_keras" / "src" / "layers" / "dense.py").read_bytes().count(b"__reached__") == len(first)


def test_modules_without_behaviour_are_not_mutated(virtualenvs: Path) -> None:
    assert list(modules_in(virtualenvs / "cell", ["*"])) == ["tensorflow_hub.module"]


@pytest.mark.parametrize("name", ["tensorflow_hub.modul@5.2-return-none", "tensorflow_hub.module@5.2-return-nome"])
def test_a_mutant_that_does_not_exist_is_refused_with_the_near_miss(virtualenvs: Path, name: str) -> None:
    with pytest.raises(UsageError, match="Perhaps you meant"):
        find_mutant(name, virtualenvs / "cell")


def test_a_mutant_is_planted_by_a_command_that_can_be_typed(tmp_path: Path) -> None:
    run = TrialRun(SURVIVOR, "cell", SURVIVOR, 60.0, ("loads.one[x]",))

    assert run.command(tmp_path)[3:6] == ["plant", SURVIVOR, "cell"]
    assert run.command(tmp_path)[6:8] == ["--probe", "loads.one[x]"]
    assert run.places(tmp_path).records.name == "narrowed"
    assert [is_changed_copy(name) for name in (SURVIVOR, REACH + "*", "none", "layer-is-gone")] == [
        True,
        True,
        False,
        False,
    ]
