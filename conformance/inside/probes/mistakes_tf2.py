"""Usual mistakes with hub.load and signatures in TensorFlow 2, as data (see mistakes.py).

What the errors say was seen in TensorFlow 2.0 to 2.21; their words are matched loosely, since releases reword.
"""

import os
from functools import partial

from conformance.inside import checks
from conformance.inside.probes.mistakes import NOT_THERE, mistake, named
from conformance.inside.probes.refusals import BY_FUNCTION

SERVING = "serving_default"
NO_FILE = r"SavedModel file does not exist at"
BY_BINDING = BY_FUNCTION + r"|too many positional arguments|Not enough arguments|missing required arguments"

_object = partial(mistake, model="tf2-dense", right=lambda t: t.model(t.inputs))
_path = partial(mistake, model="tf2-dense", right=lambda t: t.hub.load(t.handle)(t.inputs))
_folder = partial(mistake, model="tf2-dense", right=lambda t: t.tf.saved_model.load(t.handle)(t.inputs))


def _keras_only(name):
    """A name that only Keras models have."""
    words = r"has no attribute '{}'".format(name)
    return _object(name.replace("_", "-"), "AttributeError", words, lambda t: getattr(t.model, name))


def _saved_and_loaded(trying):
    """tf.saved_model.save of what hub.load gives, loaded again."""
    trying.tf.saved_model.save(trying.model, trying.path)
    return trying.tf.saved_model.load(trying.path)(trying.inputs)


def _of_variables(trying):
    """The model's outputs, computed from the values of its variables."""
    found = checks.by_role([(one.name, one.numpy()) for one in trying.model.variables])
    return found["scale"] * (trying.array @ found["kernel"] + found["bias"])


OBJECT = [
    _object("signature-of-tf1", "KeyError", "default", lambda t: t.model.signatures["default"]),
    _object("subscript", "TypeError", "not subscriptable", lambda t: t.model["default"]),
    _path(
        "unknown-tags",
        "RuntimeError ValueError",
        "tags",
        lambda t: t.hub.load(t.handle, tags=["no-such"]),
        right=lambda t: t.hub.load(t.handle, tags=["serve"])(t.inputs),
    ),
    _folder("empty-folder", "OSError", NO_FILE, lambda t: t.tf.saved_model.load(t.empty)),
    _folder("missing-folder", "OSError", NO_FILE, lambda t: t.tf.saved_model.load(t.missing)),
    _path("file-for-folder", "ValueError", NOT_THERE, lambda t: t.hub.load(os.path.join(t.handle, "saved_model.pb"))),
    _path("folder-of-variables", "ValueError", NOT_THERE, lambda t: t.hub.load(os.path.join(t.handle, "variables"))),
    _path("folder-above", "ValueError", NOT_THERE, lambda t: t.hub.load(os.path.dirname(t.handle))),
    _path("number-for-handle", "ValueError", "expected a string", lambda t: t.hub.load(42)),
    _path("none-for-handle", "ValueError", "expected a string", lambda t: t.hub.load(None)),
    _path("list-of-handles", "ValueError", "expected a string", lambda t: t.hub.load([t.handle])),
    _path(
        "signature-for-load",
        "TypeError",
        "unexpected keyword argument",
        lambda t: t.hub.load(t.handle, signature=SERVING),
    ),
    _path(
        "trainable-for-load",
        "TypeError",
        "unexpected keyword argument",
        lambda t: t.hub.load(t.handle, trainable=True),
    ),
    _folder(
        "session-for-load",
        "TypeError",
        "positional arguments|expected binary or unicode string",
        lambda t: t.tf.saved_model.load(t.tf.compat.v1.Session(), ["serve"], t.handle),
    ),
    _object(
        "unknown-argument",
        "ValueError TypeError",
        BY_BINDING,
        lambda t: t.model(t.inputs, train=True),
        right=lambda t: t.model(t.inputs, training=True),
    ),
    _object("two-inputs-for-one", "ValueError TypeError", BY_BINDING, lambda t: t.model(t.inputs, t.inputs)),
    _object("no-input", "TypeError AssertionError", BY_BINDING, lambda t: t.model()),
    _object(
        "save-of-object",
        "AttributeError",
        "has no attribute 'save'",
        lambda t: t.model.save(t.path),
        right=_saved_and_loaded,
    ),
    _object(
        "get-weights",
        "AttributeError",
        "has no attribute 'get_weights'",
        lambda t: t.model.get_weights(),
        right=_of_variables,
    ),
    *(_keras_only(name) for name in ("predict", "summary", "fit", "compile", "layers", "load_weights")),
]


def _of_plain(trying, **inputs):
    """The signature of the model that cannot be called itself, all inputs by their names."""
    return trying.model.signatures[SERVING](**inputs)


def _pair(trying):
    return {"left": trying.inputs, "right": trying.tf.zeros_like(trying.inputs)}


def _of_first_signature(trying):
    """The same, found by asking the model for the names of its signatures."""
    [name] = list(trying.model.signatures)
    return trying.model.signatures[name](**_pair(trying))["default"]


_plain = partial(mistake, model="tf2-plain", right=lambda t: _of_plain(t, **_pair(t))["default"])

PLAIN = [
    _plain("call", "TypeError", "not callable", lambda t: t.model(t.inputs)),
    _plain(
        "unknown-signature",
        "KeyError",
        "default",
        lambda t: t.model.signatures["default"],
        right=_of_first_signature,
    ),
    _plain(
        "by-position",
        "TypeError",
        BY_BINDING,
        lambda t: t.model.signatures[SERVING](t.inputs, t.inputs),
    ),
    _plain("missing-input", "TypeError", BY_BINDING, lambda t: _of_plain(t, left=t.inputs)),
    _plain("unknown-input", "TypeError", BY_BINDING, lambda t: _of_plain(t, left=t.inputs, rigth=t.inputs)),
    _plain("dict-of-inputs", "TypeError", BY_BINDING, lambda t: t.model.signatures[SERVING](_pair(t))),
    _plain("unknown-output", "KeyError", "output_0", lambda t: _of_plain(t, **_pair(t))["output_0"]),
    _plain(
        "trainable-variables",
        "AttributeError",
        "has no attribute 'trainable_variables'",
        lambda t: t.model.trainable_variables,
        right=lambda t: t.tf.matmul(t.inputs, t.model.kernel),
    ),
]


def _infers(trying):
    """The module's one signature, and its one output."""
    return trying.model.signatures["default"](trying.inputs)["default"]


def _by_name(trying):
    """The same, with its input by its name."""
    return trying.model.signatures["default"](**{"default": trying.inputs})["default"]


_module = partial(mistake, model="tf1-dense", right=_infers)

TF1_FORMAT = [
    _module("call", "TypeError", "not callable", lambda t: t.model(t.inputs)),
    _module("serving-default", "KeyError", SERVING, lambda t: t.model.signatures[SERVING]),
    _module(
        "outputs-for-output",
        "TypeError",
        "unsupported operand|must be",
        lambda t: t.model.signatures["default"](t.inputs) * 1.0,
    ),
    _module(
        "dict-of-inputs",
        "TypeError ValueError",
        BY_BINDING + "|Attempt to convert a value",
        lambda t: t.model.signatures["default"]({"default": t.inputs}),
        right=_by_name,
    ),
    _module(
        "unknown-input",
        "TypeError",
        BY_BINDING,
        lambda t: t.model.signatures["default"](inputs=t.inputs),
        right=_by_name,
    ),
    _module(
        "train-tag",
        "RuntimeError ValueError",
        "tags",
        lambda t: t.hub.load(t.handle, tags=["train"]),
        right=lambda t: t.hub.load(t.handle, tags=[]).signatures["default"](t.inputs)["default"],
    ),
    _module("training-argument", "TypeError", "not callable", lambda t: t.model(t.inputs, training=True)),
]


def _gone(name, right=_infers):
    """A name of TensorFlow 1 that TensorFlow 2 has not."""
    words = r"has no attribute '{}'".format(name.split(".")[-1])
    return _module(name.replace(".", "-"), "AttributeError", words, lambda t: named(t.tf, name), right=right)


def _moved(name):
    """One that it keeps below tf.compat.v1."""

    def right(trying):
        named(trying.tf.compat.v1, name)
        return _infers(trying)

    return _gone(name, right)


TF1_NAMES = [
    _gone("contrib"),
    _gone("compat.v1.contrib"),
    _module(
        "placeholder-eagerly",
        "RuntimeError",
        "not compatible with eager execution",
        lambda t: t.tf.compat.v1.placeholder(t.tf.float32, [None, 3]),
    ),
    *map(
        _moved,
        (
            "Session",
            "placeholder",
            "global_variables_initializer",
            "tables_initializer",
            "get_variable",
            "variable_scope",
            "logging",
            "layers",
            "train.AdamOptimizer",
            "train.Saver",
            "losses.sigmoid_cross_entropy",
            "gfile",
            "app",
            "flags",
        ),
    ),
]
