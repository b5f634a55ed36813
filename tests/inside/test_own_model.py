"""What tries a user's own model, as far as it does without TensorFlow."""

from __future__ import annotations

from collections import namedtuple
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from conformance.inside.own_model import calls, training
from conformance.inside.own_model.inputs import Inputs, Spec
from conformance.inside.probe import Blocked


def test_a_type_that_numpy_has_not_is_made_as_floats() -> None:
    [array] = Inputs({}).arrays([Spec("x", "bfloat16", [None, 2], "dense")])
    [given] = Inputs({"x": np.ones((3, 2), np.int64)}).arrays([Spec("x", "bfloat16", [None, 2], "dense")])

    assert (array.dtype, array.shape, given.dtype) == (np.float32, (3, 2), np.float32)


@pytest.mark.parametrize("dtype", ["resource", "variant"])
def test_what_no_array_can_be_made_for_blocks_the_probe(dtype: str) -> None:
    with pytest.raises(Blocked, match=dtype):
        Inputs({}).arrays([Spec("x", dtype, [], "dense")])


def test_outputs_of_every_structure_have_names() -> None:
    pair = namedtuple("pair", "mean spread")

    assert calls.flat({"a": pair(1, [2, (3,)]), "b": None}) == {"a/mean": 1, "a/spread/0": 2, "a/spread/1/0": 3}
    assert calls.flat(1) == {"output": 1}


def test_other_batches_of_a_model_that_gives_a_scalar() -> None:
    notes: list[str] = []
    whole = {"loss": np.float32(1), "y": np.ones((3, 2), np.float32)}

    calls.try_other_batches(
        lambda rows: {"loss": np.float32(2), "y": np.ones((rows, 2), np.float32)}, whole, notes.append
    )
    assert notes == []


def info(encoding: str, **fields: Any) -> SimpleNamespace:
    return SimpleNamespace(WhichOneof=lambda _: encoding, **fields)


def test_a_sparse_input_is_fed_in_parts() -> None:
    names = SimpleNamespace(indices_tensor_name="i:0", values_tensor_name="v:0", dense_shape_tensor_name="s:0")

    feed = calls.fed(info("coo_sparse", coo_sparse=names), np.array([[0.0, 2.0], [3.0, 0.0]]))
    assert {name: array.tolist() for name, array in feed.items()} == {
        "i:0": [[0, 1], [1, 0]],
        "v:0": [2, 3],
        "s:0": [2, 2],
    }
    assert calls.fetched("y", info("coo_sparse", coo_sparse=names)) == {
        "y/indices": "i:0",
        "y/values": "v:0",
        "y/dense_shape": "s:0",
    }


class Variable:
    """One of TensorFlow 2.0: NumPy makes an object of it."""

    def __init__(self) -> None:
        self._value = np.ones(2, np.float32)

    def numpy(self) -> np.ndarray[Any, Any]:
        return self._value

    def assign_sub(self, change: Any) -> None:
        self._value -= change


def test_variables_that_are_no_arrays_are_read_and_copied() -> None:
    variable = Variable()
    notes: list[str] = []
    before = training._values([variable])
    variable.assign_sub(np.float32(0.5))

    training.check_moved(before, training._values([variable]), notes.append, 1.0)
    assert notes == ["1 of 1 weights moved, at a loss of 1"]


def test_what_is_wrong_with_a_batch_is_said_and_not_where() -> None:
    text = "Graph execution error:\n\nDetected at node x\n<stack traces unavailable>\nNothing to slice.\n\t [[x]]"
    notes: list[str] = []

    def fail(rows: int) -> dict[str, Any]:
        raise ValueError(text if rows else "")

    calls.try_other_batches(fail, {}, notes.append)
    assert notes == ["a batch of one row fails: ValueError: Nothing to slice.", "a batch of no row fails: ValueError: "]
