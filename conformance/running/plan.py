"""What the latest run set out to do, judged by what its records say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from conformance import json_file
from conformance.claims.catalogue import Catalogue, load_claims
from conformance.comparing.comparison import compare_with_baseline
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode, writing
from conformance.evidence import Record
from conformance.judging.baseline import judged_like, load_baseline
from conformance.judging.expectations import EXPECTATIONS_FOLDER, load_expectations
from conformance.judging.judge import JudgedRun, Rules, judge
from conformance.results import Results
from conformance.running.cell import harness_version
from conformance.running.places import Places
from conformance.running.records import latest_records
from conformance.running.selection import Selection

Reporter = Callable[[Results, Catalogue, Places], ExitCode]
"""Writes the reports of a judged run, and says what the run amounts to: rendering is not for whoever measures."""


class RunPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a run set out to do: without it, a cell that left no record at all would not be missed."""

    selection: Selection
    cells: tuple[str, ...]
    reused: tuple[str, ...] = ()  # the cells of which nothing was to be run, since the records of earlier runs hold


def write_plan(plan: RunPlan, places: Places) -> None:
    """Notes what is about to run."""
    remedy = "Correct its permissions, or name another folder with --reports."
    with writing(places.plan, kept="nothing was run", remedy=remedy):
        json_file.replace({places.plan: json_file.encode(plan)})


def read_plan(places: Places) -> RunPlan:
    """What the latest matrix run set out to do."""
    return json_file.read(
        places.plan,
        RunPlan,
        json_file.UNVERSIONED,
        remedy="Run a matrix into this folder (`nox -s matrix`), or select what to report on, e.g. with --only '*'.",
    )


def load_rules() -> Rules:
    """The claims, releases and reviewed expectations, checked."""
    releases, claims = load_releases(), load_claims()
    expectations = load_expectations(EXPECTATIONS_FOLDER, claims)
    expectations.refuse_overlaps(claims, releases)
    expectations.refuse_unreachable_advice(releases)
    return Rules(claims, releases, expectations)


def judge_plan(plan: RunPlan, places: Places, rules: Rules, *, records: Sequence[Record] | None = None) -> Results:
    """Judges the records of `plan` and compares them with the reviewed baseline, where there is one.

    Args:
        records: the evidence; the latest record of each cell if not given.
    """
    cells = [rules.releases.cell(cell_id) for cell_id in plan.cells]
    narrowing = plan.selection.narrowing
    run = JudgedRun(cells, str(plan.selection), harness_version(places.root), narrowing, plan.reused)
    results = judge(latest_records(cells, places) if records is None else records, run, rules)
    baseline = load_baseline(places.baseline, rules.releases)
    if not baseline:
        return results
    reviewed = judged_like(results, baseline, narrowing, rules)
    return msgspec.structs.replace(
        results,
        changes=compare_with_baseline(results, reviewed),
        notes=(*results.notes, *baseline.notes(rules.releases)),
    )
