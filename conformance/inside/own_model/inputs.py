"""Inputs for a model that nobody knows but by its signatures: the same in every release, from a seed.

The numbers come from numpy.random.RandomState, whose streams NumPy promises never to change. They are small and in
[0, 1), integers are 0 or 1, which every vocabulary has, and a lone integer is 1. A text is a sentence, or the file of
an image, or a tf.train.Example, as the ops of the model let expect. Who knows better gives inputs of his own.
"""

import importlib
import struct
import zlib
from collections import namedtuple

import numpy as np

from conformance.inside.probe import Blocked

ROWS = 3
_SEED = 20261125
_INNER = {3: (8,), 4: (32, 32), 5: (16, 16, 16)}  # for unknown inner sizes, by rank: steps, pixels, voxels
_OTHER = 4
_OF_NUMPY = "biufcOSU"  # kinds; others are of packages, whose arrays TensorFlow may not take
_PIXELS = 32
_SAMPLES = 16000  # of a lone vector of floats: mostly a second of sound
_TEXTS = (b"the quick brown fox", b"a model of mine", b"lazy dogs sleep", "na\u00efve caf\u00e9".encode())

Spec = namedtuple("Spec", "name dtype shape kind")
Spec.__doc__ = """A tensor that is asked for: `dtype` as NumPy's name or "string"; `shape` with None for what is not
known, or None; `kind`: "dense", "sparse" or "ragged"."""


class Inputs:
    """Gives arrays for specs.

    Args:
        given: the user's own arrays, by the names of inputs; they count in place of derived ones.
        texts: what those are that the model takes, as in subject.py; sentences where nothing is said.
    """

    def __init__(self, given, texts=None):
        self._given = given
        self._texts = texts or {"content": "sentence"}

    def arrays(self, specs, rows=ROWS):
        """An array for each spec, in order. The user's own are cut to `rows` only where there are fewer rows wanted."""
        lone = len(specs) == 1
        return [self._array(number, spec, rows, lone) for number, spec in enumerate(specs)]

    def _array(self, number, spec, rows, lone):
        if spec.name in self._given:
            return fit(self._given[spec.name], spec)[: rows if rows < ROWS else None]
        shape = sizes(spec, rows, lone)
        state = np.random.RandomState(zlib.crc32("{} {} {}".format(number, spec.dtype, shape[1:]).encode()) ^ _SEED)
        if spec.dtype == "string":
            texts = self._strings(int(np.prod(shape, dtype=np.int64)), state)
            return np.array([*texts, None], object)[:-1].reshape(shape)
        return _drawn(spec.dtype, shape, state)

    def _strings(self, count, state):
        """As many texts, as bytes."""
        content = self._texts["content"]
        if content == "example":
            return [_example(self._texts, place, state) for place in range(count)]
        if content == "image":
            return [_image(place) for place in range(count)]
        return [_sentence(place) for place in range(count)]


def read_given(path):
    """The user's own inputs; none where there is no file."""
    if not path:
        return {}
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def has_batch(spec):
    """Whether its first dimension can be of any size."""
    return bool(spec.shape) and spec.shape[0] is None


def sizes(spec, rows, lone=False):
    """The shape of the array for a spec."""
    if spec.shape is None:
        return (rows,)
    if lone and list(spec.shape) == [None] and spec.dtype == "float32":
        return (_SAMPLES,)
    inner = _INNER.get(len(spec.shape), ())
    unknown = [place for place, size in enumerate(spec.shape) if size is None and place > 0]
    stands_in = {place: inner[number] if number < len(inner) else _OTHER for number, place in enumerate(unknown)}
    return tuple(
        (rows if place == 0 else stands_in[place]) if size is None else size for place, size in enumerate(spec.shape)
    )


def fit(array, spec):
    """The user's array in the dtype that is asked for; texts as bytes."""
    if spec.dtype == "string":
        flat = [one if isinstance(one, bytes) else str(one).encode() for one in np.asarray(array).ravel().tolist()]
        return np.array(flat, dtype=object).reshape(np.shape(array))
    return np.asarray(array).astype(known(spec.dtype))


def known(dtype):
    """The NumPy type in which such numbers are made: NumPy has no bfloat16, for instance."""
    try:
        numbers = np.dtype(dtype)
    except TypeError:
        return "float32"
    return numbers.name if numbers.kind in _OF_NUMPY else "float32"


def _drawn(dtype, shape, state):
    if dtype in ("resource", "variant"):
        raise Blocked("An input is of {}, which nothing can be made for.".format(dtype))
    if dtype == "bool":
        return state.uniform(size=shape) < 0.5
    dtype = known(dtype)
    kind = np.dtype(dtype).kind
    if kind == "u" and np.dtype(dtype).itemsize == 1:
        return state.randint(0, 256, size=shape).astype(dtype)
    if kind in "iu" and not shape:
        return np.ones(shape, dtype)  # a number of steps, beams or results: of none of them, nothing follows
    if kind in "iu":
        return state.randint(0, 2, size=shape).astype(dtype)
    return state.uniform(size=shape).astype(dtype)


def _sentence(place):
    return _TEXTS[place % len(_TEXTS)]


def _image(place):
    """The file of a small PNG image of colours, one colour per row; every decoder of images of TensorFlow takes it."""
    rows = [
        bytes([0] + [(40 * place + 7 * row + 80 * colour) % 256 for colour in range(3)] * _PIXELS)
        for row in range(_PIXELS)
    ]
    header = struct.pack(">2I5B", _PIXELS, _PIXELS, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _example(texts, place, state):
    """A serialized tf.train.Example with all the features that the model reads."""
    train = importlib.import_module("tensorflow").train
    features = {}
    for feature in texts["features"]:
        name, size = feature["name"], feature["size"]
        if feature["dtype"] == "string":
            make = _image if texts["images"] else _sentence
            features[name] = train.Feature(bytes_list=train.BytesList(value=[make(place + one) for one in range(size)]))
        elif feature["dtype"] == "int64":
            features[name] = train.Feature(int64_list=train.Int64List(value=state.randint(0, 2, size=size).tolist()))
        else:
            features[name] = train.Feature(float_list=train.FloatList(value=state.uniform(size=size).tolist()))
    return train.Example(features=train.Features(feature=features)).SerializeToString()
