"""`candidate`: measures a build of one's own against the same cells without it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import msgspec
from rich.console import Console

from conformance.candidate.asked import Slot, TypedCandidate, read_asked
from conformance.candidate.driver import VIRTUALENVS, RealCandidateDriver
from conformance.candidate.impact import Impact, impact_of, make_maps, maps_of
from conformance.candidate.run import CandidateRequest, run_candidate
from conformance.candidate.selecting import cells_for
from conformance.command_line.declaration import CommandResult
from conformance.command_line.measuring import CANDIDATE
from conformance.command_line.parsing import Arguments, render
from conformance.commands.selecting import jobs_of, limits_of
from conformance.environments.catalogue import Cell
from conformance.fixtures import load_models, verify_fixtures
from conformance.judging.judge import Rules
from conformance.judging.narrowing import Narrowing
from conformance.reporting.candidate_report import HTML, MARKDOWN, render_text, write
from conformance.reporting.writing import write_reports
from conformance.running.cell import harness_version
from conformance.running.exclusive import only_one
from conformance.running.keys import Keys
from conformance.running.options import Options
from conformance.running.places import default_places
from conformance.running.plan import load_rules
from conformance.running.progress import say
from conformance.running.resolving import resolve
from conformance.running.selection import Selection, narrow

_SLOTS = {Slot.HUB: "hub", Slot.TF: "tf", Slot.KERAS: "keras", Slot.TF_KERAS: "tf_keras", Slot.WITH: "beside"}
FOLDER = "candidate"  # below the reports


def run(arguments: Arguments) -> CommandResult | int:
    """Builds, measures, compares, reports; or makes the maps by which `--impacted` chooses probes."""
    limits, jobs = limits_of(arguments), jobs_of(arguments)
    asked = () if arguments.map else read_asked({slot: getattr(arguments, name) for slot, name in _SLOTS.items()})
    rules, console = load_rules(), Console()
    tell = partial(say, console)
    narrowing = narrow((), (), arguments.probe)
    selection = Selection(only=arguments.only, mode=arguments.mode, narrowing=narrowing)
    cells = cells_for(selection, whole_matrix=arguments.matrix, releases=rules.releases, claims=rules.claims)
    models = load_models(rules.releases)
    verify_fixtures(models)
    places = default_places(arguments.reports)
    keys = Keys(places.root, rules.claims, models)
    if arguments.map:
        with only_one(places.work / "matrix.lock", "a matrix of this checkout"):
            return make_maps(cells, keys, places, limits, jobs=jobs, say=tell)
    impact = impact_of(asked, maps_of(cells, keys, places, limits, all_of_them=arguments.impacted), places)
    tell(_on_order(impact, only_these=arguments.impacted))
    if arguments.impacted and impact.chosen:
        selection = msgspec.structs.replace(selection, narrowing=Narrowing(probes=impact.chosen))
    options = Options(selection, places, jobs, limits, arguments.fresh, first=impact.order)
    return _measure(arguments, asked, cells, options, impact.notes, rules, console)


def _on_order(impact: Impact, *, only_these: bool) -> str:
    if impact.unknown:
        return f"All probes run, in their usual order: {impact.unknown}."
    if only_these:
        return f"Impacted: {len(impact.order)} probes reach what is changed; {len(impact.chosen)} of them run."
    return f"Impacted: {len(impact.order)} probes reach what is changed, and run first."


def _measure(
    arguments: Arguments,
    asked: tuple[TypedCandidate, ...],
    cells: tuple[Cell, ...],
    options: Options,
    notes: tuple[str, ...],
    rules: Rules,
    console: Console,
) -> CommandResult:
    tell = partial(say, console)
    narrowing = options.selection.narrowing
    places = default_places(arguments.reports, narrowed=bool(narrowing))
    folder = places.reports / FOLDER / _name(asked)
    home = default_places(folder, narrowed=bool(narrowing), cells=VIRTUALENVS)
    places.prepare()
    home.prepare()
    request = CandidateRequest(
        asked=asked,
        cells=cells,
        selection=str(msgspec.structs.replace(options.selection, narrowing=narrow((), (), arguments.probe))),
        narrowing=narrowing,
        command=_typed(arguments),
        reproduce=lambda cell: _typed(arguments, only=(cell,), probe=(), matrix=False, impacted=False),
        harness=harness_version(places.root),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        notes=notes,
    )
    with only_one(places.work / "matrix.lock", "a matrix of this checkout"):
        floating = resolve(cells, places, fresh=arguments.fresh, say=tell)
        options = msgspec.structs.replace(options, places=places)
        driver = RealCandidateDriver(options, home, rules.claims, load_models(rules.releases), floating, console)
        done = run_candidate(request, rules, driver, tell)
    write(done.result, folder)
    if arguments.matrix:
        write_reports(done.results, rules.claims, folder)
    tell("")
    tell(render_text(done.result))
    tell(f"All of it: {folder / HTML}; for a pull request: {folder / MARKDOWN}")
    return CommandResult(done.result.exit_code, done.result)


def _name(asked: Sequence[TypedCandidate]) -> str:
    """What the folder of the reports is called."""
    names = (one.path.name if one.path else one.typed for one in asked)
    return re.sub(r"[^\w.]+", "-", "-".join(names)).strip("-") or "candidate"


def _typed(arguments: Arguments, **other: object) -> str:
    """The command as it can be typed again."""
    names = (*_SLOTS.values(), "only", "mode", "probe", "matrix", "impacted")
    return (
        f"{CANDIDATE.typed} {shlex.join(render(CANDIDATE, {name: getattr(arguments, name) for name in names} | other))}"
    )
