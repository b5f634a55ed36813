"""`trial`: plants defects and shows whether the probes notice."""

from __future__ import annotations

import argparse
import shutil
from datetime import UTC, datetime

from conformance.claims.catalogue import load_claims
from conformance.commands.selecting import add_reports
from conformance.environments.catalogue import load_releases
from conformance.fixtures import load_models, verify_fixtures
from conformance.running.cell import harness_version
from conformance.running.exclusive import only_one
from conformance.running.matrix import default_jobs
from conformance.running.places import default_places
from conformance.running.process import INTERRUPTED, interruptible
from conformance.running.progress import duration
from conformance.running.reporting import load_forecasts
from conformance.trial import report
from conformance.trial.defects import choose, load_defects
from conformance.trial.findings import judging
from conformance.trial.runs import Ended
from conformance.trial.trial import clean_runs, hold_trial, planted_runs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument("--only", action="append", default=[], metavar="GLOB", help="defects by id: 'layer-*'")
    parser.add_argument("--cell", action="append", default=[], metavar="GLOB", help="cells by id")
    parser.add_argument("--quick", action="store_true", help="the few defects that stand for all")
    parser.add_argument("--brief", action="store_true", help="end each run once a probe has noticed")
    parser.add_argument("--jobs", type=int, default=default_jobs(), metavar="N", help="cells side by side")
    add_reports(parser)


def run(arguments: argparse.Namespace) -> int:
    """Holds the trial; 0 only where every defect was noticed and there was no false alarm."""
    releases, claims = load_releases(), load_claims()
    defects = choose(load_defects(releases), only=arguments.only, cells=arguments.cell, quick=arguments.quick)
    judge_one = judging(claims, releases, load_forecasts(claims, releases))
    verify_fixtures(load_models(releases))
    places = default_places(arguments.reports)
    places.prepare()
    folder = places.reports / "trial"
    with only_one(places.work / "trial.lock", "a trial of this checkout"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        cells = list(dict.fromkeys(cell for defect in defects for cell in defect.cells))
        planted = planted_runs(defects, cells)
        print(
            f"{len(defects)} defects in {len(cells)} cells: {len(clean_runs(cells))} runs without a defect,"
            f" {len(planted)} with one, {arguments.jobs} side by side. What they leave behind: {folder}",
            flush=True,
        )
        try:
            with interruptible():
                trial = hold_trial(
                    defects,
                    folder,
                    root=places.root,
                    jobs=arguments.jobs,
                    judge_one=judge_one,
                    harness=harness_version(places.root),
                    started=datetime.now(UTC).isoformat(timespec="seconds"),
                    tell=tell,
                    brief=arguments.brief,
                )
        except KeyboardInterrupt:
            print("Interrupted before any defect was tried; nothing is reported.")
            return INTERRUPTED
    written = report.write(trial, places.reports)
    for line in report.summary(trial):
        print(line)
    print(f"Report: {written[1]}")
    return trial.exit_code


def tell(ended: Ended, left: int) -> None:
    """Says that a run has ended."""
    problem = f", exit code {ended.code}" if ended.code else ""
    print(f"[{left} to go] {ended.run.name}, {ended.run.cell}: {duration(ended.seconds)}{problem}", flush=True)
