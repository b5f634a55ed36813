"""Usual mistakes with hub.Module in programs of TensorFlow 1, as data (see mistakes.py).

What the errors say was seen in TensorFlow 1.13 to 2.15; their words are matched loosely, since releases reword.
"""

from functools import partial

from conformance.inside.models import reference
from conformance.inside.probe import public
from conformance.inside.probes.mistakes import mistake

INITIALIZERS = ("global_variables_initializer", "tables_initializer")
NOT_THERE = r"does not exist|no such file|missing implementation"  # what hub says of a folder without a module


def module(trying, *arguments, **options):
    """hub.Module of the model."""
    return public(trying.hub, "Module")(*(arguments or (trying.handle,)), **options)


def computed(trying, outputs, initializers=INITIALIZERS, feed=None):
    """The outputs in a session of the default graph, after these initializers."""
    with trying.tf.Session() as session:
        session.run([getattr(trying.tf, name)() for name in initializers])
        return session.run(outputs, feed)


def _infers(trying):
    return computed(trying, module(trying)(trying.inputs))


def _called_in_another_graph(trying):
    with trying.tf.Graph().as_default():
        loaded = module(trying)
    with trying.tf.Graph().as_default():
        return loaded(trying.inputs)


def _run_in_another_graph(trying):
    with trying.tf.Graph().as_default():
        outputs = module(trying)(trying.inputs)
    with trying.tf.Graph().as_default(), trying.tf.Session() as session:
        return session.run(outputs)


def _run_in_its_graph(trying):
    with trying.tf.Graph().as_default() as graph:
        outputs = module(trying)(trying.inputs)
        initializers = [getattr(trying.tf, name)() for name in INITIALIZERS]
    with trying.tf.Session(graph=graph) as session:
        session.run(initializers)
        return session.run(outputs)


def _fed(trying, *batch):
    """The outputs of a placeholder for batches, which is fed with this, or with nothing."""
    inputs = trying.tf.placeholder(trying.tf.float32, [None, reference.FEATURES])
    return computed(trying, module(trying)(inputs), feed={inputs: batch[0]} if batch else None)


def _after_a_name_scope(trying, **options):
    """The module, after a scope of its usual name was opened in the same graph."""
    with trying.tf.name_scope("module"):
        trying.tf.constant(1.0)
    return module(trying, **options)


def _restored_by_nobody(trying):
    module(trying)
    with trying.tf.Session() as session:
        trying.tf.train.Saver().restore(session, trying.missing)


def _with_saver(trying):
    outputs = module(trying)(trying.inputs)
    trying.tf.train.Saver()
    return computed(trying, outputs)


def _exported(trying, initializers=INITIALIZERS, times=1):
    """What the module computes after it was exported, so often to the same place, and loaded again."""
    path = "{}-{}".format(trying.path, times)
    loaded = module(trying)
    with trying.tf.Session() as session:
        for name in initializers:
            session.run(getattr(trying.tf, name)())
        for _ in range(times):
            loaded.export(path, session)
    with trying.tf.Graph().as_default():
        return computed(trying, module(trying, path)(trying.inputs))


def _initialized_too_early(trying):
    with trying.tf.Session() as session:
        session.run(trying.tf.global_variables_initializer())
        return session.run(module(trying)(trying.inputs))


def _trained(trying):
    """A trainable module, whose variables are the graph's trainable ones."""
    outputs = module(trying, trainable=True)(trying.inputs)
    if not trying.tf.trainable_variables():
        raise ValueError("a trainable module adds no trainable variable")
    return computed(trying, outputs)


def _with_signature(trying):
    """A module made here of a function that adds a signature: what the model computes, its weights written out."""

    def module_fn():
        inputs = trying.tf.placeholder(trying.tf.float32, [None, reference.FEATURES])
        outputs = reference.SCALE * (trying.tf.matmul(inputs, reference.KERNEL) + reference.BIAS)
        trying.hub.add_signature(inputs=inputs, outputs=outputs)

    spec = public(trying.hub, "create_module_spec")(module_fn)
    return computed(trying, module(trying, spec)(trying.inputs))


def _signature_elsewhere(trying):
    inputs = trying.tf.placeholder(trying.tf.float32, [None])
    public(trying.hub, "add_signature")(inputs=inputs, outputs=2.0 * inputs)
    public(trying.hub, "create_module_spec")(lambda: None)


def _by_first_signature(trying):
    loaded = module(trying)
    [name] = loaded.get_signature_names()
    return computed(trying, loaded(trying.inputs, signature=name))


def _by_input_names(trying):
    loaded = module(trying)
    return computed(trying, loaded(dict.fromkeys(loaded.get_input_info_dict(), trying.inputs)))


def _by_output_names(trying):
    loaded = module(trying)
    [name] = loaded.get_output_info_dict()
    return computed(trying, loaded(trying.inputs, as_dict=True)[name])


def _squeezed(trying):
    column = trying.tf.constant([[one] for one in trying.array])
    return computed(trying, module(trying)(trying.tf.squeeze(column, 1)))


_dense = partial(mistake, model="tf1-dense", right=_infers)
_text = partial(mistake, model="tf1-text", right=lambda t: computed(t, module(t)(list(t.array))))

MODULE = [
    _dense(
        "no-variables-initializer",
        "FailedPreconditionError",
        "uninitialized",
        lambda t: computed(t, module(t)(t.inputs), ["tables_initializer"]),
    ),
    _dense("initialized-too-early", "FailedPreconditionError", "uninitialized", _initialized_too_early),
    _text(
        "no-tables-initializer",
        "FailedPreconditionError",
        "table not initialized",
        lambda t: computed(t, module(t)(list(t.array)), ["global_variables_initializer"]),
    ),
    _dense("called-in-another-graph", "RuntimeError", "graph", _called_in_another_graph),
    _dense(
        "run-in-another-graph",
        "RuntimeError",
        "session graph is empty",
        _run_in_another_graph,
        right=_run_in_its_graph,
    ),
    _dense(
        "one-row-fed",
        "ValueError",
        "cannot feed value of shape",
        lambda t: _fed(t, t.array[0]),
        right=lambda t: _fed(t, list(t.array)),
    ),
    _dense(
        "nothing-fed",
        "InvalidArgumentError",
        "must feed a value for placeholder",
        _fed,
        right=lambda t: _fed(t, t.array),
    ),
    _dense(
        "unknown-signature",
        "ValueError",
        "signature",
        lambda t: module(t)(t.inputs, signature="serving_default"),
        right=_by_first_signature,
    ),
    _dense(
        "unknown-input",
        "TypeError",
        "missing.*extra",
        lambda t: module(t)({"inputs": t.inputs}),
        right=_by_input_names,
    ),
    _dense(
        "unknown-output",
        "KeyError",
        "logits",
        lambda t: module(t)(t.inputs, as_dict=True)["logits"],
        right=_by_output_names,
    ),
    _dense(
        "keyword-for-input",
        "TypeError",
        "unexpected keyword",
        lambda t: module(t)(x=t.inputs),
        right=lambda t: computed(t, module(t)(inputs=t.inputs)),
    ),
    _dense("training-argument", "TypeError", "unexpected keyword", lambda t: module(t)(t.inputs, training=True)),
    _dense("no-input", "TypeError", "missing", lambda t: module(t)()),
    _dense(
        "unknown-tags",
        "ValueError",
        "tags|graph variant",
        lambda t: module(t, tags={"train"}),
        right=lambda t: computed(t, module(t, tags=set())(t.inputs)),
    ),
    _dense(
        "train-for-training",
        "TypeError",
        "unexpected keyword",
        lambda t: module(t, training=True),
        right=lambda t: computed(t, module(t, trainable=True)(t.inputs)),
    ),
    _dense("empty-folder", "NotFoundError RuntimeError", NOT_THERE, lambda t: module(t, t.empty)),
    _dense("missing-folder", "OSError UnsupportedHandleError", NOT_THERE, lambda t: module(t, t.missing)),
    _dense("number-for-handle", "ValueError", "unknown module spec type", lambda t: module(t, 42)),
    _dense(
        "name-scope-taken",
        "RuntimeError",
        "was already taken",
        _after_a_name_scope,
        right=lambda t: computed(t, _after_a_name_scope(t, name="other")(t.inputs)),
    ),
    _dense(
        "float64",
        "TypeError ValueError",
        "float64",
        lambda t: module(t)(t.tf.constant(t.array.astype("float64"))),
        right=lambda t: computed(t, module(t)(t.tf.cast(t.array.astype("float64"), t.tf.float32))),
    ),
    _dense(
        "one-row",
        "TypeError ValueError",
        "shape|rank",
        lambda t: module(t)(t.tf.constant(t.array[0])),
        right=lambda t: computed(t, module(t)(t.tf.stack([t.tf.constant(row) for row in t.array]))),
    ),
    _text(
        "column-of-strings",
        "TypeError ValueError",
        "shape|rank",
        lambda t: module(t)([[one] for one in t.array]),
        right=_squeezed,
    ),
    _text("one-string", "TypeError ValueError", "shape|rank", lambda t: module(t)("hello world")),
    _text("numbers-for-text", "ValueError", "string", lambda t: module(t)(t.tf.constant([1.0, 2.0]))),
    _dense(
        "image-size-of-another",
        "ValueError LookupError",
        "image",
        lambda t: public(t.hub, "get_expected_image_size")(module(t)),
    ),
    _dense("fit-of-module", "AttributeError", "has no attribute 'fit'", lambda t: module(t).fit),
    _dense(
        "trainable-variables",
        "AttributeError",
        "has no attribute 'trainable_variables'",
        lambda t: module(t).trainable_variables,
        right=_trained,
    ),
    _dense("numpy-of-tensor", "AttributeError NotImplementedError", "numpy", lambda t: module(t)(t.inputs).numpy()),
    _dense("checkpoint-missing", "ValueError NotFoundError", "not a valid checkpoint|not found", _restored_by_nobody),
    _dense(
        "saver-without-variables",
        "ValueError",
        "no variables to save",
        lambda t: t.tf.train.Saver(),
        right=_with_saver,
    ),
    _dense(
        "export-uninitialized",
        "FailedPreconditionError",
        "uninitialized",
        lambda t: _exported(t, initializers=()),
        right=_exported,
    ),
    _dense("export-twice", "AlreadyExistsError", "exist", lambda t: _exported(t, times=2), right=_exported),
    _dense(
        "no-signature",
        "ValueError",
        "no signatures present",
        lambda t: public(t.hub, "create_module_spec")(lambda: None),
        right=_with_signature,
    ),
    _dense("signature-elsewhere", "ValueError", "no signatures present", _signature_elsewhere, right=_with_signature),
]
