"""Reads the arguments that several commands share, and refuses what makes no sense."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from conformance.command_line.parsing import Arguments
from conformance.errors import UsageError
from conformance.judging.judge import Rules
from conformance.judging.narrowing import Narrowing
from conformance.limits import Limits
from conformance.running.options import Options
from conformance.running.places import CELLS, Places, default_places
from conformance.running.plan import RunPlan, read_plan
from conformance.running.selection import Selection, narrow, select


def limits_of(arguments: Arguments) -> Limits:
    """The limits, as typed."""
    for option, seconds in (("--probe-limit", arguments.probe_limit), ("--cell-limit", arguments.cell_limit)):
        if not seconds > 0:
            raise UsageError(f"{seconds:g} s is no time.", where=option, remedy="Give more than 0 seconds.")
    limits = Limits(probe=arguments.probe_limit, cell=arguments.cell_limit)
    if "examples" not in arguments:
        return limits
    if arguments.examples < 1:
        raise UsageError(f"{arguments.examples} examples try nothing.", where="--examples", remedy="Give 1 or more.")
    return msgspec.structs.replace(limits, examples=arguments.examples)


def jobs_of(arguments: Arguments) -> int:
    """How many cells run side by side; by default, as many as this process has processors."""
    if arguments.jobs is None:
        return len(os.sched_getaffinity(0))
    if arguments.jobs < 1:
        raise UsageError(f"{arguments.jobs} cells cannot run side by side.", where="--jobs", remedy="Give 1 or more.")
    return int(arguments.jobs)


def selection_of(arguments: Arguments) -> Selection:
    """The selection that was typed."""
    return Selection(
        only=arguments.only,
        tf=arguments.tf,
        hub=arguments.hub,
        mode=arguments.mode,
        keras=arguments.keras,
        narrowing=narrowing_of(arguments) if "probe" in arguments else Narrowing(),
        quick=arguments.quick,
    )


def options_of(arguments: Arguments, reports: Path | None) -> Options:
    """How the run measures its cells, into the folder of its reports."""
    selection = selection_of(arguments)
    return Options(
        selection=selection,
        places=default_places(reports, narrowed=bool(selection.narrowing)),
        jobs=jobs_of(arguments),
        limits=limits_of(arguments),
        fresh=arguments.fresh,
    )


def narrowing_of(arguments: Arguments) -> Narrowing:
    """What is to be tried in each cell, as typed."""
    return narrow(arguments.format, arguments.operation, arguments.probe)


def places_of(arguments: Arguments, narrowing: Narrowing, cells: str = CELLS) -> Places:
    """The folders of the run."""
    return default_places(arguments.reports, narrowed=bool(narrowing), cells=cells)


def plan_of(arguments: Arguments, places: Places, rules: Rules) -> RunPlan:
    """What the selection means; where none was typed, what the latest matrix set out to do."""
    selection = selection_of(arguments)
    if selection == Selection():
        return read_plan(places)
    return RunPlan(selection, tuple(cell.id for cell in select(selection, rules.releases, rules.claims)))
