"""Usual mistakes with hub.KerasLayer, alone and in models of Keras 2, as data (see mistakes.py).

What the errors say was seen in TensorFlow 2.0 to 2.21; their words are matched loosely, since releases reword.
"""

import numpy as np

from conformance.inside.probe import public
from conformance.inside.probes.mistakes import NOT_THERE, mistake

LAYER = [
    mistake(
        "unknown-signature",
        "ValueError KeyError",
        r"signature",
        lambda t: t.layer(signature="no-such")(t.inputs),
        lambda t: t.layer()(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "dict-without-signature",
        "ValueError",
        r"signature",
        lambda t: t.layer(signature_outputs_as_dict=True)(t.inputs),
        lambda t: t.layer()(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "output-key-of-one-output",
        "ValueError TypeError KeyError",
        r"output_key",
        lambda t: t.layer(output_key="default")(t.inputs),
        lambda t: t.layer()(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "trainable-signature",
        "ValueError",
        r"trainable.*(unsupported|not supported)|signature",
        lambda t: t.layer(signature="default", trainable=True)(t.inputs),
        lambda t: t.layer(signature="default")(t.inputs),
        "tf1-dense",
    ),
    mistake(
        "unknown-output-key",
        "ValueError KeyError",
        r"output_key|output key",
        lambda t: t.layer(signature="default", output_key="no-such")(t.inputs),
        lambda t: t.layer(signature="default", output_key="default")(t.inputs),
        "tf1-dense",
    ),
    mistake(
        "key-and-dict",
        "ValueError",
        r"output_key|signature_outputs_as_dict",
        lambda t: t.layer(signature="default", output_key="default", signature_outputs_as_dict=True)(t.inputs),
        lambda t: t.layer(signature="default", signature_outputs_as_dict=True)(t.inputs)["default"],
        "tf1-dense",
    ),
    mistake(
        "unknown-tags",
        "ValueError RuntimeError",
        r"tags",
        lambda t: t.layer(tags=["no-such"])(t.inputs),
        lambda t: t.layer(tags=["serve"])(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "output-shape",
        "ValueError",
        r"shape|incompatible",
        lambda t: t.layer(output_shape=[5])(t.inputs),
        lambda t: t.layer(output_shape=[2])(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "unknown-arguments",
        "ValueError TypeError",
        r"\w+",
        lambda t: t.layer(arguments={"no_such": 1})(t.inputs),
        lambda t: t.layer(arguments={"training": False})(t.inputs),
        "tf2-batchnorm",
    ),
    mistake(
        "number-for-handle",
        "ValueError TypeError",
        r"handle|callable|string",
        lambda t: public(t.hub, "KerasLayer")(42)(t.inputs),
        lambda t: t.layer()(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "empty-folder",
        "OSError ValueError",
        NOT_THERE,
        lambda t: public(t.hub, "KerasLayer")(t.empty),
        lambda t: t.layer()(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "unknown-option",
        "TypeError",
        r"keyword argument|Keyword argument",
        lambda t: t.layer(finetune=True),
        lambda t: t.layer(trainable=True)(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "text-for-numbers",
        "ValueError TypeError InvalidArgumentError UnimplementedError",
        r"\w+",
        lambda t: t.layer()(t.tf.constant(["a", "b"])),
        lambda t: t.layer()(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "numbers-for-text",
        "ValueError TypeError InvalidArgumentError UnimplementedError",
        r"\w+",
        lambda t: t.layer()(t.tf.constant([[1.0, 2.0]])),
        lambda t: t.layer()(t.inputs),
        "tf2-text",
    ),
    mistake(
        "predict",
        "AttributeError",
        r"has no attribute 'predict'",
        lambda t: t.layer().predict(t.array),
        lambda t: _sequential(t).predict(t.array),
        "tf2-dense",
    ),
    mistake(
        "summary-before-shape",
        "ValueError",
        r"not yet been built|build",
        lambda t: t.keras.Sequential([t.layer()]).summary(),
        lambda t: _sequential(t).predict(t.array),
        "tf2-dense",
    ),
    mistake(
        "fit-before-compile",
        "RuntimeError ValueError",
        r"compile",
        lambda t: _sequential(t).fit(t.array, t.expected(), verbose=0),
        lambda t: _fitted(t).predict(t.array),
        "tf2-dense",
    ),
    mistake(
        "handle-in-sequential",
        "TypeError ValueError",
        r"layer|str",
        lambda t: t.keras.Sequential([t.handle]),
        lambda t: _sequential(t).predict(t.array),
        "tf2-dense",
    ),
    mistake(
        "object-in-sequential",
        "TypeError ValueError",
        r"layer",
        lambda t: t.keras.Sequential([t.model]),
        lambda t: _sequential(t).predict(t.array),
        "tf2-dense",
    ),
    mistake(
        "class-in-sequential",
        "TypeError ValueError",
        r"layer",
        lambda t: t.keras.Sequential([public(t.hub, "KerasLayer")]),
        lambda t: _sequential(t).predict(t.array),
        "tf2-dense",
    ),
    mistake(
        "load-model-of-object",
        "ValueError AttributeError OSError",
        r"\w+",
        lambda t: t.keras.models.load_model(t.handle).predict(t.array),
        lambda t: _sequential(t).predict(t.array),
        "tf2-dense",
    ),
    mistake(
        "h5-without-custom-objects",
        "ValueError TypeError",
        r"KerasLayer",
        lambda t: t.keras.models.load_model(_saved_h5(t)),
        lambda t: t.keras.models.load_model(_saved_h5(t), custom_objects={"KerasLayer": t.hub.KerasLayer}).predict(
            t.array
        ),
        "tf2-dense",
    ),
    mistake(
        "config-without-custom-objects",
        "ValueError TypeError",
        r"KerasLayer",
        lambda t: t.keras.models.model_from_json(_sequential(t).to_json()),
        lambda t: t.keras.models.model_from_json(
            _sequential(t).to_json(), custom_objects={"KerasLayer": t.hub.KerasLayer}
        ).predict(t.array),
        "tf2-dense",
    ),
    mistake(
        "weights-of-another-model",
        "ValueError",
        r"weight",
        lambda t: _sequential(t).set_weights([np.zeros([1], np.float32)] * 5),
        lambda t: _reset(t).predict(t.array),
        "tf2-dense",
    ),
]


def _sequential(trying):
    """The layer in a Keras model that knows the shape of its inputs."""
    return trying.keras.Sequential([trying.layer(input_shape=[trying.array.shape[1]])])


def _fitted(trying):
    """The same, trained on what it computes already, which moves nothing."""
    model = _sequential(trying)
    model.compile("sgd", "mse")
    model.fit(trying.array, trying.expected(), verbose=0)
    return model


def _reset(trying):
    """The same, with its own weights set again."""
    model = _sequential(trying)
    model.set_weights(model.get_weights())
    return model


def _saved_h5(trying):
    path = trying.path + ".h5"
    _sequential(trying).save(path)
    return path
