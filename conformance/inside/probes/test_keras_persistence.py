"""Keras' own persistence of a model with a hub.KerasLayer in it: what a fresh process has of it."""

import contextlib
import os
import shutil

import pytest

from conformance.inside import checks
from conformance.inside.fresh.loading import keras_named
from conformance.inside.probe import FreshProcessError, WrongValues, probe, public, rejects
from conformance.inside.probes import hub_in_keras, keeping
from conformance.inside.probes.api import v2

CASES = [
    ("tf2-batchnorm", "h5"),
    ("tf2-dense", "checkpoint"),
    ("tf2-dense", "folder"),
    ("tf2-dense", "json"),
    ("tf2-dense", "keras-file"),
]


def files(*claims, keras_file_in_graphs):
    """By .h5 and .keras files; in graph mode, Keras writes the latter in some releases only, for which there is a claim
    of its own: a file that is never written refuses nothing."""
    in_graphs, eagerly = claims
    return pytest.mark.parametrize(
        "way",
        [
            pytest.param("h5", marks=probe((in_graphs, eagerly), "literal", way="h5")),
            pytest.param("keras-file", marks=probe((keras_file_in_graphs, eagerly), "literal", way="keras-file")),
        ],
    )


@pytest.fixture
def which(cell):
    """The Keras that hub.KerasLayer is a layer of: tf_keras where tf.keras is Keras 3."""
    return "tf_keras" if cell.keras == "keras3" else "keras"


@pytest.fixture
def its_keras(tf, which):
    """That Keras, without what earlier probes left in it."""
    module = keras_named(tf, which)
    module.backend.clear_session()
    return module


@pytest.fixture
def place(tmp_path):
    """The folder in which something is kept."""
    path = tmp_path / "kept"
    path.mkdir()
    return str(path)


@pytest.fixture(scope="session")
def kept(tf, hub, tmp_path_factory):
    """Gives the path of what one of the ways saves of a tuned model, the folder that its layer's handle names, and what
    the model was, by NumPy. It is saved once: who loads it is a fresh process, and changes nothing of it."""
    made = {}

    def get(keras, handle, role, way):
        if (role, way) not in made:
            public(hub, "KerasLayer")
            folder = str(tmp_path_factory.mktemp("kept"))
            source = shutil.copytree(handle, os.path.join(folder, "source"))
            os.mkdir(os.path.join(folder, "saved"))
            model = hub_in_keras.build(tf, hub, keras, source, role)
            known = hub_in_keras.tune(model, role)
            made[role, way] = keeping.WAYS[way].save(tf, model, os.path.join(folder, "saved")), source, known
        return made[role, way]

    return get


@contextlib.contextmanager
def gone(source):
    """The folder is not there meanwhile."""
    os.rename(source, source + "-elsewhere")
    try:
        yield
    finally:
        os.rename(source + "-elsewhere", source)


@probe("tf2-savedmodel.create.tf1.keras-persistence", "literal", way="{way}")
@probe("tf2-savedmodel.create.tf2.keras-persistence", "literal", way="{way}")
@pytest.mark.parametrize(("model", "way"), CASES)
def test_round_trip(its_keras, which, fresh, kept, role, handle, way):
    """A tf.keras.Sequential of a trainable hub.KerasLayer and a Dense layer, its weights changed, is saved in one of
    Keras' ways; in a fresh process it has the outputs, values, trainable weights and losses that it had."""
    path, source, known = kept(its_keras, handle, role, way)
    with gone(source) if keeping.WAYS[way].outlives else contextlib.ExitStack():
        _check_same(fresh.ask(keeping.WAYS[way].load, path, role, source, which), known)


@files(
    "tf2-savedmodel.create.tf1.keras-persistence.custom-objects",
    "tf2-savedmodel.create.tf2.keras-persistence.custom-objects",
    keras_file_in_graphs="tf2-savedmodel.create.tf1.keras-persistence.custom-objects.keras-file",
)
@rejects("ValueError", r"Unknown layer")
@rejects("TypeError", r"instance of class Layer|could not be deserialized|locate class")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_without_custom_objects(its_keras, which, fresh, kept, role, handle, way):
    """What names its layers is loaded without custom_objects={"KerasLayer": hub.KerasLayer}."""
    path, source, known = kept(its_keras, handle, role, way)
    _check_same(fresh.ask(keeping.unknown, path, role, source, which), known)


@files(
    "tf2-savedmodel.create.tf1.keras-persistence.handle-gone",
    "tf2-savedmodel.create.tf2.keras-persistence.handle-gone",
    keras_file_in_graphs="tf2-savedmodel.create.tf1.keras-persistence.handle-gone.keras-file",
)
@rejects("OSError", r"source does not exist")
@rejects("TypeError", r"source does not exist")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_handle_gone(its_keras, which, fresh, kept, role, handle, way):
    """What holds the layer's handle is loaded, with custom_objects, after the folder that the handle names is gone."""
    path, source, known = kept(its_keras, handle, role, way)
    with gone(source):
        _check_same(fresh.ask(keeping.WAYS[way].load, path, role, source, which), known)


@probe("tf2-savedmodel.create.tf1.keras-persistence.failed-save", "literal")
@probe("tf2-savedmodel.create.tf2.keras-persistence.failed-save", "literal")
def test_failed_save(tf, hub, its_keras, which, fresh, note, tmp_path, place):
    """A model whose variables share a name is saved as .h5: what that leaves is right, or cannot be loaded."""
    source = str(tmp_path / "source")
    _save_same_names(tf, source)
    model = hub_in_keras.build(tf, hub, its_keras, source, "same-names")
    known = hub_in_keras.tune(model, "same-names")
    path = os.path.join(place, "model.h5")
    try:
        model.save(path)
        failure = None
    except Exception as error:
        failure = error
        note("the save fails: {}: {}".format(type(error).__name__, error))
        if not os.path.exists(path):
            return
    try:
        found = fresh.ask(keeping.of_file, path, "same-names", source, which)
    except FreshProcessError as error:
        if failure is None:
            raise
        note("what it leaves cannot be loaded: {}".format(error))
        return
    if failure is not None:
        raise WrongValues(
            "a save that fails leaves nothing that loads: got a file that load_model accepts without a word, with the"
            " outputs\n{}\nexpected\n{}".format(found["outputs"][0], known.outputs[0])
        )
    _check_same(found, known)


def _check_same(found, known):
    """Outputs, values, what trains and the losses are those of the tuned model."""
    for got, expected in zip(found["outputs"], known.outputs):
        checks.equal(got, expected, "the outputs are those of the tuned model")
    values = [value for _, value in found["variables"]]
    checks.holds(len(values) == len(known.values), "all weights are there", found["variables"])
    for (name, value), expected in zip(found["variables"], known.values):
        checks.holds(value.tobytes() == expected.tobytes(), "{} has its tuned value, to the bit".format(name), value)
    names = sorted(name.split("/")[-1].split(":")[0].rstrip("_0123456789") for name in found["trainable"])
    checks.holds(names == known.trainable, "the same weights train", names)
    losses = [] if known.loss is None else [known.loss]
    checks.equal(found["losses"], losses, "the regularization loss comes back") if losses else checks.holds(
        not found["losses"], "there is no regularization loss", found["losses"]
    )


def _save_same_names(tf, path):
    """Saves that model to `path`, in the way of this mode."""
    api = v2()
    if tf.executing_eagerly():
        api.saved_model.save(hub_in_keras.same_names(api, "")[0], path)
        return
    with tf.Graph().as_default(), tf.Session() as session:
        model, _ = hub_in_keras.same_names(api, "")
        session.run(tf.global_variables_initializer())
        api.saved_model.save(model, path)
