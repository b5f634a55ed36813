from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from conformance.errors import UsageError
from conformance.inspecting.description import TensorSpec
from conformance.own_models.given import read_arrays, require_fit, write_arrays

TEXTS = TensorSpec("words", "string", (None, 1))


def test_arrays_come_from_npz_or_json(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones(3), texts=np.array(["a", "bc"]))
    (tmp_path / "a.json").write_text(json.dumps({"x": [1, 1, 1], "texts": ["a", "bc"]}))

    for name in ("a.npz", "a.json"):
        found = read_arrays(tmp_path / name, "--inputs")
        assert found["x"].tolist() == [1, 1, 1]
        assert found["texts"].tolist() == ["a", "bc"]


@pytest.mark.parametrize("content", ["", "[1]", '{"x": {"y": 1}}', '{"x": [[1], [1, 2]]}', "[" * 100_000])
def test_json_that_is_no_arrays_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(content)

    with pytest.raises(UsageError, match="--inputs"):
        read_arrays(tmp_path / "a.json", "--inputs")


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.array([object()], dtype=object))
    (tmp_path / "b.npz").write_bytes(b"no zip")

    for name in ("a.npz", "b.npz", "missing.npz"):
        with pytest.raises(UsageError, match="--expect"):
            read_arrays(tmp_path / name, "--expect")


def test_a_name_that_the_model_has_not_is_refused_with_the_near_miss() -> None:
    with pytest.raises(UsageError, match='Perhaps you meant "images"'):
        require_fit({"image": np.ones(1)}, [TensorSpec("images", "float32", None), TEXTS], "--inputs")


@pytest.mark.parametrize(
    ("array", "fits"),
    [
        (np.array([["a"], ["b"]]), True),
        (np.array([[1], [2]]), False),
        (np.array(["a", "b"]), False),
        (np.array([["a", "b"]]), False),
    ],
)
def test_an_input_of_another_kind_or_shape_is_refused(array: np.ndarray, fits: bool) -> None:
    if fits:
        require_fit({"words": array}, [TEXTS], "--inputs")
        return
    with pytest.raises(UsageError, match=r"The model takes words: string\[\?, 1\]"):
        require_fit({"words": array}, [TEXTS], "--inputs")


def test_the_digest_is_that_of_the_content(tmp_path: Path) -> None:
    one, other = {"x": np.ones(2), "y": np.zeros(1)}, {"y": np.zeros(1), "x": np.ones(2)}

    assert write_arrays(one, tmp_path / "a") == write_arrays(other, tmp_path / "b")
    assert write_arrays({"x": np.ones(2)}, tmp_path / "c") != write_arrays({"x": np.zeros(2)}, tmp_path / "d")
