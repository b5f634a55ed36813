"""What tries a user's own model, as far as it does without TensorFlow."""

from __future__ import annotations

import struct
import sys
import zlib
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


def test_a_type_that_another_package_gave_numpy_is_made_as_floats() -> None:
    [array] = Inputs({}).arrays([Spec("x", "V2", [None, 2], "dense")])  # as ml_dtypes gives it bfloat16

    assert array.dtype == np.float32


def test_a_lone_integer_is_one() -> None:
    steps, vector = Inputs({}).arrays([Spec("steps", "int32", [], "dense"), Spec("ids", "int32", [50], "dense")])

    assert (steps.tolist(), steps.dtype) == (1, np.int32)
    assert set(vector.tolist()) == {0, 1}


def test_a_text_is_the_file_of_an_image_where_the_model_decodes_images() -> None:
    [array] = Inputs({}, {"content": "image"}).arrays([Spec("x", "string", [None], "dense")])
    [again] = Inputs({}, {"content": "image"}).arrays([Spec("x", "string", [None], "dense")])

    assert len(set(array.tolist())) == 3
    assert array.tolist() == again.tolist()
    for file in array.tolist():
        assert file.startswith(b"\x89PNG\r\n\x1a\n")
        begins = file.index(b"IDAT") + 4
        [length] = struct.unpack(">I", file[begins - 8 : begins - 4])
        assert len(zlib.decompress(file[begins : begins + length])) == 32 * (1 + 3 * 32)


class Kept:
    """A message of tf.train that keeps what it was made with."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields

    def SerializeToString(self) -> Any:  # noqa: N802 - protobuf's name
        return self


def test_a_text_is_an_example_with_the_features_that_the_model_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("Example", "Features", "Feature", "BytesList", "Int64List", "FloatList")
    train = SimpleNamespace(**dict.fromkeys(names, Kept))
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(train=train))
    texts = {
        "content": "example",
        "images": False,
        "features": [
            {"name": "word", "dtype": "string", "size": 2},
            {"name": "count", "dtype": "int64", "size": 1},
            {"name": "x", "dtype": "float32", "size": 3},
        ],
    }
    [[first, second]] = Inputs({}, texts).arrays([Spec("examples", "string", [None], "dense")], rows=2)

    features = {name: one.fields for name, one in first.fields["features"].fields["feature"].items()}
    assert features["word"]["bytes_list"].fields["value"] == [b"the quick brown fox", b"a model of mine"]
    assert features["count"]["int64_list"].fields["value"][0] in (0, 1)
    assert len(features["x"]["float_list"].fields["value"]) == 3
    assert second.fields["features"].fields["feature"].keys() == features.keys()


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
