"""What the fresh process is asked about two devices, which it has to have before TensorFlow starts."""

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


def fit_made_outside(tf, hub, path):
    """A hub.KerasLayer, then a MirroredStrategy with a Sequential of the layer in its scope; one step of fit().

    Returns:
        its `loss`, and the `weights` of the layer by name.
    """
    keras = tf.keras
    layer = hub.KerasLayer(path, trainable=True, input_shape=[reference.FEATURES])
    with _both(tf).scope():
        model = keras.Sequential([layer])
        model.compile(keras.optimizers.SGD(subjects.RATE), "mse")
    history = model.fit(reference.INPUTS, reference.TARGETS, batch_size=len(reference.INPUTS), epochs=1, verbose=0)
    return history.history["loss"][0], dict(zip([weight.name for weight in layer.weights], layer.get_weights()))


def step(tf, hub, path):
    """hub.KerasLayer in the scope of a MirroredStrategy, and an own step in its run().

    Each replica computes half of the batch.

    Returns:
        the kernel's value after a step on the gradient of both replicas.
    """
    strategy = _both(tf)
    with strategy.scope():
        layer = hub.KerasLayer(path, trainable=True)
    run = getattr(strategy, "run", None) or strategy.experimental_run_v2
    kernel = next(variable for variable in layer.trainable_variables if "kernel" in variable.name)

    def replica(inputs, targets):
        with tf.GradientTape() as tape:
            errors = tf.square(layer(inputs, training=True) - targets)
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


def estimator(tf, hub, path, folder):
    """An Estimator whose model_fn has a trainable hub.KerasLayer, with a MirroredStrategy; each device takes the whole
    batch once, and half of its gradient counts.

    Returns:
        the variables of its checkpoint, by name.
    """
    estimators = tf.estimator

    def model_fn(features, labels, mode):
        model = tf.keras.Sequential([hub.KerasLayer(path, trainable=True)])
        loss = tf.losses.mean_squared_error(labels, model(features, training=True))
        optimizer, step = tf.train.GradientDescentOptimizer(subjects.RATE), tf.train.get_or_create_global_step()
        train = optimizer.minimize(loss, var_list=model.trainable_weights, global_step=step)
        return estimators.EstimatorSpec(mode, loss=loss, train_op=train)

    batch = (reference.INPUTS, reference.TARGETS)
    config = estimators.RunConfig(train_distribute=_both(tf))
    trained = estimators.Estimator(model_fn, model_dir=folder, config=config)
    trained.train(lambda: tf.data.Dataset.from_tensors(batch).repeat(2), steps=1)
    names = [name for name in trained.get_variable_names() if name != "global_step"]
    return {name: trained.get_variable_value(name) for name in names}


def _both(tf):
    return tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
