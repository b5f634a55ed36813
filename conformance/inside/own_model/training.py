"""One step of training of a model that nobody knows, by the mean squared error of its outputs of floats.

What they are trained towards are uneven numbers: towards zero, normalized outputs would have no gradient, for instance.

What is shown is that weights moved, and how many; whether they moved by the right amount only a known model can show.
"""

import importlib

import numpy as np

from conformance.inside import checks
from conformance.inside.own_model import calls
from conformance.inside.probe import Blocked, public

RATE = 0.01


def by_tape(tf, loaded, form, inputs, note, optimizer=None):
    """A step by a gradient tape, with the optimizer or by hand."""
    with tf.GradientTape() as tape:
        outputs = _outputs(tf, loaded, form, inputs)
        loss = _loss(tf, calls.parts(calls.flat(outputs)))
    # Only what says that it can be trained is meant; of a model that says nothing, what the tape itself watches.
    variables = list(getattr(loaded, "trainable_variables", None) or tape.watched_variables())
    checks.holds(bool(variables), "the loaded model has variables that can be trained", "none")
    before = _values(variables)
    gradients = tape.gradient(loss, variables)
    moving = [(gradient, one) for gradient, one in zip(gradients, variables) if gradient is not None]
    checks.holds(bool(moving), "the outputs depend on variables that can be trained", "no gradient")
    if optimizer is not None:
        optimizer.apply_gradients(moving)
    else:
        for gradient, one in moving:
            one.assign_sub(RATE * tf.convert_to_tensor(gradient))
    check_moved(before, _values(variables), note, float(loss))


def in_session(tf, outputs, note):
    """A step of gradient descent on the trainable variables of the default graph."""
    loss = _loss(tf, calls.parts(outputs))
    variables = tf.trainable_variables()
    checks.holds(bool(variables), "the module has variables that can be trained", "none")
    step = tf.train.GradientDescentOptimizer(RATE).minimize(loss)
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        before, value = session.run([variables, loss])
        session.run(step)
        check_moved(before, session.run(variables), note, value)


def by_fit(keras, model, given, note, rule):
    """One batch of one epoch.

    Args:
        rule: why there ought to be weights that it trains.
    """
    outputs = model.predict(given, verbose=0)
    if not isinstance(outputs, np.ndarray) or outputs.dtype.kind != "f":
        raise Blocked("fit() is tried on models with one output, of floats.")
    before_weights = _values(model.trainable_weights) if _eager() else model.get_weights()
    checks.holds(bool(model.trainable_weights), rule, "none, so that fit() would train nothing")
    model.compile(keras.optimizers.SGD(RATE), "mse")
    history = model.fit(given, _uneven(outputs), batch_size=len(outputs), epochs=1, verbose=0)
    after = _values(model.trainable_weights) if _eager() else model.get_weights()
    check_moved(before_weights, after, note, float(history.history["loss"][0]))


def check_moved(before, after, note, loss):
    """Checks that some weights moved and that all are finite, and notes how many."""
    checks.holds(np.isfinite(loss), "the loss is finite", loss)
    checks.holds(all(np.isfinite(one).all() for one in after), "the weights are finite after the step", "others")
    moved = sum(not np.array_equal(old, new) for old, new in zip(before, after))
    checks.holds(moved > 0, "a step of training moves weights", "none of {} moved".format(len(before)))
    note("{} of {} weights moved, at a loss of {:.6g}".format(moved, len(before), loss))


def sequential(tf, hub, keras, subject, form, inputs, options):
    """A tf.keras.Sequential of a hub.KerasLayer alone, and an array for it."""
    [spec] = calls.specs_of(form)
    [array] = inputs.arrays([spec])
    if form["signature"]:
        options = dict(options, signature=form["signature"], output_key=form["output"])
        options.pop("signature_outputs_as_dict")
    layer = public(hub, "KerasLayer")(
        subject.path, input_shape=array.shape[1:], dtype=getattr(tf, spec.dtype), **options
    )
    return keras.Sequential([layer]), _fed(tf, array)


def keras3_sequential(tf, keras, layer, form, inputs):
    """A Keras 3 Sequential of the layer alone, and an array for it."""
    [spec] = calls.specs_of(form)
    [array] = inputs.arrays([spec])
    model = keras.Sequential([keras.Input(array.shape[1:], dtype=spec.dtype), layer])
    return model, _fed(tf, array)


def _outputs(tf, loaded, form, inputs):
    if form["signature"]:
        specs = calls.specs_of(form)
        return calls.of_signature(tf, loaded, form["signature"], inputs.arrays(specs), specs)
    function = calls.concrete(loaded, True if calls.takes_training(loaded) else None)
    positional, named = calls.arguments(tf, function, inputs)
    return loaded(*positional, **named)


def _loss(tf, outputs):
    floats = [tf.cast(one, tf.float32) for one in outputs.values() if one.dtype.is_floating]
    losses = [tf.reduce_mean(tf.square(one - _uneven_like(tf, one))) for one in floats]
    if not losses:
        raise Blocked("No output is of floats, so that nothing can be trained by it.")
    return tf.add_n(losses)


def _uneven(outputs):
    """What the outputs are trained towards, as an array: 0 to 6 sevenths in turn."""
    return (np.arange(outputs.size) % 7 / 7).reshape(outputs.shape).astype(outputs.dtype)


def _uneven_like(tf, outputs):
    """The same as a tensor of float32, for a tensor whose size may not be known yet."""
    turns = tf.cast(tf.math.floormod(tf.range(tf.size(outputs)), 7), tf.float32)
    return tf.reshape(turns / 7.0, tf.shape(outputs))


def _values(variables):
    """Copies of what variables hold; of those of TensorFlow 2.0, numpy.array makes an object."""
    return [np.array(one.numpy()) for one in variables]


def _fed(tf, array):
    """An array as Keras takes it; texts as a tensor where it computes eagerly."""
    return tf.constant(array.tolist()) if array.dtype == object and tf.executing_eagerly() else array


def _eager():
    return importlib.import_module("tensorflow").executing_eagerly()
