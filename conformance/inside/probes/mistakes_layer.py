"""Usual mistakes with hub.KerasLayer, alone and in models of Keras 2, as data (see mistakes.py).

What the errors say was seen in TensorFlow 2.0 to 2.21; their words are matched loosely, since releases reword.
"""

from functools import partial

import numpy as np

from conformance.inside.probe import public
from conformance.inside.probes.mistakes import NOT_THERE, mistake
from conformance.inside.probes.refusals import BY_FUNCTION

BY_BINDING = BY_FUNCTION + r"|Tensor conversion requested|Can not cast"


def _sequential(trying):
    """The layer in a Keras model that knows the shape of its inputs."""
    return trying.keras.Sequential([trying.layer(input_shape=[trying.array.shape[1]])])


def _functional(trying):
    """The layer in a model that begins with a tf.keras.Input."""
    inputs = trying.keras.Input([trying.array.shape[1]])
    return trying.keras.Model(inputs, trying.layer()(inputs)).predict(trying.array)


def _summarized(trying):
    """The same, whose summary can be shown."""
    model = _sequential(trying)
    model.summary(print_fn=lambda *_, **__: None)
    return model.predict(trying.array)


def _fitted(trying):
    """The same, trained on what it computes already, which moves nothing."""
    model = _sequential(trying)
    model.compile("sgd", "mse")
    model.fit(trying.array, trying.expected(), verbose=0)
    return model.predict(trying.array)


def _reset(trying):
    """The same, with its own weights set again."""
    model = _sequential(trying)
    model.set_weights(model.get_weights())
    return model.predict(trying.array)


def _from_h5(trying, **options):
    """The same, saved in an .h5 file and loaded again."""
    path = trying.path + ".h5"
    _sequential(trying).save(path)
    return trying.keras.models.load_model(path, **options).predict(trying.array)


def _from_json(trying, **options):
    """The same, made again from its configuration; the layer in it loads its weights itself."""
    return trying.keras.models.model_from_json(_sequential(trying).to_json(), **options).predict(trying.array)


def _known(trying):
    return {"custom_objects": {"KerasLayer": trying.hub.KerasLayer}}


_layer = partial(mistake, model="tf2-dense", right=lambda t: t.layer()(t.inputs))
_of_signature = partial(mistake, model="tf1-dense", right=lambda t: t.layer(signature="default")(t.inputs))
_in_model = partial(mistake, model="tf2-dense", right=lambda t: _sequential(t).predict(t.array))

LAYER = [
    _layer("unknown-signature", "ValueError", "signature", lambda t: t.layer(signature="no-such")(t.inputs)),
    _layer("dict-without-signature", "ValueError", "signature", lambda t: t.layer(signature_outputs_as_dict=True)),
    _layer(
        "output-key-of-one-output",
        "ValueError TypeError",
        "output_key",
        lambda t: t.layer(output_key="default")(t.inputs),
    ),
    _of_signature(
        "trainable-signature",
        "ValueError",
        "trainable.*(unsupported|not supported)",
        lambda t: t.layer(signature="default", trainable=True)(t.inputs),
    ),
    _of_signature(
        "unknown-output-key",
        "ValueError",
        "output key",
        lambda t: t.layer(signature="default", output_key="no-such")(t.inputs),
        right=lambda t: t.layer(signature="default", output_key="default")(t.inputs),
    ),
    _of_signature(
        "key-and-dict",
        "ValueError",
        "output_key|signature_outputs_as_dict",
        lambda t: t.layer(signature="default", output_key="default", signature_outputs_as_dict=True),
        right=lambda t: t.layer(signature="default", signature_outputs_as_dict=True)(t.inputs)["default"],
    ),
    _layer(
        "unknown-tags",
        "ValueError RuntimeError",
        "tags",
        lambda t: t.layer(tags=["no-such"]),
        right=lambda t: t.layer(tags=["serve"])(t.inputs),
    ),
    _layer(
        "output-shape",
        "ValueError",
        "shape|incompatible",
        lambda t: t.layer(output_shape=[5])(t.inputs),
        right=lambda t: t.layer(output_shape=[2])(t.inputs),
    ),
    _layer(
        "unknown-arguments",
        "ValueError TypeError",
        BY_BINDING,
        lambda t: t.layer(arguments={"no_such": 1})(t.inputs),
        right=lambda t: t.layer(arguments={"training": False})(t.inputs),
        model="tf2-batchnorm",
    ),
    _layer("number-for-handle", "ValueError", "expected a string", lambda t: public(t.hub, "KerasLayer")(42)),
    _layer("empty-folder", "ValueError", NOT_THERE, lambda t: public(t.hub, "KerasLayer")(t.empty)),
    _layer(
        "unknown-option",
        "TypeError",
        "keyword argument",
        lambda t: t.layer(finetune=True),
        right=lambda t: t.layer(trainable=True)(t.inputs),
    ),
    _layer("text-for-numbers", "ValueError TypeError", BY_BINDING, lambda t: t.layer()(t.tf.constant(["a", "b"]))),
    _layer(
        "numbers-for-text",
        "ValueError TypeError",
        BY_BINDING,
        lambda t: t.layer()(t.tf.constant([[1.0, 2.0]])),
        model="tf2-text",
    ),
    _in_model("predict", "AttributeError", "has no attribute 'predict'", lambda t: t.layer().predict(t.array)),
    _in_model(
        "summary-before-shape",
        "ValueError",
        "not yet been built|build",
        lambda t: t.keras.Sequential([t.layer()]).summary(),
        right=_summarized,
    ),
    _in_model(
        "fit-before-compile",
        "RuntimeError ValueError",
        "compile",
        lambda t: _sequential(t).fit(t.array, t.expected(), verbose=0),
        right=_fitted,
    ),
    _in_model("handle-in-sequential", "TypeError ValueError", "layer", lambda t: t.keras.Sequential([t.handle])),
    _in_model("object-in-sequential", "TypeError ValueError", "layer", lambda t: t.keras.Sequential([t.model])),
    _in_model(
        "class-in-sequential",
        "TypeError ValueError",
        "layer",
        lambda t: t.keras.Sequential([public(t.hub, "KerasLayer")]),
    ),
    _in_model(
        "symbolic-input",
        "_SymbolicException TypeError ValueError",
        "symbolic",
        lambda t: t.model(t.tf.keras.Input([t.array.shape[1]])),
        right=_functional,
    ),
    _in_model(
        "load-model-of-object",
        "AttributeError",
        "has no attribute 'predict'",
        lambda t: t.keras.models.load_model(t.handle).predict(t.array),
    ),
    _in_model(
        "h5-without-custom-objects",
        "ValueError TypeError",
        "KerasLayer",
        _from_h5,
        right=lambda t: _from_h5(t, **_known(t)),
    ),
    _in_model(
        "config-without-custom-objects",
        "ValueError TypeError",
        "KerasLayer",
        _from_json,
        right=lambda t: _from_json(t, **_known(t)),
    ),
    _in_model(
        "weights-of-another-model",
        "ValueError",
        "weight",
        lambda t: _sequential(t).set_weights([np.zeros([1], np.float32)] * 5),
        right=_reset,
    ),
]
