"""TF1 Hub format, creation: what the guides and the library say beside the page."""

import os

import pytest

from conformance.inside import checks
from conformance.inside.fresh import loading
from conformance.inside.models import reference, tf1_hub
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps, subjects


@probe("tf1-hub.create.tf1.module-spec.initializers", "literal")
def test_module_from_spec(tf, hub, run, tmp_path):
    """hub.Module(spec) of a spec just created: its variables start as the model's code initializes them."""
    public(hub, "create_module_spec")
    module = public(hub, "Module")(tf1_hub.signatures(tf, hub, str(tmp_path)))
    double = module(tf.constant(reference.INPUTS), signature="double", as_dict=True)
    checks.same_outputs(run(double), reference.doubled(reference.INPUTS), "the spec's signature is applied")
    run(tf.assign(module.variable_map["kernel"], tf.zeros_like(reference.KERNEL)))
    run(tf.global_variables_initializer())
    checks.same_outputs(run(double), reference.doubled(reference.INPUTS), "the initializers are the model's own")


@probe("tf1-hub.create.tf1.module-spec.export", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_export_of_a_tuned_module(tf, hub, role, handle, outlives, tmp_path):
    """A loaded module, tuned for one step with its update ops, is exported: both graphs come back with its values."""
    path = str(tmp_path / "tuned")
    expected = subjects.training(role)
    with tf.Graph().as_default(), tf.Session() as session:
        module = public(hub, "Module")(handle, trainable=True, tags=["train"])
        outputs = module(tf.constant(expected.inputs))
        penalty = tf.add_n(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))
        loss = steps.mean_squared_error(tf, outputs, expected.targets) + penalty
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        train = steps.train_op(tf, loss, tf.trainable_variables(), updates)
        session.run(tf.global_variables_initializer())
        session.run(train)
        module.export(path, session)
    with tf.Graph().as_default(), tf.Session() as session:
        inputs = tf.constant(reference.OTHER_INPUTS)
        inference, training = hub.Module(path)(inputs), hub.Module(path, tags=["train"])(inputs)
        session.run(tf.global_variables_initializer())
        tuned = [expected.trained[name] for name in ("kernel", "gamma", "beta")]
        averages = [expected.updated[name] for name in ("moving_mean", "moving_variance")]
        wanted = reference.batchnorm(reference.OTHER_INPUTS, *(tuned + averages))
        checks.equal(session.run(inference), wanted, "the tuned weights and moved averages come back")
        wanted = reference.batchnorm_training(reference.OTHER_INPUTS, *tuned)
        checks.equal(session.run(training), wanted, "the train graph is exported as well")
    tuned = reference.batchnorm(reference.OTHER_INPUTS, *(tuned + averages))
    outlives(path, load=loading.hub_module, batches=[reference.OTHER_INPUTS], expected=[tuned])
    outlives(path, load=loading.hub_module, batches=[reference.OTHER_INPUTS], expected=[wanted], tags=["train"])


@probe("tf1-hub.create.tf1.module-spec.export", "literal")
@pytest.mark.parametrize("model", ["tf1-text", "tf1-signatures", "tf1-sparse"])
def test_export_of_a_loaded_module(tf, hub, run, role, handle, outlives, tmp_path):
    """A loaded module is exported once more: signatures, assets and tables come along."""
    path = str(tmp_path / "again")
    with tf.Graph().as_default(), tf.Session() as session:
        module = public(hub, "Module")(handle)
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        module.export(path, session)
    again = hub.Module(path)
    names = [sorted(each.get_signature_names()) for each in (again, hub.load_module_spec(handle))]
    checks.holds(names[0] == names[1], "the signatures are the same", names)
    if role == "sparse":
        outputs = again(steps.sparse(tf, reference.INPUTS))
        checks.equal(run(outputs), reference.product(reference.INPUTS), "inference equals NumPy's")
    else:
        steps.check_inference_in_graph(tf, run, role, again)
        outlives(path, role, load=loading.hub_module)


@probe("tf1-hub.create.tf1.module-spec.export", "implied")
def test_export_of_a_checkpoint(tf, hub, run, outlives, tmp_path):
    """spec.export(path, checkpoint_path=...) makes a module of values that were trained and saved elsewhere."""
    path, checkpoint = str(tmp_path / "model"), str(tmp_path / "saved")
    trained = -0.5 * reference.KERNEL
    public(hub, "create_module_spec")
    spec = tf1_hub.signatures(tf, hub, str(tmp_path))
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable("kernel", initializer=trained)
        session.run(tf.global_variables_initializer())
        saved = tf.train.Saver().save(session, checkpoint)
    spec.export(path, checkpoint_path=saved)
    outputs = hub.Module(path)(tf.constant(reference.INPUTS))
    expected = -0.5 * reference.product(reference.INPUTS)
    checks.equal(run(outputs), expected, "the checkpoint's values are exported")
    outlives(path, load=loading.hub_module, batches=[reference.INPUTS], expected=[expected])


@probe("tf1-hub.create.tf1.module-spec.latest-exporter", "literal")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_latest_exporter(tf, hub, run, role, handle, outlives, tmp_path):
    """hub.register_module_for_export in an Estimator's model_fn; hub.LatestModuleExporter exports what it trained."""
    expected = subjects.training(role)
    register = public(hub, "register_module_for_export")
    estimators = public(tf, "estimator")

    def model_fn(features, labels, mode):
        module = hub.Module(handle, trainable=True)
        register(module, "tuned")
        outputs = module(features["inputs"])
        if labels is None:
            return estimators.EstimatorSpec(mode, predictions=outputs)
        loss = steps.mean_squared_error(tf, outputs, labels) + tf.losses.get_regularization_loss()
        optimizer = tf.train.GradientDescentOptimizer(subjects.RATE)
        return estimators.EstimatorSpec(mode, loss=loss, train_op=optimizer.minimize(loss, tf.train.get_global_step()))

    def serving():
        inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
        return estimators.export.ServingInputReceiver({"inputs": inputs}, {"inputs": inputs})

    estimator = estimators.Estimator(model_fn, str(tmp_path / "estimator"))
    estimator.train(lambda: ({"inputs": tf.constant(expected.inputs)}, tf.constant(expected.targets)), steps=1)
    path = public(hub, "LatestModuleExporter")("latest", serving).export(estimator, str(tmp_path / "exported"))
    path = os.path.join(tf.compat.as_text(path), "tuned")
    outputs = hub.Module(path)(tf.constant(reference.OTHER_INPUTS))
    tuned = reference.dense(reference.OTHER_INPUTS, expected.trained["kernel"], expected.trained["bias"])
    checks.equal(run(outputs), tuned, "the latest checkpoint's values are exported")
    outlives(path, load=loading.hub_module, batches=[reference.OTHER_INPUTS], expected=[tuned])


@probe("tf1-hub.create.tf1.module-spec.tags-and-args", "literal")
def test_tags_and_args(tf, hub, outlives, tmp_path):
    """create_module_spec(module_fn, tags_and_args=[...]) builds a graph for each set of tags, by its arguments."""
    public(hub, "create_module_spec")
    path = str(tmp_path / "variants")

    def module_fn(factor, shift=0.0):
        inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
        kernel = tf.get_variable("kernel", initializer=reference.KERNEL)
        hub.add_signature(inputs=inputs, outputs=factor * tf.matmul(inputs, kernel) + shift)

    variants = [(set(), {"factor": 1.0}), ({"train"}, {"factor": 2.0}), ({"train", "tpu"}, {"factor": 3.0, "shift": 1})]
    spec = hub.create_module_spec(module_fn, tags_and_args=variants)
    with tf.Graph().as_default(), tf.Session() as session:
        module = public(hub, "Module")(spec)
        session.run(tf.global_variables_initializer())
        module.export(path, session)
    product = reference.product(reference.INPUTS)
    for source in (spec, path):
        with tf.Graph().as_default(), tf.Session() as session:
            outputs = [hub.Module(source, tags=tags)(tf.constant(reference.INPUTS)) for tags, _ in variants]
            session.run(tf.global_variables_initializer())
            for got, factor, shift in zip(session.run(outputs), (1, 2, 3), (0, 0, 1)):
                checks.equal(got, factor * product + shift, "each variant is built with its own arguments")
    asked = {"load": loading.hub_module, "batches": [reference.INPUTS]}
    outlives(path, expected=[3 * product + 1], tags=["train", "tpu"], **asked)


@probe("tf1-hub.create.tf1.module-spec.marker", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_marker(tf, hub, handle, tmp_path):
    """An exported module has a tfhub_module.pb beside saved_model.pb; a TF2 SavedModel has none."""
    path = str(tmp_path / "model")
    public(hub, "Module")
    tf1_hub.export(tf, hub, tf1_hub.dense, path, str(tmp_path))
    names = {folder: sorted(os.listdir(folder)) for folder in (path, handle)}
    checks.holds({"saved_model.pb", "tfhub_module.pb"} <= set(names[path]), "the marker is there", names[path])
    checks.holds("tfhub_module.pb" not in names[handle], "a TF2 SavedModel has no marker", names[handle])
