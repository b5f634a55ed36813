"""Surroundings of a call, as data: what users put around the documented calls.

A surrounding takes TensorFlow, in the names of the cell's mode, and a call (tensor -> tensor, [batch, ...] each), and
gives a call that makes the first one inside it. Whatever it is, the values must stay what they are outside. Where it
has to be there before the model is loaded, it is a `scope`: a context manager around both.
"""

import contextlib
import threading
from collections import namedtuple

import numpy as np

from conformance.inside.probe import public
from conformance.inside.probes.api import v2

Surrounding = namedtuple("Surrounding", "name wrap scope alone trains")
Surrounding.__doc__ = """One row of the table.

name: also the `way` of the claims on surroundings.
wrap: (tf, call) -> call. scope: tf -> a context manager, or None.
alone: whether the inner call may see other batches than the outer one, or be made more often than once.
trains: whether a step taken by a tape is tried in it: it is ordinary use, and not the same graph as in another row.
"""


def _row(name, wrap=lambda tf, call: call, scope=None, alone=False, trains=True):
    return Surrounding(name, wrap, scope, alone, trains)


def function(tf, call):
    """A tf.function."""
    return _function()(call)


def function_of_any_batch(tf, call):
    """A tf.function whose input_signature leaves the batch open, so that it is traced once."""

    def compute(inputs):
        shape = [None] + inputs.shape.as_list()[1:]
        return _function()(call, input_signature=[tf.TensorSpec(shape, inputs.dtype)])(inputs)

    return compute


def nested_function(tf, call):
    """A tf.function without AutoGraph, inside another."""
    inner = _function()(call, autograph=False)
    return _function()(lambda inputs: inner(inputs))


def xla(tf, call):
    """A function that XLA compiles, by whatever name the release has for it."""
    for option in ("jit_compile", "experimental_compile"):
        try:
            return _function()(call, **{option: True})
        except TypeError:
            continue
    return lambda inputs: public(tf, "xla.experimental.compile")(call, [inputs])[0]


def map_fn(tf, call):
    """tf.map_fn, row by row."""
    return lambda inputs: tf.map_fn(lambda row: call(tf.expand_dims(row, 0))[0], inputs, dtype=tf.float32)


def vectorized_map(tf, call):
    """tf.vectorized_map, row by row."""
    return lambda inputs: public(tf, "vectorized_map")(lambda row: call(tf.expand_dims(row, 0))[0], inputs)


def cond(tf, call):
    """The branch of a tf.cond that is taken; the other one gives the opposite."""
    branch = _function() if tf.executing_eagerly() else lambda compute: compute
    return branch(lambda inputs: tf.cond(tf.size(inputs) > 0, lambda: call(inputs), lambda: -call(inputs)))


def while_loop(tf, call):
    """The body of a tf.while_loop that runs twice."""

    def compute(inputs):
        start = (tf.constant(0), tf.zeros_like(call(inputs)))
        return tf.while_loop(lambda step, _: step < 2, lambda step, _: (step + 1, call(inputs)), start)[1]

    return _function()(compute) if tf.executing_eagerly() else compute


def data_map(tf, call):
    """Dataset.map with parallel calls, over batches of two and what remains."""

    def compute(inputs):
        whole = tf.data.Dataset.from_tensor_slices(inputs)
        return tf.concat(list(whole.batch(3).map(call, num_parallel_calls=2).prefetch(1)), 0)

    return compute


def threads(tf, call):
    """Four threads at once; if they disagree, the outputs of all."""

    def compute(inputs):
        found, errors = [], []

        def work():
            try:
                found.append(call(inputs))
            except Exception as error:
                errors.append(error)

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if errors:
            raise errors[0]
        return found[0] if all(np.array_equal(one.numpy(), found[0].numpy()) for one in found) else tf.stack(found)

    return compute


def under(context):
    """A surrounding that is a context manager around each call: `context` makes it of tf and the inputs."""

    def wrap(tf, call):
        def compute(inputs):
            with context(tf, inputs):
                return call(inputs)

        return compute

    return wrap


def recompute_grad(tf, call):
    """tf.recompute_grad, which computes once more on the way back instead of keeping activations."""
    return public(tf, "recompute_grad")(call)


def py_function(tf, call):
    """tf.py_function."""
    return lambda inputs: tf.py_function(call, [inputs], tf.float32)


def replica(make):
    """One replica's function of a distribution strategy, in whose scope the model was loaded."""

    def wrap(tf, call):
        strategy = public(tf, "distribute.get_strategy")()
        run = getattr(strategy, "run", None) or strategy.experimental_run_v2

        def compute(inputs):
            return run(call, args=(inputs,))

        return _function()(compute) if tf.executing_eagerly() else compute

    return {"wrap": wrap, "scope": lambda tf: make(tf).scope()}


@contextlib.contextmanager
def functions_eagerly(tf, inputs=None):
    """tf.config.run_functions_eagerly(True), by whatever name the release has for it."""
    config = public(tf, "config")
    switch = getattr(config, "run_functions_eagerly", None) or public(config, "experimental_run_functions_eagerly")
    switch(True)
    try:
        yield
    finally:
        switch(False)


@contextlib.contextmanager
def float_of_keras(tf, name):
    """tf.keras.backend.set_floatx(name)."""
    backend = public(tf, "keras.backend")
    backend.set_floatx(name)
    try:
        yield
    finally:
        backend.set_floatx("float32")


@contextlib.contextmanager
def policy(tf, name):
    """The global dtype policy of Keras, by whatever name the release has for setting it."""
    mixed = public(tf, "keras.mixed_precision")
    switch = getattr(mixed, "set_global_policy", None) or public(mixed, "experimental.set_policy")
    switch(name)
    try:
        yield
    finally:
        switch("float32")


def _mirrored(tf):
    return public(tf, "distribute.MirroredStrategy")(["/cpu:0"])


def _function():
    return public(v2(), "function")


ROWS = [
    _row("function", function),
    _row("function-of-any-batch", function_of_any_batch, trains=False),
    _row("nested-function", nested_function, trains=False),
    _row("xla", xla),
    _row("map-fn", map_fn, alone=True),
    _row("vectorized-map", vectorized_map, alone=True, trains=False),
    _row("cond", cond, trains=False),
    _row("while-loop", while_loop, alone=True, trains=False),
    _row("data-map", data_map, alone=True, trains=False),
    _row("threads", threads, alone=True, trains=False),
    _row("device", under(lambda tf, inputs: tf.device("/cpu:0")), trains=False),
    _row("name-scope", under(lambda tf, inputs: v2().name_scope("around")), trains=False),
    _row(
        "control-dependencies", under(lambda tf, inputs: tf.control_dependencies([tf.identity(inputs)])), trains=False
    ),
    # Once a model has been called, tf.recompute_grad gives its variables no gradient: so it gets one of its own.
    _row("recompute-grad", recompute_grad, scope=lambda tf: tf.device(None)),
    _row("py-function", py_function, trains=False),
    _row("functions-eagerly", under(functions_eagerly)),
    _row(
        "mirrored-strategy", **replica(lambda tf: public(tf, "distribute.MirroredStrategy")(["/cpu:0"])), trains=False
    ),
    _row("mixed-float16", scope=lambda tf: policy(tf, "mixed_float16")),
    _row("mixed-bfloat16", scope=lambda tf: policy(tf, "mixed_bfloat16"), trains=False),
    _row("float64-of-keras", scope=lambda tf: float_of_keras(tf, "float64"), trains=False),
]

BY_NAME = {row.name: row for row in ROWS}
# Where Keras decides on the dtype of what a layer gets, and so of what the model gets.
OF_DTYPES = ["mixed-float16", "mixed-bfloat16", "float64-of-keras"]
OF_HUB_LOAD = [row.name for row in ROWS if row.name not in OF_DTYPES]
# What is given its own small part of the table, because the rest shows little more.
OF_LAYER = ["function", "functions-eagerly"] + OF_DTYPES
OF_TEXT = ["function", "data-map"]
OF_SIGNATURE = ["function", "xla", "while-loop", "data-map", "functions-eagerly"]
OF_SIGNATURE_LAYER = ["mixed-float16"]
OF_LAYER_TRAINING = [row.name for row in ROWS if row.trains]


def with_models(names):
    """Pairs these surroundings with the model to train: a batch's own statistics need the whole batch, once."""
    return [(name, "tf2-dense" if BY_NAME[name].alone else "tf2-batchnorm") for name in names]
