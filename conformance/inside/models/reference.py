"""What each model computes, and how it trains, in plain NumPy.

Probes compare TensorFlow with these functions, so nothing here may use TensorFlow. The weights are written out, not
drawn, so that a model whose weights were lost or shuffled cannot agree by accident. All arrays are float32 on the
outside; the arithmetic is done in float64, to be closer to the truth than what it judges.
"""

import numpy as np

FEATURES = 3
UNITS = 2
REGULARIZATION = 0.01  # times the sum of the squared kernel
MOMENTUM = 0.9
EPSILON = 1e-3

KERNEL = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], np.float32)  # [FEATURES, UNITS]
BIAS = np.array([0.1, -0.2], np.float32)  # [UNITS]
SCALE = np.float32(2.0)  # a variable that must never train

GAMMA = np.array([1.5, 0.5], np.float32)
BETA = np.array([0.25, -0.5], np.float32)
MOVING_MEAN = np.array([0.2, -0.3], np.float32)
MOVING_VARIANCE = np.array([1.2, 0.8], np.float32)

VOCABULARY = ("hello", "tensor", "hub", "world")  # line number = id; the row after the last is for unknown words
EMBEDDING = np.array(
    [
        [1.0, 0.0, -1.0, 0.5],
        [0.0, 2.0, 0.5, -0.5],
        [0.25, -0.75, 1.0, 1.0],
        [-1.0, 0.5, 0.0, 2.0],
        [9.0, -9.0, 3.0, 6.0],
    ],
    np.float32,
)  # [words + 1, 4]

# Two batches of different size and content; neither symmetric nor sorted, so that a swap of rows or columns shows.
INPUTS = np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 2.0], [0.0, -2.0, 1.0], [4.0, 1.0, -1.0]], np.float32)
OTHER_INPUTS = np.array([[0.5, -0.25, 1.0], [2.0, 2.0, -3.0]], np.float32)
TARGETS = np.array([[0.5, -0.5], [1.0, 0.0], [-1.0, 2.0], [0.25, 0.75]], np.float32)
SENTENCES = np.array([b"hello world", b"hub", b"tensor unheard hub hub", b"world"], dtype=object)

HEIGHT, WIDTH = 4, 5  # not square, so that a swap shows
POSITIONS = (np.arange(HEIGHT * WIDTH, dtype=np.float32).reshape(HEIGHT, WIDTH) - 5) / 10
CLASSES = np.array([[1.0, -1.0, 0.5, 2.0], [0.25, 0.5, -2.0, 1.0]], np.float32)  # [UNITS, classes]
IMAGES = (np.arange(2 * HEIGHT * WIDTH * 3, dtype=np.float32).reshape(2, HEIGHT, WIDTH, 3) % 17) / 16

OFFSET = np.int64(2**40 + 3)  # beyond int32 and beyond the integers of float32
INTEGERS = np.array([[1, -2], [3 * 2**40, 4], [0, 7]], np.int64)
IDS = np.array([3, 0, 0, 4], np.int32)
LOOPS = 3
RAGGED_VALUES = np.array([1.5, -2.0, 4.0, 0.5], np.float32)
RAGGED_SPLITS = np.array([0, 2, 2, 3, 4], np.int64)  # the second row is empty


def dense(inputs, kernel=KERNEL, bias=BIAS, scale=SCALE):
    """scale * (inputs @ kernel + bias): [batch, FEATURES] -> [batch, UNITS]."""
    return (_wide(scale) * (_wide(inputs) @ _wide(kernel) + _wide(bias))).astype(np.float32)


def batchnorm(inputs, kernel=KERNEL, gamma=GAMMA, beta=BETA, mean=MOVING_MEAN, variance=MOVING_VARIANCE):
    """Inference of a dense layer without bias and a batch normalization: [batch, FEATURES] -> [batch, UNITS]."""
    hidden = _wide(inputs) @ _wide(kernel)
    normal = (hidden - _wide(mean)) / np.sqrt(_wide(variance) + EPSILON)
    return (_wide(gamma) * normal + _wide(beta)).astype(np.float32)


def batchnorm_training(inputs, kernel=KERNEL, gamma=GAMMA, beta=BETA):
    """The same while training: normalized with the batch's own mean and variance."""
    mean, variance = batch_statistics(inputs, kernel)
    return batchnorm(inputs, kernel, gamma, beta, mean, variance)


def batch_statistics(inputs, kernel=KERNEL):
    """Mean and (biased) variance of the hidden activations over the batch, each [UNITS]."""
    hidden = _wide(inputs) @ _wide(kernel)
    return hidden.mean(axis=0), hidden.var(axis=0)


def moving_averages(inputs, kernel=KERNEL, mean=MOVING_MEAN, variance=MOVING_VARIANCE):
    """The moving mean and variance after one training step on `inputs`."""
    batch_mean, batch_variance = batch_statistics(inputs, kernel)
    new_mean = MOMENTUM * _wide(mean) + (1 - MOMENTUM) * batch_mean
    new_variance = MOMENTUM * _wide(variance) + (1 - MOMENTUM) * batch_variance
    return new_mean.astype(np.float32), new_variance.astype(np.float32)


def regularization_loss(kernel=KERNEL):
    """REGULARIZATION times the sum of the squared kernel, a scalar."""
    return np.float32(REGULARIZATION * np.sum(_wide(kernel) ** 2))


def mean_squared_error(outputs, targets):
    """The mean over all elements, a scalar."""
    return np.float32(np.mean((_wide(outputs) - _wide(targets)) ** 2))


def dense_step(rate, inputs=INPUTS, targets=TARGETS, regularized=True, kernel=KERNEL, bias=BIAS, scale=SCALE):
    """Kernel and bias after one step of gradient descent on mean squared error (and the regularization loss)."""
    gradient = _error_gradient(dense(inputs, kernel, bias, scale), targets) * _wide(scale)
    kernel_gradient = _wide(inputs).T @ gradient + regularized * 2 * REGULARIZATION * _wide(kernel)
    bias_gradient = gradient.sum(axis=0)
    return _descend(kernel, kernel_gradient, rate), _descend(bias, bias_gradient, rate)


def batchnorm_step(rate, inputs=INPUTS, targets=TARGETS, regularized=True, kernel=KERNEL, gamma=GAMMA, beta=BETA):
    """Kernel, gamma and beta after one step of gradient descent through the batch's own statistics."""
    mean, variance = batch_statistics(inputs, kernel)
    deviation = np.sqrt(variance + EPSILON)
    normal = (_wide(inputs) @ _wide(kernel) - mean) / deviation
    gradient = _error_gradient(batchnorm_training(inputs, kernel, gamma, beta), targets)
    normal_gradient = gradient * _wide(gamma)
    hidden_gradient = (
        normal_gradient - normal_gradient.mean(axis=0) - normal * (normal_gradient * normal).mean(axis=0)
    ) / deviation
    kernel_gradient = _wide(inputs).T @ hidden_gradient + regularized * 2 * REGULARIZATION * _wide(kernel)
    return (
        _descend(kernel, kernel_gradient, rate),
        _descend(gamma, (gradient * normal).sum(axis=0), rate),
        _descend(beta, gradient.sum(axis=0), rate),
    )


def text(sentences, embedding=EMBEDDING):
    """The mean of the words' embeddings: [batch] of byte strings, words split at blanks -> [batch, 4]."""
    return np.stack([_wide(embedding)[word_ids(sentence)].mean(axis=0) for sentence in sentences]).astype(np.float32)


def word_ids(sentence):
    """The row of the embedding for each word of a sentence."""
    rows = {word: row for row, word in enumerate(VOCABULARY)}
    return [rows.get(word, len(VOCABULARY)) for word in sentence.decode("utf-8").split(" ")]


def text_step(rate, sentences=SENTENCES, targets=None):
    """The embedding after one step of gradient descent on mean squared error; `targets` is [batch, 4], default 0."""
    outputs = text(sentences)
    targets = np.zeros_like(outputs) if targets is None else targets
    gradient = np.zeros_like(EMBEDDING, np.float64)
    for row, sentence in zip(_error_gradient(outputs, targets), sentences):
        ids = word_ids(sentence)
        for word in ids:
            gradient[word] += row / len(ids)
    return _descend(EMBEDDING, gradient, rate)


def doubled(inputs):
    """What the signature "double" gives: twice the product as "default", and each row's sum as "total"."""
    product = _wide(inputs) @ _wide(KERNEL)
    return {"default": (2 * product).astype(np.float32), "total": product.sum(axis=1).astype(np.float32)}


def product(inputs):
    """What the signature "default" gives: inputs @ kernel."""
    return (_wide(inputs) @ _wide(KERNEL)).astype(np.float32)


def paired(left, right):
    """What the signature "pair" gives for two inputs of [batch, FEATURES]: not symmetric in them."""
    return {
        "default": (_wide(left) @ _wide(KERNEL) - 0.5 * (_wide(right) @ _wide(KERNEL))).astype(np.float32),
        "difference": (_wide(left) - _wide(right)).astype(np.float32),
    }


def image_features(images):
    """Pixels weighted by their position, then multiplied by the kernel: [batch, HEIGHT, WIDTH, 3] -> [batch, UNITS]."""
    return (pooled(images).astype(np.float64) @ _wide(KERNEL)).astype(np.float32)


def pooled(images):
    """The weighted sum of the pixels, by colour: [batch, HEIGHT, WIDTH, 3] -> [batch, 3]."""
    return np.einsum("bhwc,hw->bc", _wide(images), _wide(POSITIONS)).astype(np.float32)


def image_logits(images):
    """The features times CLASSES: [batch, HEIGHT, WIDTH, 3] -> [batch, 4]."""
    return (_wide(image_features(images)) @ _wide(CLASSES)).astype(np.float32)


def looped(inputs):
    """What the signature "loop" gives: the product, doubled LOOPS times and 1 added each time."""
    outputs = _wide(inputs) @ _wide(KERNEL)
    for _ in range(LOOPS):
        outputs = 2 * outputs + 1
    return outputs.astype(np.float32)


def summed(integers):
    """What the signature "integers" gives: each row's sum and OFFSET, in int64."""
    return integers.sum(axis=1) + OFFSET


def bracketed(strings):
    """What the signature "strings" gives: each string in angle brackets."""
    return np.array([b"<" + string + b">" for string in strings], dtype=object)


def _wide(array):
    return np.asarray(array, np.float64)


def _error_gradient(outputs, targets):
    outputs = _wide(outputs)
    return 2 * (outputs - _wide(targets)) / outputs.size


def _descend(weight, gradient, rate):
    return (_wide(weight) - rate * gradient).astype(np.float32)
