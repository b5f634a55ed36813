"""The options that select, shared by the commands that take a selection."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.errors import UsageError
from conformance.running.cell import Limits
from conformance.running.places import Places, default_places
from conformance.running.selection import Narrowing, Selection, narrow


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Adds the options that choose cells, and those that narrow what is tried in each."""
    add_cell_selection(parser)
    add_narrowing(parser)


def add_cell_selection(parser: argparse.ArgumentParser) -> None:
    """Adds the options that choose cells; whatever is tried in them is taken whole."""
    parser.set_defaults(format=[], operation=[], probe=[])
    group = parser.add_argument_group("which cells (each may be repeated; all that are given must hold)")
    for option, metavar, meaning in (
        ("--only", "GLOB", "cells, environments or releases by id: tf2.15-hub0.16-tf2, 'tf2.1[5-9]*', tf2.15"),
        ("--tf", "RELEASE", "a TensorFlow release: 2.15, rc, nightly"),
        ("--hub", "VERSION", "a tensorflow_hub version: 0.15"),
        ("--mode", "MODE", "tf1, tf1-compat or tf2"),
        ("--keras", "KERAS", "bundled, keras3 or legacy"),
    ):
        group.add_argument(option, action="append", default=[], metavar=metavar, help=meaning)
    group.add_argument("--quick", action="store_true", help="the cells that the quick selection names")


def add_narrowing(parser: argparse.ArgumentParser) -> None:
    """Adds the options that narrow what is tried in each cell."""
    group = parser.add_argument_group("what is tried in each cell (each may be repeated)")
    for option, metavar, meaning in (
        ("--format", "FORMAT", "claims about one model format: tf1-hub or tf2-savedmodel"),
        ("--operation", "OPERATION", "claims about load, fine-tune, create or mode"),
        ("--probe", "GLOB", "probes by id: 'tf1_hub_load.*'"),
    ):
        group.add_argument(option, action="append", default=[], metavar=metavar, help=meaning)


def add_reports(parser: argparse.ArgumentParser) -> None:
    """Adds the option that says where records and reports are."""
    parser.add_argument("--reports", type=Path, metavar="FOLDER", help="records and reports (default: reports/)")


def add_limits(parser: argparse.ArgumentParser, limits: Limits | None = None) -> None:
    """Adds the options for how long a probe and a cell may take, and how much is generated; by default `limits`."""
    limits = limits or Limits()
    for option, meaning, default in (
        ("--probe-limit", "a probe that takes longer has timed out, and is tried once more", limits.probe),
        ("--cell-limit", "a cell that takes longer, its building not counted, is ended", limits.cell),
    ):
        parser.add_argument(
            option, type=float, default=default, metavar="SECONDS", help=f"{meaning} (default: {default:g})"
        )
    parser.add_argument(
        "--examples",
        type=int,
        default=limits.examples,
        metavar="N",
        help=f"models that each property-based probe generates (default: {limits.examples}; 100 digs deep)",
    )


def limits_of(arguments: argparse.Namespace) -> Limits:
    """The limits, as typed.

    Raises:
        UsageError: one of them leaves no time at all, or nothing to try.
    """
    for option, seconds in (("--probe-limit", arguments.probe_limit), ("--cell-limit", arguments.cell_limit)):
        if not seconds > 0:
            raise UsageError(f"{seconds:g} s is no time.", where=option, remedy="Give more than 0 seconds.")
    if arguments.examples < 1:
        raise UsageError(f"{arguments.examples} examples try nothing.", where="--examples", remedy="Give 1 or more.")
    return Limits(probe=arguments.probe_limit, cell=arguments.cell_limit, examples=arguments.examples)


def selection_of(arguments: argparse.Namespace) -> Selection:
    """The selection that was typed."""
    return Selection(
        only=tuple(arguments.only),
        tf=tuple(arguments.tf),
        hub=tuple(arguments.hub),
        mode=tuple(arguments.mode),
        keras=tuple(arguments.keras),
        narrowing=narrowing_of(arguments),
        quick=arguments.quick,
    )


def narrowing_of(arguments: argparse.Namespace) -> Narrowing:
    """What is to be tried in each cell, as typed."""
    return narrow(arguments.format, arguments.operation, arguments.probe)


def places_of(arguments: argparse.Namespace, narrowing: Narrowing) -> Places:
    """The folders of the run."""
    return default_places(arguments.reports, narrowed=bool(narrowing))
