"""The NumPy reference is itself checked: each hand-derived gradient step against a numeric derivative of the loss."""

from __future__ import annotations

from collections.abc import Callable

import pytest

np = pytest.importorskip("numpy")

from conformance.inside.models import reference  # noqa: E402  (needs NumPy)

RATE = 0.1


def numeric_step(weight, loss: Callable[..., float], rate: float = RATE):
    """`weight` after one step of gradient descent, the gradient by central differences in float64."""
    gradient = np.zeros(weight.shape)
    for index in np.ndindex(weight.shape):
        shift = np.zeros(weight.shape)
        shift[index] = 1e-3
        gradient[index] = (loss(weight + shift) - loss(weight - shift)) / 2e-3
    return weight - rate * gradient


def error(outputs) -> float:
    return float(np.mean((np.asarray(outputs, np.float64) - reference.TARGETS) ** 2))


def penalty(kernel) -> float:
    return float(reference.REGULARIZATION * np.sum(np.asarray(kernel, np.float64) ** 2))


def test_dense_step():
    kernel, bias = reference.dense_step(RATE)
    x = reference.INPUTS
    expected = numeric_step(reference.KERNEL, lambda w: error(reference.dense(x, kernel=w)) + penalty(w))
    assert kernel == pytest.approx(expected, abs=2e-3)
    assert bias == pytest.approx(numeric_step(reference.BIAS, lambda b: error(reference.dense(x, bias=b))), abs=2e-3)


def test_dense_step_from_other_weights():
    kernel, bias, scale, x = reference.KERNEL[::-1] + 1, reference.BIAS * 3, np.float32(1), reference.INPUTS
    stepped, _ = reference.dense_step(RATE, regularized=False, kernel=kernel, bias=bias, scale=scale)
    expected = numeric_step(kernel, lambda w: error(reference.dense(x, w, bias, scale)))
    assert stepped == pytest.approx(expected, abs=2e-3)


def test_batchnorm_step_from_other_weights():
    x, run = reference.INPUTS, reference.batchnorm_training
    kernel, gamma, beta = reference.KERNEL[::-1] + 1, reference.GAMMA * 2, reference.BETA - 1
    stepped = reference.batchnorm_step(RATE, kernel=kernel, gamma=gamma, beta=beta)
    expected = (
        numeric_step(kernel, lambda w: error(run(x, w, gamma, beta)) + penalty(w)),
        numeric_step(gamma, lambda g: error(run(x, kernel, g, beta))),
        numeric_step(beta, lambda b: error(run(x, kernel, gamma, b))),
    )
    for got, of_step in zip(stepped, expected, strict=True):
        assert got == pytest.approx(of_step, abs=2e-3)


def test_batchnorm_step():
    kernel, gamma, beta = reference.batchnorm_step(RATE)
    x = reference.INPUTS
    run = reference.batchnorm_training
    expected = numeric_step(reference.KERNEL, lambda w: error(run(x, kernel=w)) + penalty(w))
    assert kernel == pytest.approx(expected, abs=2e-3)
    assert gamma == pytest.approx(numeric_step(reference.GAMMA, lambda g: error(run(x, gamma=g))), abs=2e-3)
    assert beta == pytest.approx(numeric_step(reference.BETA, lambda b: error(run(x, beta=b))), abs=2e-3)


def test_text_step():
    def loss(embedding):
        return float(np.mean(np.asarray(reference.text(reference.SENTENCES, embedding), np.float64) ** 2))

    expected = numeric_step(reference.EMBEDDING, loss)
    assert reference.text_step(RATE) == pytest.approx(expected, abs=2e-3)


def test_an_unregularized_step_differs_enough_to_be_distinguished():
    with_penalty, _ = reference.dense_step(RATE)
    without, _ = reference.dense_step(RATE, regularized=False)
    assert np.abs(with_penalty - without).max() > 1e-3


def test_training_and_inference_of_batch_normalization_differ_enough_to_be_distinguished():
    apart = np.abs(reference.batchnorm_training(reference.INPUTS) - reference.batchnorm(reference.INPUTS))
    assert apart.max() > 0.1
    mean, variance = reference.moving_averages(reference.INPUTS)
    assert np.abs(mean - reference.MOVING_MEAN).max() > 0.01
    assert np.abs(variance - reference.MOVING_VARIANCE).max() > 0.01


def test_a_text_model_that_reads_its_vocabulary_in_another_order_is_distinguished():
    swapped = reference.EMBEDDING[[1, 0, 2, 3, 4]]
    apart = np.abs(reference.text(reference.SENTENCES) - reference.text(reference.SENTENCES, swapped))
    assert apart.max() > 0.1


def test_the_inputs_of_a_pair_are_not_interchangeable():
    left, right = reference.INPUTS, reference.INPUTS[::-1]
    one, other = reference.paired(left, right), reference.paired(right, left)
    assert all(np.abs(one[key] - other[key]).max() > 0.1 for key in one)


def test_images_whose_height_and_width_or_colours_are_swapped_are_distinguished():
    images = reference.IMAGES
    features = reference.image_features(images)
    flipped = [images[:, ::-1], images[:, :, ::-1], images[..., ::-1], images[::-1]]
    assert all(np.abs(features - reference.image_features(other)).max() > 0.1 for other in flipped)
    assert reference.pooled(images)[0] == pytest.approx((images[0] * reference.POSITIONS[..., None]).sum(axis=(0, 1)))
    assert reference.image_logits(images) == pytest.approx(features @ reference.CLASSES, rel=1e-6)


def test_a_loop_that_runs_once_too_often_or_too_seldom_is_distinguished():
    product = reference.product(reference.INPUTS)
    assert reference.looped(reference.INPUTS) == pytest.approx(8 * product + 7)
    assert np.abs(8 * product + 7 - (4 * product + 3)).max() > 0.1


def test_integers_that_pass_through_another_dtype_are_distinguished():
    exact = reference.summed(reference.INTEGERS)
    assert exact.tolist() == [-1 + 2**40 + 3, 3 * 2**40 + 4 + 2**40 + 3, 7 + 2**40 + 3]
    for narrow in (np.int32, np.float32):
        assert (reference.INTEGERS.sum(axis=1) + reference.OFFSET).astype(narrow).astype(
            np.int64
        ).tolist() != exact.tolist()


def test_strings_come_in_brackets_each():
    assert reference.bracketed(reference.SENTENCES[1:2]).tolist() == [b"<hub>"]
    assert reference.bracketed(reference.SENTENCES[:0]).shape == (0,)
