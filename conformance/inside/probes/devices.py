"""What a fresh process with two virtual devices is asked: the process has to have them before TensorFlow starts."""

import numpy as np

from conformance.inside.models import reference
from conformance.inside.probes import subjects


def two_cpus(tf, hub):
    """Splits the CPU into two devices."""
    config = tf.config
    listing = getattr(config, "list_physical_devices", None) or config.experimental.list_physical_devices
    [cpu] = listing("CPU")
    one = config.experimental.VirtualDeviceConfiguration
    config.experimental.set_virtual_device_configuration(cpu, [one(), one()])


def fit(tf, hub, path, in_scope, **options):
    """A hub.KerasLayer in a tf.keras.Sequential, compiled in the scope of a MirroredStrategy and fitted for one step.

    Returns:
        its `loss`, and the `weights` of the layer by name before and after.
    """
    keras = tf.keras
    options = dict({"trainable": True, "input_shape": [reference.FEATURES]}, **options)
    strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
    layer = None if in_scope else hub.KerasLayer(path, **options)
    with strategy.scope():
        layer = layer or hub.KerasLayer(path, **options)
        model = keras.Sequential([layer])
        model.compile(keras.optimizers.SGD(subjects.RATE), "mse")
    names = [weight.name for weight in layer.weights]
    before = dict(zip(names, layer.get_weights()))
    data = tf.data.Dataset.from_tensor_slices((reference.INPUTS, reference.TARGETS)).batch(4)
    history = model.fit(data.repeat(), steps_per_epoch=1, epochs=1, verbose=0)
    return history.history["loss"][0], before, dict(zip(names, layer.get_weights()))


def step(tf, hub, path):
    """hub.load in the scope of a MirroredStrategy, and an own step in its run(), each replica with half of the batch.

    Returns:
        the kernel's value after a step on the gradient of both replicas.
    """
    strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
    with strategy.scope():
        loaded = hub.load(path)
    run = getattr(strategy, "run", None) or strategy.experimental_run_v2
    kernel = next(variable for variable in loaded.trainable_variables if "kernel" in variable.name)

    def replica(inputs, targets):
        with tf.GradientTape() as tape:
            errors = tf.square(loaded(inputs, training=True) - targets)
            loss = tf.reduce_sum(errors) / np.float32(reference.TARGETS.size)
        return tape.gradient(loss, [kernel])[0]

    [batch] = strategy.experimental_distribute_dataset(
        tf.data.Dataset.from_tensor_slices((reference.INPUTS, reference.TARGETS)).batch(len(reference.INPUTS))
    )
    gradients = tf.function(lambda inputs, targets: run(replica, args=(inputs, targets)))(*batch)
    gradient = strategy.reduce(tf.distribute.ReduceOp.SUM, gradients, axis=None)
    with strategy.scope():
        kernel.assign_sub(subjects.RATE * gradient)
    return kernel.numpy()
