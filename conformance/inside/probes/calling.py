"""What a batch-normalized model is told about `training`, and images and tokens that are not as declared, as data."""

from collections import namedtuple

import numpy as np

from conformance.inside.models import reference_structures as structures

Telling = namedtuple("Telling", "call trains")
Telling.__doc__ = "call: (tf, model, inputs) -> outputs; trains: whether that means training."

TELLINGS = {
    "keyword": Telling(lambda tf, model, inputs: model(inputs, training=True), True),
    "position": Telling(lambda tf, model, inputs: model(inputs, True), True),
    "false-by-position": Telling(lambda tf, model, inputs: model(inputs, False), False),
    "inputs-by-keyword": Telling(lambda tf, model, inputs: model(inputs=inputs, training=True), True),
    "both-by-unpacking": Telling(lambda tf, model, inputs: model(*(inputs,), **{"training": True}), True),
    "tensor": Telling(lambda tf, model, inputs: model(inputs, training=tf.constant(True)), True),
    "none": Telling(lambda tf, model, inputs: model(inputs, training=None), False),
    "text": Telling(lambda tf, model, inputs: model(inputs, training="True"), True),
}
TAKEN = ["keyword", "position", "false-by-position", "inputs-by-keyword", "both-by-unpacking"]
REFUSED = ["none", "tensor", "text"]
TAKEN_BY_LAYER = ["keyword", "position", "none", "tensor"]

_BYTES = (structures.PICTURES * 255).astype(np.uint8)
IMAGES = {
    "bytes": lambda tf: tf.constant(_BYTES),
    "one-image": lambda tf: tf.constant(structures.PICTURES[0]),
    "grey": lambda tf: tf.constant(structures.PICTURES[..., :1]),
    "with-alpha": lambda tf: tf.constant(np.concatenate([structures.PICTURES, structures.PICTURES[..., :1]], -1)),
    "colours-first": lambda tf: tf.constant(structures.PICTURES.transpose(0, 3, 1, 2)),
    "flat": lambda tf: tf.constant(structures.PICTURES.reshape(len(structures.PICTURES), -1)),
}


def _tokens(tf, dtype=None):
    return {key: tf.constant(value, dtype or value.dtype) for key, value in structures.TOKENS.items()}


TOKENS = {
    "int64": lambda tf: _tokens(tf, tf.int64),
    "list": lambda tf: list(_tokens(tf).values()),
    "tuple": lambda tf: tuple(_tokens(tf).values()),
    "lacks-one": lambda tf: dict(list(_tokens(tf).items())[1:]),
    "one-row": lambda tf: {key: value[0] for key, value in _tokens(tf).items()},
    "other-name": lambda tf: {"x" + key: value for key, value in _tokens(tf).items()},
}
TOKENS_TAKEN = {
    "arrays": lambda tf: dict(structures.TOKENS),
    "python-lists": lambda tf: {key: value.tolist() for key, value in structures.TOKENS.items()},
    "other-order": lambda tf: dict(reversed(list(_tokens(tf).items()))),
}
