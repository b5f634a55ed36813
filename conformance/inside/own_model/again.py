"""What a fresh process is asked about a model that was saved again."""

import numpy as np

from conformance.inside.own_model import calls
from conformance.inside.own_model.inputs import Spec


def of_signature(tf, hub, path, signature, arrays, specs):
    """hub.load(path).signatures[signature] of those arrays, in kinds that travel between processes."""
    loaded = hub.load(path)
    outputs = calls.arrays_of(calls.of_signature(tf, loaded, signature, arrays, [Spec(*spec) for spec in specs]))
    return {name: portable(array) for name, array in outputs.items()}


def portable(array):
    """The array, in float32 where its numbers are none of NumPy's own: bfloat16 and its like."""
    array = np.asarray(array)
    return array if array.dtype.kind in "biufcSUO" else array.astype(np.float32)
