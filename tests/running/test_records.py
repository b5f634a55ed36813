from __future__ import annotations

import os

import pytest

from conformance.environments.catalogue import Cell
from conformance.evidence import SCHEMA, Footer, Header
from conformance.running.places import Places
from conformance.running.record_writer import RecordWriter
from conformance.running.records import latest_records


def header(cell: Cell, started: str) -> Header:
    return Header(
        schema=SCHEMA,
        cell=cell.id,
        environment=cell.environment.id,
        mode=cell.mode,
        keras=cell.keras,
        lock="",
        started=started,
        harness="",
    )


@pytest.mark.parametrize("jump", [-400, 400], ids=["back", "forth"])
def test_the_record_that_was_cut_short_last_counts_whatever_the_clock_said(
    jump: int, cell: Cell, places: Places
) -> None:
    writer = RecordWriter(places.partial(cell.id))
    writer.begin(header(cell, "2026-01-05T03:00:00+00:00"))
    writer.append(Footer(0, 1.0, 1.0, "2026-01-05T03:00:01+00:00"))
    writer.publish(places.record(cell.id))
    writer.begin(header(cell, "2026-01-06T03:00:00+00:00"))
    days = 24 * 60 * 60
    complete = places.record(cell.id).stat().st_mtime
    os.utime(places.partial(cell.id), (complete + jump * days, complete + jump * days))

    (record,) = latest_records([cell], places)

    assert record.footer is None
    assert record.header.started == "2026-01-06T03:00:00+00:00"


def test_a_cell_without_a_record_has_none(cell: Cell, places: Places) -> None:
    assert latest_records([cell], places) == []
