"""What Keras keeps of a model with a SavedModel in a keras.layers.TFSMLayer: in a fresh process, its sources gone."""

import shutil

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.fresh import loading
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import subjects, tfsm

UNSAFE = ("ValueError", r"unsafe|safe_mode|safe mode")


@probe("tf2-savedmodel.create.tf2.tfsm-layer", "literal", way="keras-file")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_keras_file(tf, keras, fresh, role, source, tmp_path):
    """A changed model with a TFSMLayer, saved as .keras, is loaded with safe_mode=False."""
    path = str(tmp_path / "model.keras")
    _changed(tf, keras, source, role).save(path)
    _check(fresh.ask(tfsm.of_file, path, subjects.batches(role), safe_mode=False), role)


@probe("tf2-savedmodel.create.tf2.tfsm-layer", "literal", way="weights")
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_weights(tf, keras, fresh, role, source, tmp_path):
    """model.save_weights("m.weights.h5") of a changed model with a TFSMLayer, loaded into the model built anew."""
    path = str(tmp_path / "model.weights.h5")
    _changed(tf, keras, source, role).save_weights(path)
    _check(fresh.ask(tfsm.of_weights, path, subjects.batches(role), source, role), role)


@probe("tf2-savedmodel.create.tf2.tfsm-layer", "literal", way="export")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_export(tf, keras, fresh, role, source, tmp_path):
    """model.export(path) of a changed model with a TFSMLayer; hub.load(path).serve(inputs), the layer's model gone."""
    path = str(tmp_path / "exported")
    public(_changed(tf, keras, source, role), "export")(path)
    shutil.rmtree(source)
    _check(fresh.ask(loading.hub_load, path, subjects.batches(role), call="serve"), role)


@probe("tf2-savedmodel.create.tf2.tfsm-layer.safe-mode", "literal")
@rejects(*UNSAFE)
@pytest.mark.parametrize("model", ["tf2-batchnorm"])
def test_safe_mode(tf, keras, fresh, role, source, tmp_path):
    """The .keras file of a model with a TFSMLayer is loaded as any other is."""
    path = str(tmp_path / "model.keras")
    _changed(tf, keras, source, role).save(path)
    _check(fresh.ask(tfsm.of_file, path, subjects.batches(role)), role)


def _changed(tf, keras, source, role):
    """The model, a weight of its layer changed."""
    model = tfsm.build(tf, source, role)
    known = checks.by_role([(one.name, one) for one in model.weights])
    name, value = _change(role)
    checks.holds(name in known, "the layer has the model's weights", sorted(known))
    known[name].assign(value)
    return model


def _change(role):
    name, value = ("embedding", reference.EMBEDDING) if role == "text" else ("kernel", reference.KERNEL)
    return name, np.float32(-0.5) * value


def _check(found, role):
    name, value = _change(role)
    compute = reference.text if role == "text" else reference.batchnorm
    for got, batch in zip(found["outputs"], subjects.batches(role)):
        checks.equal(got, compute(batch, **{name: value}), "the outputs are those of the changed weight")
