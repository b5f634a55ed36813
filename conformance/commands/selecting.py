"""The options that select, shared by the commands that take a selection."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.running.places import Places, default_places
from conformance.running.selection import Narrowing, Selection


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Adds the options that choose cells, and those that narrow what is tried in each."""
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
    add_narrowing(parser)


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
    return Narrowing(
        formats=tuple(arguments.format), operations=tuple(arguments.operation), probes=tuple(arguments.probe)
    )


def places_of(arguments: argparse.Namespace) -> Places:
    """The folders of the run."""
    return default_places(arguments.reports)
