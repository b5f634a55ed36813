"""What the models of tf2_structures compute, in plain NumPy; see reference.py for the rules."""

import numpy as np

from conformance.inside.models import reference

# [height, width, colours, UNITS]: no two filters, positions or colours alike.
FILTERS = ((np.arange(2 * 2 * 3 * 2, dtype=np.float32).reshape(2, 2, 3, 2) * 7) % 11 - 5) / 8
# Two batches of images of different size, not square, so that a swap of the axes shows.
PICTURES = (np.arange(2 * 4 * 5 * 3, dtype=np.float32).reshape(2, 4, 5, 3) % 13) / 12
OTHER_PICTURES = (np.arange(3 * 6 * 3 * 3, dtype=np.float32).reshape(3, 6, 3, 3) % 7) / 6

ENCODER_INPUTS = ("input_word_ids", "input_mask", "input_type_ids")
TYPE_EMBEDDING = np.array([[0.5, -0.5, 0.25, 0.0], [-1.0, 1.0, 0.0, 0.75]], np.float32)  # [types, 4]
TOKENS = {
    "input_word_ids": np.array([[0, 3, 1], [2, 2, 0]], np.int32),
    "input_mask": np.array([[1, 1, 1], [1, 1, 0]], np.int32),
    "input_type_ids": np.array([[0, 0, 1], [0, 1, 0]], np.int32),
}

BIG = 2**40  # beyond int32, and beyond the integers that float32 tells apart
NUMBERS = np.array([BIG + 1, -3, 0, 7], np.int64)
WORDS = np.array([b"hub", b"unheard", b"hello"], dtype=object)


def image(images):
    """The mean over all positions of a convolution's positive part: [batch, h, w, 3] -> [batch, UNITS]."""
    images, filters = np.asarray(images, np.float64), FILTERS.astype(np.float64)
    height, width = images.shape[1] - 1, images.shape[2] - 1
    windows = (
        np.tensordot(images[:, top : top + height, left : left + width], filters[top, left], axes=[[3], [0]])
        for top in range(2)
        for left in range(2)
    )
    return np.maximum(sum(windows), 0).mean(axis=(1, 2)).astype(np.float32)


def encoder(tokens, training=False):
    """The three outputs for a dict of ENCODER_INPUTS."""
    words = reference.EMBEDDING.astype(np.float64)[tokens["input_word_ids"]]
    types = TYPE_EMBEDDING.astype(np.float64)[tokens["input_type_ids"]]
    sequence = (2.0 if training else 1.0) * (words + types) * tokens["input_mask"][:, :, np.newaxis]
    pooled = np.tanh(sequence[:, 0, :]).astype(np.float32)
    return {"default": pooled, "pooled_output": pooled, "sequence_output": sequence.astype(np.float32)}


def lists(features, numbers):
    """The outputs for a list of both: product, 2 * numbers + 1, and the numbers in decimal."""
    decimals = np.array([str(number).encode() for number in numbers], dtype=object)
    return [reference.product(features), 2 * numbers + 1, decimals]


def packed(sentences, length):
    """The encoder's inputs for the words of the sentences, cut or padded with zeros to `length`."""
    ids = [reference.word_ids(sentence)[:length] for sentence in sentences]
    return {
        "input_word_ids": np.array([row + [0] * (length - len(row)) for row in ids], np.int32),
        "input_mask": np.array([[1] * len(row) + [0] * (length - len(row)) for row in ids], np.int32),
        "input_type_ids": np.zeros((len(ids), length), np.int32),
    }


def numbered(words):
    """The number of each word in the vocabulary; -1 of one that is not there: texts [n] -> int64 [n]."""
    known = {word.encode(): number for number, word in enumerate(reference.VOCABULARY)}
    return np.array([known.get(word, -1) for word in words], np.int64)
