"""The NumPy reference of the models with other shapes and structures, against arithmetic done by hand."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")

from conformance.inside.models import reference  # noqa: E402  (needs NumPy)
from conformance.inside.models import reference_structures as structures  # noqa: E402


def test_an_image_is_convolved_without_padding_cut_at_zero_and_averaged():
    black = np.zeros((1, 2, 2, 3), np.float32)
    assert structures.image(black).tolist() == [[0.0, 0.0]]
    corner = black.copy()
    corner[0, 1, 0, 2] = 2.0  # the lower left pixel's third colour meets the filters' [1, 0, 2]
    expected = np.maximum(2.0 * structures.FILTERS[1, 0, 2], 0)
    assert structures.image(corner)[0].tolist() == pytest.approx(expected.tolist())
    assert any(expected > 0)
    wide = np.concatenate([corner, np.zeros((1, 2, 1, 3), np.float32)], axis=2)  # a second position, where it is black
    assert structures.image(wide)[0].tolist() == pytest.approx((expected / 2).tolist())


def test_the_encoder_masks_tokens_and_pools_the_first():
    outputs = structures.encoder(structures.TOKENS)
    first = reference.EMBEDDING[0] + structures.TYPE_EMBEDDING[0]
    assert outputs["sequence_output"][0, 0].tolist() == first.tolist()
    assert outputs["sequence_output"][1, 2].tolist() == [0.0] * 4
    assert outputs["pooled_output"][0].tolist() == pytest.approx(np.tanh(first).tolist())
    doubled = structures.encoder(structures.TOKENS, training=True)["sequence_output"]
    assert doubled.tolist() == (2 * outputs["sequence_output"]).tolist()


def test_packing_cuts_long_sentences_and_pads_short_ones():
    packed = structures.packed([b"hub", b"tensor unheard hub hub"], 3)
    assert packed["input_word_ids"].tolist() == [[2, 0, 0], [1, 4, 2]]
    assert packed["input_mask"].tolist() == [[1, 0, 0], [1, 1, 1]]
    assert packed["input_type_ids"].tolist() == [[0, 0, 0], [0, 0, 0]]


def test_the_numbers_need_64_bits():
    _, doubled, decimals = structures.lists(reference.INPUTS, structures.NUMBERS)
    assert doubled.tolist() == [2 * (2**40 + 1) + 1, -5, 1, 15]
    assert decimals.tolist() == [b"1099511627777", b"-3", b"0", b"7"]
