"""How what changed since the baseline is shown: by cause, in every output."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from conformance.changes import (
    SCHEMA,
    ComparedRun,
    Comparison,
    EnvironmentChange,
    OutcomeChange,
    PackageChange,
    VerdictChange,
)
from conformance.claims.catalogue import Catalogue
from conformance.environments.catalogue import Releases
from conformance.errors import ExitCode
from conformance.reporting.console import print_summary
from conformance.reporting.guidance import Guidance
from conformance.reporting.html import render_html
from conformance.reporting.junit import render_junit
from conformance.reporting.model import Report, build_report
from conformance.reporting.payload import page_data
from conformance.reporting.since import BASELINE, since
from conformance.reporting.summary import render_summary
from conformance.results import Results, encode_results, json_schema, read_results
from conformance.words import Change, Outcome, Standing, Verdict
from tests.reporting import sample

OLD = ComparedRun("2026-11-24T03:00:00+00:00", "1.0", "the baseline", 2, 10)
CELL, OTHER = "tf2.15-hub0.15-tf2", "tf2.15-hub0.16-tf2"
CLAIM = "tf1-hub.load.tf2.hub-load"
NUMPY = PackageChange("numpy", "1.26.4", "2.0.0")


def changed(probe: str = "p", cell: str = CELL, **changes: object) -> OutcomeChange:
    """A regression that nobody forecast, but for the given changes."""
    defaults: dict[str, object] = {
        "change": Change.REGRESSION,
        "probe": probe,
        "environment": cell.removesuffix("-tf2"),
        "cell": cell,
        "before": Outcome.WORKS,
        "after": Outcome.FAILED,
        "error": f"ValueError: shape {len(probe)} at /tmp/{cell}/model.py",
        "reproduce": f'nox -s "cell({cell})" -- --probe "{probe}"',
        "claims": (CLAIM,),
    }
    return OutcomeChange(**{**defaults, **changes})  # type: ignore[arg-type]


def compared(*rows: OutcomeChange, old: ComparedRun = OLD, **changes: object) -> Comparison:
    empty = Comparison(SCHEMA, old, OLD, (), rows, (), (), ())
    return msgspec.structs.replace(empty, **changes)


def environments(*names: str) -> tuple[EnvironmentChange, ...]:
    return tuple(EnvironmentChange(name, (NUMPY,)) for name in names)


# ---- In a sentence ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comparison", "wanted"),
    [
        (compared(), "nothing changed"),
        (compared(changed()), "1 regression"),
        (compared(changed(), changed(cell=OTHER)), "1 regression"),
        (compared(changed(), changed("q")), "2 regressions of one kind"),
        (compared(changed(), changed("q", error="TypeError: no")), "2 regressions"),
        (compared(changed(), changed("q"), changed("r", error="")), "3 regressions of 2 kinds"),
        (
            compared(changed(change=Change.FIXED), changed("q", change=Change.CHANGED), changed("r")),
            "1 regression, 1 changed, 1 fixed",
        ),
        (compared(cells_new=("a",), cells_missing=("b", "c")), "1 cell new, 2 cells missing"),
    ],
)
def test_it_is_one_sentence(comparison: Comparison, wanted: str) -> None:
    assert since(comparison, BASELINE).sentence == f"Since the baseline of 2026-11-24: {wanted}."


def test_a_baseline_of_several_runs_says_so() -> None:
    old = msgspec.structs.replace(OLD, oldest="2026-11-20T03:00:00+00:00")
    assert since(compared(old=old), BASELINE).sentence.startswith("Since the baseline of 2026-11-20 to 2026-11-24:")


# ---- By cause --------------------------------------------------------------------------------------------------------


def test_two_regressions_with_one_error_are_one_cause() -> None:
    summed_up = since(compared(changed(), changed("q", cell=OTHER), changed("r", error="TypeError: no")), BASELINE)
    one, other = summed_up.regressions
    assert (one.probes, one.cells, one.claims) == (("p", "q"), (CELL, OTHER), (CLAIM,))
    assert one.first.reproduce == changed().reproduce
    assert other.probes == ("r",)


def test_what_nobody_forecast_comes_first() -> None:
    summed_up = since(compared(changed("q", forecast="known"), changed("p")), BASELINE)
    assert [one.first.forecast for one in summed_up.regressions] == ["", "known"]
    assert [one.probes for one in summed_up.alarming] == [("p",)]


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ((), "No package changed with it."),
        (
            ("tf2.15-hub0.15", "tf2.15-hub0.16"),
            "The only package that changed with it everywhere: numpy 1.26.4 → 2.0.0.",
        ),
        (
            ("tf2.15-hub0.15",),
            "No package changed in all of its environments; in some of them: numpy 1.26.4 → 2.0.0.",
        ),
    ],
)
def test_a_package_is_a_suspect_only_where_it_changed_with_every_part(where: tuple[str, ...], wanted: str) -> None:
    rows = changed(), changed(cell=OTHER)
    (one,) = since(compared(*rows, environments=environments(*where)), BASELINE).regressions
    assert one.suspects == wanted


def test_several_packages_are_counted() -> None:
    changes = EnvironmentChange("tf2.15-hub0.15", (NUMPY, PackageChange("six", "1", "2")))
    (one,) = since(compared(changed(), environments=(changes,)), BASELINE).regressions
    assert one.suspects == "2 packages changed with it: numpy 1.26.4 → 2.0.0, six 1 → 2."


# ---- In every output -------------------------------------------------------------------------------------------------


class SinceReports:
    """A run of one cell, and what became of the baseline in it."""

    def __init__(self, claims: Catalogue, releases: Releases) -> None:
        self.claims, self.releases = claims, releases

    def results(self, *rows: OutcomeChange, environments: tuple[EnvironmentChange, ...] = ()) -> Results:
        cell, claim = self.releases.cell(CELL), self.claims.claim_by_id[CLAIM]
        seen = [sample.observation(cell, claim, probe=probe) for probe in ("p", "q", "r")]
        verdict = sample.verdict(cell, claim, outcomes={row.probe: row.outcome for row in seen})
        run = sample.results([cell], [sample.setting(cell)], seen, [verdict])
        return msgspec.structs.replace(run, changes=compared(*rows, environments=environments))

    def report(self, *rows: OutcomeChange, environments: tuple[EnvironmentChange, ...] = ()) -> Report:
        return build_report(self.results(*rows, environments=environments), self.claims)


@pytest.fixture
def reports(claims: Catalogue, releases: Releases) -> SinceReports:
    return SinceReports(claims, releases)


def on_the_console(report: Report) -> str:
    out = io.StringIO()
    console = Console(file=out, width=400)
    print_summary(report, report=Path("index.html"), exit_code=ExitCode.UNEXPECTED, console=console)
    return out.getvalue()


def test_a_regression_is_shown_with_what_is_needed_to_pursue_it(reports: SinceReports) -> None:
    report = reports.report(changed(), environments=environments("tf2.15-hub0.15"))
    page = render_html(report)
    for output in (render_summary(report), page, on_the_console(report)):
        assert "Since the baseline of 2026-11-24: 1 regression" in output
        assert "ValueError: shape 1" in output
        assert "numpy 1.26.4 → 2.0.0" in output
        assert CELL in output
    assert f'--probe "{"p"}"' in render_summary(report)
    assert f'href="#claim-{CLAIM}"' in page
    assert 'href="#since=regression&amp;q=p"' in page
    assert '<option value="regression">' in page


def test_a_run_without_a_change_says_so_and_one_without_a_baseline_says_nothing(reports: SinceReports) -> None:
    unchanged = reports.report()
    assert "Nothing that was observed changed." in render_html(unchanged)
    assert "nothing changed" in render_summary(unchanged)
    assert "nothing changed" in on_the_console(unchanged)
    without = build_report(msgspec.structs.replace(reports.results(), changes=None), reports.claims)
    for output in (render_html(without), render_summary(without), on_the_console(without)):
        assert "Since the baseline" not in output


def test_foreign_text_stays_text(reports: SinceReports) -> None:
    report = reports.report(changed(error=f"Odd: {sample.HOSTILE} | `x`"), changed("q", change=Change.CHANGED))
    assert sample.HOSTILE not in render_html(report)
    assert f"`` Odd: {sample.HOSTILE} \\| `x` ``" in render_summary(report)  # code, which nothing can end


def test_regressions_fail_in_junit_unless_they_were_forecast(reports: SinceReports) -> None:
    report = reports.report(changed(), changed("q", forecast="known"), changed("r", change=Change.CHANGED))
    cases = {case.get("name"): case for case in ET.fromstring(render_junit(report)).iter("testcase")}
    failure = cases["p (since the baseline)"].find("failure")
    assert failure is not None
    assert failure.get("message", "").startswith("regression: works → failed: ValueError")
    assert CLAIM in (failure.text or "")
    assert cases["q (since the baseline)"].find("failure") is None
    assert "known" in (cases["q (since the baseline)"].findtext("system-out") or "")
    assert "r (since the baseline)" not in cases


def test_the_page_knows_of_each_observation_what_became_of_it(reports: SinceReports) -> None:
    rows = changed(), changed("q", change=Change.CHANGED, after=Outcome.FAILED, before=Outcome.FAILED, error_before="A")
    data = page_data(reports.report(*rows, changed("gone", change=Change.MISSING, after=None)), Guidance(), ())
    assert data["comparedWith"] == "baseline of 2026-11-24"
    sparse = data["observations"]["since"]
    texts = [data["texts"][number] for number in sparse[1::2]]
    assert texts == ["regression: works → failed", "changed: failed → failed, error before: A"]


def test_what_swapping_shows_is_reported_of_verdicts_that_regressed(claims: Catalogue, releases: Releases) -> None:
    claim = claims.claim_by_id[CLAIM]
    cells = [releases.cell(name) for name in (CELL, OTHER)]
    verdicts = [Verdict.AGREES, Verdict.CONTRADICTS]
    run = sample.results(
        cells,
        [sample.setting(cell) for cell in cells],
        [sample.observation(cell, claim, probe="p") for cell in cells],
        [sample.verdict(cell, claim, verdict=each) for cell, each in zip(cells, verdicts, strict=True)],
    )
    row = changed(cell=OTHER)
    verdict = VerdictChange(
        change=Change.REGRESSION,
        claim=CLAIM,
        way="",
        standing=Standing.LITERAL,
        environment=row.environment,
        cell=OTHER,
        before="agrees",
        after="contradicts",
        expected=False,
        why="",
    )
    for verdicts_changed, evidence in (((verdict,), "Swapping tensorflow_hub alone fixes it"), ((), "")):
        changes = compared(row, verdicts=verdicts_changed)
        report = build_report(msgspec.structs.replace(run, changes=changes), claims)
        assert report.since is not None
        assert report.since.regressions[0].evidence.startswith(evidence)
        assert bool(report.since.regressions[0].evidence) == bool(evidence)


# ---- In results.json -------------------------------------------------------------------------------------------------


def test_results_keep_it_and_old_files_without_it_are_read(reports: SinceReports, tmp_path: Path) -> None:
    results = reports.results(changed(), environments=environments("tf2.15-hub0.15"))
    path = tmp_path / "results.json"
    path.write_bytes(encode_results(results))
    assert read_results(path) == results
    assert {"Comparison", "OutcomeChange"} <= json_schema()["$defs"].keys()
    old = msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    del old["changes"]
    path.write_bytes(msgspec.json.encode(old))
    assert read_results(path).changes is None
