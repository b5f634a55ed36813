"""The generated models: what NumPy says of them is exact, and they are distinguished from their look-alikes."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")

from hypothesis import given  # noqa: E402

from conformance.inside.models import generated, kept_examples  # noqa: E402  (needs NumPy)


@given(generated.blueprints)
def test_the_reference_gives_whole_numbers_of_the_right_shape_and_dtype(blueprint):
    for size in blueprint.batches:
        outputs = generated.expected(blueprint, generated.batch(blueprint, size))
        assert outputs.dtype == blueprint.dtype
        assert outputs.shape[0] == size
        assert np.array_equal(outputs, np.round(outputs))
        assert np.abs(outputs, dtype=np.float64).max(initial=0.0) < 2**24  # exact in float32


@given(generated.blueprints)
def test_a_blueprint_can_be_typed_in_again(blueprint):
    assert eval(repr(blueprint), {"Blueprint": generated.Blueprint}) == blueprint


@pytest.mark.parametrize("blueprint", kept_examples.KEPT)
def test_a_kept_example_is_one_that_could_have_been_generated(blueprint):
    assert eval(repr(blueprint), {"Blueprint": generated.Blueprint}) == blueprint
    for size in blueprint.batches:
        assert generated.expected(blueprint, generated.batch(blueprint, size)).shape[0] == size
