"""Usual mistakes with hub.load and signatures in TensorFlow 2, as data (see mistakes.py).

What the errors say was seen in TensorFlow 2.0 to 2.21; their words are matched loosely, since releases reword.
"""

import os

from conformance.inside.probes.mistakes import NOT_THERE, mistake


def _saved_and_loaded(trying):
    """tf.saved_model.save of what hub.load gives, loaded again."""
    trying.tf.saved_model.save(trying.model, trying.path)
    return trying.tf.saved_model.load(trying.path)(trying.inputs)


def _signature(trying, name):
    """A signature with the one input of TF1 Hub models, and its one output."""
    return trying.model.signatures[name](trying.inputs)["default"]


def _plain(trying, **inputs):
    """The signature of the model that cannot be called itself."""
    return trying.model.signatures["serving_default"](**inputs)["default"]


def _attribute(name, *errors):
    """A call of a method that only Keras models have."""
    return mistake(
        name.replace("_", "-"),
        "AttributeError",
        r"has no attribute '{}'".format(name),
        lambda t: getattr(t.model, name),
        lambda t: t.model(t.inputs),
        "tf2-dense",
    )


OBJECT = [
    mistake(
        "signature-of-tf1",
        "KeyError",
        "default",
        lambda t: t.model.signatures["default"],
        lambda t: t.model(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "subscript",
        "TypeError",
        "not subscriptable",
        lambda t: t.model["default"],
        lambda t: t.model(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "unknown-tags",
        "RuntimeError ValueError",
        r"tags",
        lambda t: t.hub.load(t.handle, tags=["no-such"]),
        lambda t: t.hub.load(t.handle, tags=["serve"])(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "empty-folder",
        "OSError",
        r"SavedModel file does not exist at",
        lambda t: t.tf.saved_model.load(t.empty),
        lambda t: t.tf.saved_model.load(t.handle)(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "missing-folder",
        "OSError",
        r"SavedModel file does not exist at",
        lambda t: t.tf.saved_model.load(t.missing),
        lambda t: t.tf.saved_model.load(t.handle)(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "file-for-folder",
        "OSError ValueError",
        NOT_THERE,
        lambda t: t.hub.load(os.path.join(t.handle, "saved_model.pb")),
        lambda t: t.hub.load(t.handle)(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "folder-of-variables",
        "OSError ValueError",
        NOT_THERE,
        lambda t: t.hub.load(os.path.join(t.handle, "variables")),
        lambda t: t.hub.load(t.handle)(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "folder-above",
        "OSError ValueError",
        NOT_THERE,
        lambda t: t.hub.load(os.path.dirname(t.handle)),
        lambda t: t.hub.load(t.handle)(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "number-for-handle",
        "ValueError TypeError",
        r"expected a string",
        lambda t: t.hub.load(42),
        lambda t: t.hub.load(t.handle)(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "none-for-handle",
        "ValueError TypeError",
        r"expected a string",
        lambda t: t.hub.load(None),
        lambda t: t.hub.load(t.handle)(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "list-of-handles",
        "ValueError TypeError",
        r"expected a string",
        lambda t: t.hub.load([t.handle]),
        lambda t: t.hub.load(t.handle)(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "signature-for-load",
        "TypeError",
        r"unexpected keyword argument",
        lambda t: t.hub.load(t.handle, signature="serving_default"),
        lambda t: t.hub.load(t.handle)(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "trainable-for-load",
        "TypeError",
        r"unexpected keyword argument",
        lambda t: t.hub.load(t.handle, trainable=True),
        lambda t: t.hub.load(t.handle)(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "session-for-load",
        "TypeError ValueError OSError",
        r".",
        lambda t: t.tf.saved_model.load(t.tf.compat.v1.Session(), ["serve"], t.handle),
        lambda t: t.tf.saved_model.load(t.handle)(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "unknown-argument",
        "ValueError TypeError",
        r"train",
        lambda t: t.model(t.inputs, train=True),
        lambda t: t.model(t.inputs, training=True),
        "tf2-dense",
    ),
    mistake(
        "two-inputs-for-one",
        "ValueError TypeError",
        r"\w+",
        lambda t: t.model(t.inputs, t.inputs),
        lambda t: t.model(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "no-input",
        "ValueError TypeError AssertionError",
        r"\w+",
        lambda t: t.model(),
        lambda t: t.model(t.inputs),
        "tf2-dense",
    ),
    mistake(
        "save-of-object",
        "AttributeError",
        r"has no attribute 'save'",
        lambda t: t.model.save(t.path),
        _saved_and_loaded,
        "tf2-dense",
    ),
    *(_attribute(name) for name in ("predict", "summary", "fit", "compile", "layers", "get_weights", "load_weights")),
]

PLAIN = [
    mistake(
        "call",
        "TypeError",
        "not callable",
        lambda t: t.model(t.inputs),
        lambda t: _plain(t, left=t.inputs, right=t.tf.zeros_like(t.inputs)),
        "tf2-plain",
    ),
    mistake(
        "unknown-signature",
        "KeyError",
        "default",
        lambda t: t.model.signatures["default"],
        lambda t: _plain(t, left=t.inputs, right=t.tf.zeros_like(t.inputs)),
        "tf2-plain",
    ),
    mistake(
        "by-position",
        "TypeError",
        r"positional|expected argument",
        lambda t: t.model.signatures["serving_default"](t.inputs, t.inputs),
        lambda t: _plain(t, left=t.inputs, right=t.tf.zeros_like(t.inputs)),
        "tf2-plain",
    ),
    mistake(
        "missing-input",
        "TypeError",
        r"missing|expected argument",
        lambda t: _plain(t, left=t.inputs),
        lambda t: _plain(t, left=t.inputs, right=t.tf.zeros_like(t.inputs)),
        "tf2-plain",
    ),
    mistake(
        "unknown-input",
        "TypeError",
        r"unexpected|unknown|expected argument|missing",
        lambda t: _plain(t, left=t.inputs, rigth=t.inputs),
        lambda t: _plain(t, left=t.inputs, right=t.tf.zeros_like(t.inputs)),
        "tf2-plain",
    ),
    mistake(
        "dict-of-inputs",
        "TypeError",
        r"\w+",
        lambda t: t.model.signatures["serving_default"]({"left": t.inputs, "right": t.inputs}),
        lambda t: _plain(t, left=t.inputs, right=t.tf.zeros_like(t.inputs)),
        "tf2-plain",
    ),
    mistake(
        "unknown-output",
        "KeyError",
        r"output_0",
        lambda t: t.model.signatures["serving_default"](left=t.inputs, right=t.inputs)["output_0"],
        lambda t: _plain(t, left=t.inputs, right=t.tf.zeros_like(t.inputs)),
        "tf2-plain",
    ),
    mistake(
        "trainable-variables",
        "AttributeError",
        r"has no attribute 'trainable_variables'",
        lambda t: t.model.trainable_variables,
        lambda t: t.tf.matmul(t.inputs, t.model.kernel),
        "tf2-plain",
    ),
]

TF1_FORMAT = [
    mistake(
        "call",
        "TypeError",
        "not callable",
        lambda t: t.model(t.inputs),
        lambda t: _signature(t, "default"),
        "tf1-dense",
    ),
    mistake(
        "serving-default",
        "KeyError",
        "serving_default",
        lambda t: t.model.signatures["serving_default"],
        lambda t: _signature(t, "default"),
        "tf1-dense",
    ),
    mistake(
        "outputs-for-output",
        "TypeError",
        r"unsupported operand|must be",
        lambda t: t.model.signatures["default"](t.inputs) * 1.0,
        lambda t: _signature(t, "default") * 1.0,
        "tf1-dense",
    ),
    mistake(
        "dict-of-inputs",
        "TypeError ValueError",
        r"\w+",
        lambda t: t.model.signatures["default"]({"default": t.inputs}),
        lambda t: t.model.signatures["default"](default=t.inputs)["default"],
        "tf1-dense",
    ),
    mistake(
        "unknown-input",
        "TypeError",
        r"inputs|missing",
        lambda t: t.model.signatures["default"](inputs=t.inputs),
        lambda t: t.model.signatures["default"](default=t.inputs)["default"],
        "tf1-dense",
    ),
    mistake(
        "train-tag",
        "RuntimeError ValueError",
        r"tags",
        lambda t: t.hub.load(t.handle, tags=["train"]),
        lambda t: t.hub.load(t.handle, tags=[]).signatures["default"](t.inputs)["default"],
        "tf1-dense",
    ),
    mistake(
        "training-argument",
        "TypeError",
        r"not callable",
        lambda t: t.model(t.inputs, training=True),
        lambda t: _signature(t, "default"),
        "tf1-dense",
    ),
]


def _removed(name, words=None):
    """A name of TensorFlow 1 that TensorFlow 2 keeps below tf.compat.v1."""
    return mistake(
        name.replace(".", "-"),
        "AttributeError",
        words or r"has no attribute '{}'".format(name.split(".")[-1]),
        lambda t: _named(t.tf, name),
        lambda t: t.hub.load(t.handle).signatures["default"](t.inputs)["default"],
        "tf1-dense",
    )


def _named(module, name):
    """The name, looked up as a program does."""
    for part in name.split("."):
        module = getattr(module, part)
    return module


TF1_NAMES = [
    _removed(name)
    for name in (
        "Session",
        "placeholder",
        "global_variables_initializer",
        "tables_initializer",
        "get_variable",
        "variable_scope",
        "contrib",
        "logging",
        "layers",
        "train.AdamOptimizer",
        "train.Saver",
        "losses.sigmoid_cross_entropy",
        "gfile",
        "app",
        "flags",
    )
]
