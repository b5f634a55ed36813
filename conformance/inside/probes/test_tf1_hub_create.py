"""TF1 Hub format, creation: what is made here is loaded back and compared with NumPy."""

import os

import pytest

from conformance.inside import checks
from conformance.inside.fresh import loading
from conformance.inside.models import reference, tf1_hub
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import steps, subjects
from conformance.inside.probes.refusals import NOT_EAGERLY

ROLES = ["dense", "batchnorm", "signatures", "text"]


@probe("tf1-hub.create.tf1.module-spec", "literal")
@pytest.mark.parametrize("role", ROLES)
def test_module_spec(tf, hub, run, role, outlives, tmp_path):
    """hub.create_module_spec(module_fn); hub.Module(spec).export(path, session); then hub.Module(path)(inputs)."""
    _check_creation(tf, hub, run, role, outlives, tmp_path)


@probe("tf1-hub.create.tf1.module-spec", "implied")
def test_export_after_fine_tuning(tf, hub, run, outlives, tmp_path):
    """A module is fine-tuned and exported again: the tuned values come back, not the original ones."""
    expected = subjects.training("dense")
    path = str(tmp_path / "tuned")
    with tf.Graph().as_default():
        spec = tf1_hub.dense(tf, hub, str(tmp_path))
        module = public(hub, "Module")(spec, trainable=True)
        outputs = module(tf.constant(expected.inputs))
        penalty = tf.add_n(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))
        loss = steps.mean_squared_error(tf, outputs, expected.targets) + penalty
        train = steps.train_op(tf, loss, tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(train)
            module.export(path, session)
    got = run(hub.Module(path)(tf.constant(reference.OTHER_INPUTS)))
    tuned = reference.dense(reference.OTHER_INPUTS, expected.trained["kernel"], expected.trained["bias"])
    checks.equal(got, tuned, "the tuned values come back")
    outlives(path, load=loading.hub_module, batches=[reference.OTHER_INPUTS], expected=[tuned])


@probe("tf1-hub.create.tf1.partial-in-tf2", "literal")
def test_layers_and_tags(tf, hub, run, outlives, tmp_path):
    """The same with tf.layers and a train tag: batch normalization, update ops and a regularizer."""
    _check_creation(tf, hub, run, "layers", outlives, tmp_path)
    with tf.Graph().as_default():
        module = hub.Module(str(tmp_path / "model"), trainable=True, tags=["train"])
        module(tf.constant(reference.INPUTS))
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
        checks.holds(len(updates) == 2, "the train graph has an update op per moving average", updates)
        checks.holds(len(losses) == 1, "the train graph has the regularization loss", losses)


@probe("tf1-hub.create.tf2", "literal", way="eager")
@rejects(*NOT_EAGERLY)
def test_eagerly(tf, hub, tmp_path):
    """hub.create_module_spec, hub.Module and export as TF2 is imported, with no graph around them."""
    public(hub, "Module")
    v1 = public(tf, "compat.v1")
    module = hub.Module(tf1_hub.dense(v1, hub, str(tmp_path)))
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        module.export(str(tmp_path / "model"), session)
    _check_loaded_eagerly(tf, hub, "dense", str(tmp_path / "model"))


@probe("tf1-hub.create.tf2", "literal", way="graph")
@pytest.mark.parametrize("role", ROLES)
def test_inside_a_graph(tf, hub, role, outlives, tmp_path):
    """The same inside a tf.Graph and a tf.compat.v1.Session, with v2 behaviour on; loaded back with hub.load."""
    public(hub, "Module")
    path = str(tmp_path / "model")
    tf1_hub.export(public(tf, "compat.v1"), hub, tf1_hub.RECIPES[role], path, str(tmp_path))
    _check_is_tf1_format(path)
    _check_loaded_eagerly(tf, hub, role, path)
    outlives(path, role, signature="default")


def _check_creation(tf, hub, run, role, outlives, tmp_path):
    public(hub, "create_module_spec")
    public(hub, "Module")
    path = str(tmp_path / "model")
    tf1_hub.export(tf, hub, tf1_hub.RECIPES[role], path, str(tmp_path))
    _check_is_tf1_format(path)
    if role == "text":  # only an asset that travels with the module survives its source
        os.remove(str(tmp_path / "vocabulary.txt"))
    steps.check_inference_in_graph(tf, run, role, hub.Module(path))
    outlives(path, role, load=loading.hub_module)


def _check_loaded_eagerly(tf, hub, role, path):
    loaded = hub.load(path)
    steps.check_inference_eagerly(tf, role, lambda inputs: loaded.signatures["default"](inputs)["default"])


def _check_is_tf1_format(path):
    names = sorted(os.listdir(path))
    checks.holds("tfhub_module.pb" in names, "a tfhub_module.pb marks the TF1 Hub format", names)
