from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from conformance.own_models.values import PackedOutput, computed_in, differences, packed


@pytest.mark.parametrize(
    ("got", "expected", "same"),
    [
        (np.array([1, 2], np.float32), np.array([1, 2.0001], np.float32), True),
        (np.array([1, 2], np.float32), np.array([1, 2.1], np.float32), False),
        (np.array([1, np.nan], np.float32), np.array([1, np.nan], np.float32), True),
        (np.array([1, np.nan], np.float32), np.array([1, 2], np.float32), False),
        (np.array([2**60], np.int64), np.array([2**60 + 1], np.int64), False),
        (np.array([b"a", b"\xff"], object), np.array([b"a", b"\xff"], object), True),
        (np.array([b"a"], object), np.array([b"b"], object), False),
        (np.array([b"a"], object), np.array([1], np.float32), False),
        (np.array([[1]], np.float32), np.array([1], np.float32), False),
        (np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32), True),
        (np.arange(100_000), np.arange(100_000), True),
    ],
)
def test_outputs_are_compared_by_shape_kind_and_value(got: object, expected: object, same: bool) -> None:
    [found] = differences({"x": packed(np.asarray(got))}, {"x": packed(np.asarray(expected))})

    assert found.same is same


def test_a_single_output_is_compared_whatever_it_is_called() -> None:
    assert len(differences({"a": packed(np.ones(1))}, {"b": packed(np.ones(1))})) == 1
    assert differences({"a": packed(np.ones(1)), "c": packed(np.ones(1))}, {"b": packed(np.ones(1))}) == ()


def test_few_of_very_many_elements_are_kept() -> None:
    kept = packed(np.zeros(10**6, np.float32))

    assert kept.shape == (10**6,)
    assert len(kept.data) < 100_000


@pytest.mark.parametrize(
    "output",
    [
        PackedOutput((1,), "float32", "no base64!", "<f4"),
        PackedOutput((1,), "float32", "AAAA", "<f4"),
        PackedOutput((1,), "float32", "AAAA", "|O"),
        PackedOutput((1,), "string", "AAAA"),
    ],
)
def test_what_a_model_may_have_forged_is_no_value(output: PackedOutput) -> None:
    [found] = differences({"x": output}, {"x": packed(np.array([1], np.float32))})

    assert not found.same


def test_damaged_lines_are_left_out_and_the_last_of_a_probe_counts(tmp_path: Path) -> None:
    def line(value: float) -> str:
        return json.dumps({"probe": "p", "outputs": {"x": msgspec.to_builtins(packed(np.array([value], np.float32)))}})

    (tmp_path / "cell.jsonl").write_text(f"{line(1)}\n{{\n[[[[\n{line(2)}\n")

    assert list(computed_in(tmp_path, "cell")["p"].outputs["x"].elements()) == [2]
    assert computed_in(tmp_path, "other") == {}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text('{"probe": "p", "outputs": {}}')
    (tmp_path / "cell.jsonl").symlink_to(tmp_path / "secret")

    assert computed_in(tmp_path, "cell") == {}


@pytest.mark.parametrize(
    ("dtype", "got", "same"),
    [
        ("float16", 0.2505, True),  # the second number after 0.25
        ("float16", 0.26, False),
        ("bfloat16", 0.2539, True),
        ("bfloat16", 0.2734, False),
        ("float32", 0.2505, False),
    ],
)
def test_numbers_of_fewer_bits_may_differ_by_some_of_their_steps(dtype: str, got: float, same: bool) -> None:
    one, other = (
        msgspec.structs.replace(packed(np.array([value, 1e-3], np.float32)), dtype=dtype) for value in (got, 0.25)
    )
    [difference] = differences({"a": one}, {"a": other})
    assert difference.same is same
