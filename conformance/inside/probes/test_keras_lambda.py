"""A hub.Module inside a Keras Lambda layer, as TF1 programs used it: what Keras knows of it, and what it keeps."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import hearing


@pytest.fixture
def module_in_lambda(tf, hub, keras, handle):
    """The module, and a tf.keras.Sequential of it in a Lambda and a Dense layer, initialized in a session."""
    module = public(hub, "Module")(handle, trainable=True)
    layer = keras.layers.Lambda(lambda inputs: module(inputs), input_shape=[reference.FEATURES])
    model = keras.Sequential([layer, keras.layers.Dense(reference.UNITS, name="head")])
    session = keras.backend.get_session()
    session.run(tf.global_variables_initializer())
    return module, model, session


@probe("tf1-hub.fine-tune.tf1.lambda", "literal")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_fit(module_in_lambda, lost):
    """tf.keras.Sequential([Lambda(hub.Module(handle, trainable=True)), Dense(...)]).fit() trains the module."""
    module, model, session = module_in_lambda
    before = session.run(module.variable_map)
    head = model.layers[1].get_weights()
    predicted = model.predict(reference.INPUTS)
    features = reference.batchnorm(reference.INPUTS).astype(np.float64)
    checks.equal(predicted, (features @ head[0] + head[1]).astype(np.float32), "the module infers within the Lambda")
    with hearing.listening() as said:
        model.compile("sgd", "mse")
        model.fit(reference.INPUTS, reference.TARGETS, epochs=2, verbose=0)
    checks.holds(not np.array_equal(model.layers[1].get_weights()[0], head[0]), "the Dense layer trains", head)
    after = session.run(module.variable_map)
    kept = [name for name in sorted(before) if np.array_equal(before[name], after[name])]
    if kept:
        trainable = model.trainable_weights
        checks.holds(len(trainable) == len(head), "how to notice it: only the Dense layer's are trainable", trainable)
        lost(
            "fit() trains nothing of the module, without an error: {} stay as they were; model.trainable_weights lists"
            " {} only; {}".format(
                ", ".join(kept), ", ".join(one.name for one in model.trainable_weights), hearing.about_training(said)
            )
        )


@probe("tf1-hub.create.tf1.lambda", "literal", way="weights")
@pytest.mark.parametrize("model", ["tf1-batchnorm"])
def test_weights(tf, module_in_lambda, lost, tmp_path):
    """model.save_weights("m.h5") of that model holds the module's weights, as changed, and load_weights brings them."""
    module, model, session = module_in_lambda
    path = str(tmp_path / "weights.h5")
    changed = np.float32(-0.5) * reference.KERNEL
    session.run(tf.assign(module.variable_map["kernel"], changed))
    model.save_weights(path)
    session.run(tf.assign(module.variable_map["kernel"], reference.KERNEL))
    model.load_weights(path)
    found = session.run(module.variable_map["kernel"])
    if not np.array_equal(found, changed):
        lost("the weights file holds nothing of the module, without a word: its kernel is not what it was when saved")


@probe("tf1-hub.create.tf1.lambda.h5", "literal")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_model_file(module_in_lambda, tmp_path):
    """model.save("m.h5") of that model, whose Lambda holds the module itself."""
    _, model, _ = module_in_lambda
    path = str(tmp_path / "model.h5")
    checks.refused(lambda: model.save(path), "TypeError", r"pickle|serialize", "the model is not saved")
