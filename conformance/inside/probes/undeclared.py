"""Inputs that are not as a model declares them, as data: what is given, the refusal, and the cure.

The models declare float32 of [batch, 3]; `text`, strings of [batch].
"""

from collections import namedtuple

import numpy as np

from conformance.inside.models import reference

Case = namedtuple("Case", "name give cure converts")
Case.__doc__ = """One row of the table.

name: also the `way` of the claims on inputs.
give: tf -> what the model is called with.
cure: (tf, what was given) -> the same as declared; None where there is nothing to convert.
converts: whether TensorFlow converts it by itself, so that the call must give the right values.
"""

ROWS = reference.INPUTS
WHOLE = np.round(ROWS).astype(np.int32)  # what the batch is in integers
WORDS = reference.SENTENCES


def _cast(tf, given):
    return tf.cast(given, tf.float32)


def _dense(tf, given):
    return tf.sparse.to_dense(given)


MATRICES = [
    Case("float64", lambda tf: tf.constant(ROWS.astype(np.float64)), _cast, False),
    Case("float16", lambda tf: tf.constant(ROWS.astype(np.float16)), _cast, False),
    Case("int32", lambda tf: tf.constant(WHOLE), _cast, False),
    Case("int64", lambda tf: tf.constant(WHOLE.astype(np.int64)), _cast, False),
    Case("one-row", lambda tf: tf.constant(ROWS[0]), lambda tf, given: tf.expand_dims(given, 0), False),
    Case("rank-3", lambda tf: tf.constant(ROWS[:, None]), lambda tf, given: tf.squeeze(given, 1), False),
    Case(
        "too-wide",
        lambda tf: tf.constant(np.pad(ROWS, [(0, 0), (0, 1)], "constant")),
        lambda tf, given: given[:, :3],
        False,
    ),
    Case("in-a-list", lambda tf: [tf.constant(ROWS)], lambda tf, given: given[0], False),
    Case("in-a-dict", lambda tf: {"inputs": tf.constant(ROWS)}, lambda tf, given: given["inputs"], False),
    Case("sparse", lambda tf: _sparse(tf), _dense, False),
    Case("ragged", lambda tf: tf.RaggedTensor.from_tensor(ROWS), lambda tf, given: given.to_tensor(), False),
    Case("none", lambda tf: None, None, False),
    Case("string", lambda tf: tf.constant([["1", "2", "3"]]), lambda tf, given: tf.strings.to_number(given), False),
    Case("array", lambda tf: ROWS, None, True),
    Case("list-of-floats", lambda tf: ROWS.tolist(), None, True),
    Case("empty-batch", lambda tf: tf.constant(ROWS[:0]), None, True),
    Case("variable", lambda tf: tf.Variable(ROWS), None, True),
]

SENTENCES = [
    Case(
        "column-of-strings",
        lambda tf: tf.constant([[one] for one in WORDS]),
        lambda tf, given: tf.squeeze(given, 1),
        False,
    ),
    Case("one-string", lambda tf: tf.constant(WORDS[0]), lambda tf, given: tf.expand_dims(given, 0), False),
    Case("integers-for-strings", lambda tf: tf.constant([1, 2]), lambda tf, given: tf.strings.as_string(given), False),
    Case("list-of-strings", lambda tf: list(WORDS), None, True),
    Case("array-of-strings", lambda tf: WORDS, None, True),
    Case("array-of-unicode", lambda tf: WORDS.astype(str), None, True),
]

BY_NAME = {row.name: row for row in MATRICES + SENTENCES}


def array(given):
    """What the given input is as an array of float32, or of strings, in NumPy; its rank made as declared."""
    found = np.asarray(given.numpy() if hasattr(given, "numpy") else given)
    if found.dtype.kind in "SUO":
        return np.array([one if isinstance(one, bytes) else str(one).encode() for one in found.ravel()], object)
    return found.astype(np.float32).reshape(-1, reference.FEATURES)


def _sparse(tf):
    return tf.SparseTensor(np.argwhere(ROWS), ROWS[ROWS != 0], ROWS.shape)
