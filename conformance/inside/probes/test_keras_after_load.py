"""What hub.load leaves behind in the process: Keras reads its own files afterwards as it did before."""

import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe
from conformance.inside.probes import keras_after

WAYS = [
    # way, model, file, whether it is read before the SavedModel
    ("with-optimizer", "tf2-slots", "model.keras", False),
    ("without-optimizer", "tf2-keras", "model.keras", False),
    ("file-first", "tf2-slots", "model.keras", True),
    ("h5", "tf2-slots", "model.h5", False),
]


@probe("tf2-savedmodel.load.tf2.leaves-keras-alone", "literal", way="{way}")
@pytest.mark.parametrize(("way", "model", "file", "file_first"), WAYS, ids=[row[0] for row in WAYS])
def test_keras_file(keras, fresh_processes, handle, tmp_path, way, file, file_first):
    """A file of a tf.keras model is loaded beside hub.load(handle), in a process of its own."""
    path = str(tmp_path / file)
    model = keras.Sequential([keras.layers.Input([reference.FEATURES]), keras.layers.Dense(reference.UNITS)])
    model.set_weights([reference.KERNEL, reference.BIAS])
    model.save(path)
    batches = [reference.INPUTS, reference.OTHER_INPUTS]
    process = fresh_processes.get("keras-after-" + way)
    found = process.ask(keras_after.load_model, path, batches, handle, file_first)
    for got, batch in zip(found["outputs"], batches):
        checks.equal(got, reference.dense(batch, scale=1.0), "the model that was loaded computes what was saved")
    checks.holds(found["of_tf_keras"], "what tf.keras loads is a tf.keras.Model", "another class")
