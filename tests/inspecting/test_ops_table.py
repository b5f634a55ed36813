"""The table of ops: only changes are written, and what is read back is what the releases registered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.environments.catalogue import load_releases
from conformance.inspecting.asking import cells_to_ask
from conformance.inspecting.messages import DEFINITIONS
from conformance.inspecting.ops_table import (
    OPS_FILE,
    OpsTable,
    RegisteredOp,
    Registrations,
    attributes_of,
    encode_ops_table,
    read_ops_table,
    table_of,
)

NAMES = st.sampled_from(["Add", "Sub", "Conv"])
OPS = st.builds(RegisteredOp, st.sampled_from([(), ("T:type float",), ("T:type? float double", "n:int")]), st.just(0))
REGISTERED = st.lists(st.dictionaries(NAMES, OPS), min_size=1, max_size=5)


def registrations(ops: dict[str, RegisteredOp], **changes: Any) -> Registrations:
    known = {"tensorflow": "1.0", "producer": 1, "min_consumer": 0, "min_producer": 0}
    more = {"ignores_unknown_attributes": False, "with_kernel": frozenset(ops), "ops": ops}
    return Registrations(**{**known, **more, **changes})


@given(REGISTERED)
def test_what_is_looked_up_is_what_was_registered(history: list[dict[str, RegisteredOp]]) -> None:
    table = table_of([(f"2.{place}", registrations(ops)) for place, ops in enumerate(history)])

    assert msgspec.json.decode(encode_ops_table(table), type=OpsTable) == table
    for place, ops in enumerate(history):
        for name in ("Add", "Sub", "Conv"):
            assert table.op(name, f"2.{place}") == ops.get(name)


def test_an_op_without_a_kernel_says_so() -> None:
    table = table_of([("2.0", registrations({"Add": RegisteredOp()}, with_kernel=frozenset()))])

    assert table.op("Add", "2.0") == RegisteredOp(computes=False)


def test_attributes_are_read() -> None:
    found = attributes_of(RegisteredOp(("T:type float double", "strides:list(int)", "data_format:string? NCHW NHWC")))

    assert {name: (one.type, one.has_default, sorted(one.allowed)) for name, one in found.items()} == {
        "T": ("type", False, ["double", "float"]),
        "strides": ("list(int)", False, []),
        "data_format": ("string", True, ["NCHW", "NHWC"]),
    }


def test_the_committed_table_is_of_every_release() -> None:
    table = read_ops_table()

    assert [one.release for one in table.releases] == [one.tf for one in load_releases().releases]
    assert encode_ops_table(table) == OPS_FILE.read_bytes()


@pytest.mark.parametrize(
    ("op", "without", "having"), [("DisableCopyOnRead", "2.4", "2.13"), ("ParseExampleV2", "1.13", "2.4")]
)
def test_the_committed_table_has_what_real_models_met(op: str, without: str, having: str) -> None:
    table = read_ops_table()

    assert table.op(op, without) is None
    assert table.op(op, having) is not None


def test_every_attribute_in_the_committed_table_can_be_read() -> None:
    for changes in read_ops_table().ops.values():
        for op in filter(None, changes.values()):
            assert len(attributes_of(op)) == len(op.attributes)


def test_the_committed_files_are_small() -> None:
    assert OPS_FILE.stat().st_size < 500_000
    assert DEFINITIONS.stat().st_size < 50_000


def test_one_cell_of_each_release_is_asked() -> None:
    asked = [cell.environment.release.tf for cell in cells_to_ask(load_releases())]

    assert asked == [one.tf for one in load_releases().releases]


def test_the_file_is_text_with_a_line_per_op(tmp_path: Path) -> None:
    table = table_of([("2.0", registrations({"Add": RegisteredOp(), "Sub": RegisteredOp()}))])

    text = encode_ops_table(table).decode()
    assert json.loads(text)["ops"].keys() == {"Add", "Sub"}
    assert sum(line.lstrip().startswith(('"Add"', '"Sub"')) for line in text.splitlines()) == 2
