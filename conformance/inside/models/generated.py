"""Small models that hypothesis draws: what one is made of, what it computes in NumPy, and how TensorFlow builds it."""

from collections import namedtuple

import numpy as np
from hypothesis import strategies as st

Blueprint = namedtuple("Blueprint", "signature input output features dtype layers batches")
Blueprint.__doc__ = """A model in words that can be read, kept and typed in again.

signature, input, output: names. features: width of the input. dtype: of input and output.
layers: ("dense", units, seed), ("relu",), ("shift", number) or ("reverse",), applied in order.
batches: sizes of the batches to try.
"""

_names = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True)
_layers = st.lists(
    st.one_of(
        st.tuples(st.just("dense"), st.integers(1, 4), st.integers(0, 99)),
        st.just(("relu",)),
        st.tuples(st.just("shift"), st.integers(-3, 3)),
        st.just(("reverse",)),
    ),
    min_size=1,
    max_size=4,
).map(tuple)

blueprints = st.builds(
    Blueprint,
    signature=_names,
    input=_names,
    output=_names,
    features=st.integers(1, 4),
    dtype=st.sampled_from(["float32", "float64", "int32"]),
    layers=_layers,
    batches=st.lists(st.integers(0, 5), min_size=1, max_size=2).map(tuple),
)


def weights(blueprint):
    """The kernel of each dense layer, in order: whole numbers from -3 to 3, exact in every dtype."""
    width, kernels = blueprint.features, []
    for layer in blueprint.layers:
        if layer[0] == "dense":
            draw = np.random.RandomState(layer[2]).randint(-3, 4, size=(width, layer[1]))
            kernels.append(draw.astype(blueprint.dtype))
            width = layer[1]
    return kernels


def batch(blueprint, size):
    """An input of `size` rows: whole numbers, none equal to its neighbours."""
    values = np.arange(size * blueprint.features).reshape(size, blueprint.features)
    return (values % 7 - 3).astype(blueprint.dtype)


def expected(blueprint, inputs):
    """What the model computes, by NumPy: exact, since all numbers are whole and small."""
    values, kernels = inputs, iter(weights(blueprint))
    for layer in blueprint.layers:
        if layer[0] == "dense":
            values = values @ next(kernels)
        elif layer[0] == "relu":
            values = np.maximum(values, np.zeros((), values.dtype))
        elif layer[0] == "shift":
            values = values + np.asarray(layer[1], values.dtype)
        else:
            values = values[:, ::-1]
    return values.astype(blueprint.dtype)


def compute(tf, blueprint, inputs, kernels):
    """The same out of TensorFlow's ops; `kernels` are the variables made from `weights`."""
    values, kernels = inputs, iter(kernels)
    for layer in blueprint.layers:
        if layer[0] == "dense":
            values = tf.matmul(values, next(kernels))
        elif layer[0] == "relu":
            values = tf.nn.relu(values)
        elif layer[0] == "shift":
            values = values + tf.constant(layer[1], values.dtype)
        else:
            values = tf.reverse(values, [1])
    return tf.identity(values)


def module_spec(tf, hub, blueprint):
    """The blueprint as a module in the TF1 Hub format."""

    def module_fn():
        inputs = tf.placeholder(blueprint.dtype, [None, blueprint.features])
        kernels = [
            tf.get_variable("kernel_%d" % number, initializer=kernel)
            for number, kernel in enumerate(weights(blueprint))
        ]
        outputs = compute(tf, blueprint, inputs, kernels)
        hub.add_signature(blueprint.signature, {blueprint.input: inputs}, {blueprint.output: outputs})

    return hub.create_module_spec(module_fn)


def saved_model(tf, blueprint):
    """The blueprint as an object for tf.saved_model.save, and its signatures."""

    class Generated(tf.Module):
        def __init__(self):
            super(Generated, self).__init__()
            self.kernels = [tf.Variable(kernel) for kernel in weights(blueprint)]

        @tf.function(input_signature=[tf.TensorSpec([None, blueprint.features], blueprint.dtype, blueprint.input)])
        def __call__(self, inputs):
            return compute(tf, blueprint, inputs, self.kernels)

    model = Generated()

    @tf.function(input_signature=[tf.TensorSpec([None, blueprint.features], blueprint.dtype, blueprint.input)])
    def signature(inputs):
        return {blueprint.output: model(inputs)}

    return model, {blueprint.signature: signature}
