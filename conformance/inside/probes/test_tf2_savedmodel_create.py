"""TF2 SavedModel, creation: what is saved here is loaded back and compared with NumPy."""

import os

import pytest

from conformance.inside import checks
from conformance.inside.models import reference, tf2_savedmodel, tf2_structures
from conformance.inside.models import reference_structures as structures
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects
from conformance.inside.probes.api import v2
from conformance.inside.probes.refusals import CAPTURES_GRAPH_TENSOR

ROLES = ["dense", "batchnorm", "signatures", "text"]
STRUCTURES = ["image", "encoder", "lists", "plain"]


@pytest.fixture
def tf2_api(cell):
    """TensorFlow's v2 names."""
    return v2()


@probe("tf2-savedmodel.create.tf1.save", "literal")
@pytest.mark.parametrize("role", ROLES)
def test_save_from_compat_mode(cell, tf, hub, tf2_api, run, role, outlives, tmp_path):
    """tf.saved_model.save(module, path) of a tf.Module with v2 variables, in a session that has initialized them."""
    path = str(tmp_path / "model")
    model, signatures = tf2_savedmodel.RECIPES[role](tf2_api, str(tmp_path))
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        public(tf2_api, "saved_model.save")(model, path, signatures=signatures or None)
    tf.reset_default_graph()
    _check_saved(cell, tf, hub, run, role, path, str(tmp_path), outlives)


@probe("tf2-savedmodel.create.tf1.save", "implied")
@pytest.mark.parametrize("role", STRUCTURES)
def test_save_structures_from_compat_mode(tf, hub, tf2_api, run, role, tmp_path):
    """tf.saved_model.save of modules with images, dicts of integers, lists of several dtypes, and signatures only."""
    path = str(tmp_path / "model")
    model, signatures = tf2_structures.RECIPES[role](tf2_api, str(tmp_path))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        public(tf2_api, "saved_model.save")(model, path, signatures=signatures or None)
    tf.reset_default_graph()
    _check_structures(tf, run, role, public(hub, "load")(path))


@probe("tf2-savedmodel.create.tf1.save", "literal")
def test_save_keras_model_from_compat_mode(cell, tf, hub, keras, run, outlives, tmp_path):
    """tf.saved_model.save(model, path) of a tf.keras model."""
    path = str(tmp_path / "model")
    model = tf2_savedmodel.keras(keras)
    public(tf, "saved_model.save")(model, path)
    public(keras, "backend.clear_session")()
    _check_saved(cell, tf, hub, run, "keras", path, str(tmp_path), outlives)


@probe("tf2-savedmodel.create.tf1.save", "implied")
@rejects(*CAPTURES_GRAPH_TENSOR)
def test_save_tf1_variables(cell, tf, hub, run, outlives, tmp_path):
    """The same of a tf.Module whose variables are what compat mode makes of tf.Variable: reference variables."""
    path = str(tmp_path / "model")
    model, _ = tf2_savedmodel.dense(tf, str(tmp_path))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        public(tf, "saved_model.save")(model, path)
    tf.reset_default_graph()
    _check_saved(cell, tf, hub, run, "dense", path, str(tmp_path), outlives)


@probe("tf2-savedmodel.create.tf2.module", "literal")
@pytest.mark.parametrize("role", ROLES)
def test_save_module(cell, tf, hub, run, role, outlives, tmp_path):
    """tf.saved_model.save(module, path) of a tf.Module; then hub.load(path)(inputs)."""
    path = str(tmp_path / "model")
    model, signatures = tf2_savedmodel.RECIPES[role](tf, str(tmp_path))
    public(tf, "saved_model.save")(model, path, signatures=signatures or None)
    _check_saved(cell, tf, hub, run, role, path, str(tmp_path), outlives)
    if role != "signatures":
        _check_reusable(hub.load(path), subjects.training(role))


@probe("tf2-savedmodel.create.tf2.module", "implied")
@pytest.mark.parametrize("role", STRUCTURES)
def test_save_structures(tf, hub, run, role, tmp_path):
    """tf.saved_model.save of modules with images, dicts of integers, lists of several dtypes, and signatures only."""
    path = str(tmp_path / "model")
    tf2_savedmodel.save(tf, tf2_structures.RECIPES[role], path, str(tmp_path))
    _check_structures(tf, run, role, public(hub, "load")(path))


@probe("tf2-savedmodel.create.tf2.keras", "literal")
def test_save_keras_model(cell, tf, hub, keras, run, lost, outlives, tmp_path):
    """tf.saved_model.save(model, path) of a tf.keras model; then hub.load(path)(inputs)."""
    path = str(tmp_path / "model")
    public(tf, "saved_model.save")(tf2_savedmodel.keras(keras), path)
    loaded = public(hub, "load")(path)
    if not callable(loaded):
        lost("the saved model cannot be called once loaded; only its signature serving_default is left")
        signature = loaded.signatures["serving_default"]
        steps.check_inference_eagerly(tf, "keras", lambda inputs: next(iter(signature(inputs).values())))
        outlives(path, "keras", signature="serving_default")
        return
    _check_saved(cell, tf, hub, run, "keras", path, str(tmp_path), outlives)
    _check_reusable(loaded, subjects.training("keras"))


def _check_saved(cell, tf, hub, run, role, path, folder, outlives):
    """Loads the model back, without the files it was made from, and compares inference with NumPy."""
    names = sorted(os.listdir(path))
    checks.holds("saved_model.pb" in names, "a SavedModel has a saved_model.pb", names)
    checks.holds("tfhub_module.pb" not in names, "a TF2 SavedModel has no tfhub_module.pb", names)
    if role == "text":  # only an asset that travels with the model survives its source
        os.remove(os.path.join(folder, "vocabulary.txt"))
    loaded = public(hub, "load")(path)
    if role == "signatures":
        left, right = tf.constant(reference.INPUTS), tf.constant(reference.INPUTS[::-1])
        expected = reference.paired(reference.INPUTS, reference.INPUTS[::-1])
        called, doubled = loaded({"left": left, "right": right}), loaded.signatures["double"](left)
        checks.same_outputs(run(called), expected, "the call's dict of outputs equals NumPy's")
        checks.same_outputs(run(doubled), reference.doubled(reference.INPUTS), "a signature's outputs equal NumPy's")
        pair = [{"left": reference.INPUTS, "right": reference.INPUTS[::-1]}]
        outlives(path, batches=pair, expected=[expected])
    else:
        steps.check_inference(tf, cell, run, role, loaded)
        outlives(path, role)


def _check_structures(tf, run, role, loaded):
    """Inference of a model of tf2_structures equals NumPy's."""
    left, right = tf.constant(reference.INPUTS), tf.constant(reference.INPUTS[::-1])
    if role == "image":
        images = structures.PICTURES
        checks.equal(run(loaded(tf.constant(images))), structures.image(images), "feature vectors equal NumPy's")
    elif role == "encoder":
        tokens = {key: tf.constant(value) for key, value in structures.TOKENS.items()}
        got = run({"default": loaded(tokens), "training": loaded(tokens, training=True)})
        checks.same_outputs(got["default"], structures.encoder(structures.TOKENS), "outputs equal NumPy's")
        trained = structures.encoder(structures.TOKENS, training=True)
        checks.same_outputs(got["training"], trained, "outputs while training equal NumPy's")
    elif role == "lists":
        got = run(list(loaded([left, tf.constant(structures.NUMBERS)])))
        for one, expected in zip(got, structures.lists(reference.INPUTS, structures.NUMBERS)):
            checks.equal(one, expected, "each output of the list equals NumPy's")
    else:
        got = run(loaded.signatures["serving_default"](left=left, right=right))
        expected = reference.paired(reference.INPUTS, reference.INPUTS[::-1])
        checks.same_outputs(got, expected, "a signature's inputs are matched by their names")


def _check_reusable(loaded, expected):
    """The saved object keeps which variables train, its training behaviour and its regularization loss."""
    steps.check_roles(loaded.trainable_variables, expected.trained, "just these variables are saved as trainable")
    everything = list(expected.trained) + list(expected.kept) + list(expected.updated)
    steps.check_roles(loaded.variables, everything, "all variables are saved")
    if expected.regularization is not None:
        losses = [loss().numpy() for loss in loaded.regularization_losses]
        checks.equal(losses, [expected.regularization], "the regularization loss is saved")
        outputs = loaded(expected.inputs, training=True)
        checks.equal(outputs.numpy(), expected.outputs, "training behaviour is saved")
