"""Usual mistakes with hub.Module in programs of TensorFlow 1, as data (see mistakes.py).

What the errors say was seen in TensorFlow 1.13 to 2.15; their words are matched loosely, since releases reword.
"""

from conformance.inside.probe import public
from conformance.inside.probes.mistakes import mistake


def module(trying, *arguments, **options):
    """hub.Module of the model."""
    return public(trying.hub, "Module")(*(arguments or (trying.handle,)), **options)


def computed(trying, outputs, initializers=("global_variables_initializer", "tables_initializer")):
    """The outputs in a session of the default graph, after these initializers."""
    with trying.tf.Session() as session:
        session.run([getattr(trying.tf, name)() for name in initializers])
        return session.run(outputs)


def _right(trying):
    return computed(trying, module(trying)(trying.inputs))


def _in_another_graph(trying):
    """Loads the module in one graph, and calls it in another."""
    with trying.tf.Graph().as_default():
        loaded = module(trying)
    with trying.tf.Graph().as_default():
        return loaded(trying.inputs)


def _session_of_another_graph(trying):
    """Runs the outputs in a session of another graph."""
    with trying.tf.Graph().as_default():
        outputs = module(trying)(trying.inputs)
    with trying.tf.Graph().as_default(), trying.tf.Session() as session:
        return session.run(outputs)


def _fed_without_batch(trying):
    """Feeds one row to a placeholder for rows."""
    inputs = trying.tf.placeholder(trying.tf.float32, [None, 3])
    outputs = module(trying)(inputs)
    with trying.tf.Session() as session:
        session.run(trying.tf.global_variables_initializer())
        return session.run(outputs, {inputs: trying.array[0]})


def _not_fed(trying):
    """Runs the outputs without feeding the placeholder that they depend on."""
    outputs = module(trying)(trying.tf.placeholder(trying.tf.float32, [None, 3]))
    return computed(trying, outputs)


def _after_its_name_scope(trying):
    """Loads the module after a name scope of its name was opened in the same graph."""
    with trying.tf.name_scope("module"):
        trying.tf.constant(1.0)
    return module(trying)


def _named_after_that(trying):
    with trying.tf.name_scope("module"):
        trying.tf.constant(1.0)
    return computed(trying, module(trying, name="other")(trying.inputs))


def _restored_by_nobody(trying):
    """Takes the initial values for those of a checkpoint that is not there."""
    module(trying)
    with trying.tf.Session() as session:
        trying.tf.train.Saver().restore(session, trying.missing)


def _saver_without_variables(trying):
    return trying.tf.train.Saver()


def _exported_uninitialized(trying):
    """Exports a module whose variables were never initialized."""
    loaded = module(trying)
    with trying.tf.Session() as session:
        loaded.export(trying.path, session)


def _exported(trying):
    loaded = module(trying)
    with trying.tf.Session() as session:
        session.run([trying.tf.global_variables_initializer(), trying.tf.tables_initializer()])
        loaded.export(trying.path, session)
    with trying.tf.Graph().as_default():
        return computed(trying, module(trying, trying.path)(trying.inputs))


def _exported_twice(trying):
    """Exports to where another module lies already."""
    loaded = module(trying)
    with trying.tf.Session() as session:
        session.run([trying.tf.global_variables_initializer(), trying.tf.tables_initializer()])
        loaded.export(trying.path + "-twice", session)
        loaded.export(trying.path + "-twice", session)


def _initialized_too_early(trying):
    """Initializes the variables before the module adds its own."""
    with trying.tf.Session() as session:
        session.run(trying.tf.global_variables_initializer())
        return session.run(module(trying)(trying.inputs))


MODULE = [
    mistake(
        "no-variables-initializer",
        "FailedPreconditionError",
        r"uninitialized",
        lambda t: computed(t, module(t)(t.inputs), ["tables_initializer"]),
        _right,
        "tf1-dense",
    ),
    mistake(
        "initialized-too-early",
        "FailedPreconditionError",
        r"uninitialized",
        _initialized_too_early,
        _right,
        "tf1-dense",
    ),
    mistake(
        "no-tables-initializer",
        "FailedPreconditionError",
        r"table not initialized",
        lambda t: computed(t, module(t)(t.inputs), ["global_variables_initializer"]),
        _right,
        "tf1-text",
    ),
    mistake("called-in-another-graph", "RuntimeError", r"graph", _in_another_graph, _right, "tf1-dense"),
    mistake(
        "run-in-another-graph",
        "ValueError RuntimeError TypeError",
        r"not an element of this graph|session graph is empty",
        _session_of_another_graph,
        _right,
        "tf1-dense",
    ),
    mistake("one-row-fed", "ValueError", r"Cannot feed value of shape", _fed_without_batch, _right, "tf1-dense"),
    mistake("nothing-fed", "InvalidArgumentError", r"must feed a value for placeholder", _not_fed, _right, "tf1-dense"),
    mistake(
        "unknown-signature",
        "ValueError",
        r"signature",
        lambda t: module(t)(t.inputs, signature="serving_default"),
        lambda t: computed(t, module(t)(t.inputs, signature="default")),
        "tf1-dense",
    ),
    mistake(
        "unknown-input",
        "TypeError",
        r"missing|extra|dict_inputs",
        lambda t: module(t)({"inputs": t.inputs}),
        lambda t: computed(t, module(t)({"default": t.inputs})),
        "tf1-dense",
    ),
    mistake(
        "unknown-output",
        "KeyError",
        r"logits",
        lambda t: module(t)(t.inputs, as_dict=True)["logits"],
        lambda t: computed(t, module(t)(t.inputs, as_dict=True)["default"]),
        "tf1-dense",
    ),
    mistake(
        "keyword-for-input",
        "TypeError",
        r"unexpected keyword",
        lambda t: module(t)(x=t.inputs),
        lambda t: computed(t, module(t)(inputs=t.inputs)),
        "tf1-dense",
    ),
    mistake(
        "training-argument",
        "TypeError",
        r"unexpected keyword",
        lambda t: module(t)(t.inputs, training=True),
        _right,
        "tf1-dense",
    ),
    mistake("no-input", "TypeError ValueError", r"missing|input", lambda t: module(t)(), _right, "tf1-dense"),
    mistake(
        "unknown-tags",
        "ValueError",
        r"tags|graph variant",
        lambda t: module(t, tags={"train"}),
        lambda t: computed(t, module(t, tags=set())(t.inputs)),
        "tf1-dense",
    ),
    mistake(
        "train-for-training",
        "TypeError",
        r"unexpected keyword",
        lambda t: module(t, training=True),
        lambda t: computed(t, module(t, trainable=True)(t.inputs)),
        "tf1-dense",
    ),
    mistake(
        "empty-folder",
        "OSError ValueError RuntimeError NotFoundError UnsupportedHandleError",
        r"does not|not found|unsupported|no such|missing implementation",
        lambda t: module(t, t.empty),
        _right,
        "tf1-dense",
    ),
    mistake(
        "missing-folder",
        "OSError ValueError RuntimeError NotFoundError UnsupportedHandleError",
        r"does not|not found|unsupported|no such|missing implementation",
        lambda t: module(t, t.missing),
        _right,
        "tf1-dense",
    ),
    mistake(
        "number-for-handle",
        "ValueError TypeError AttributeError",
        r"\w+",
        lambda t: module(t, 42),
        _right,
        "tf1-dense",
    ),
    mistake(
        "name-scope-taken", "RuntimeError", r"was already taken", _after_its_name_scope, _named_after_that, "tf1-dense"
    ),
    mistake(
        "float64",
        "TypeError ValueError",
        r"float64",
        lambda t: module(t)(t.tf.constant(t.array.astype("float64"))),
        lambda t: computed(t, module(t)(t.tf.cast(t.array.astype("float64"), t.tf.float32))),
        "tf1-dense",
    ),
    mistake(
        "one-row",
        "TypeError ValueError",
        r"shape|rank",
        lambda t: module(t)(t.tf.constant(t.array[0])),
        _right,
        "tf1-dense",
    ),
    mistake(
        "column-of-strings",
        "TypeError ValueError",
        r"shape|rank",
        lambda t: module(t)([[one] for one in t.array]),
        lambda t: computed(t, module(t)(list(t.array))),
        "tf1-text",
    ),
    mistake(
        "one-string",
        "TypeError ValueError",
        r"shape|rank",
        lambda t: module(t)("hello world"),
        lambda t: computed(t, module(t)(list(t.array))),
        "tf1-text",
    ),
    mistake(
        "numbers-for-text",
        "TypeError ValueError",
        r"string",
        lambda t: module(t)(t.tf.constant([1.0, 2.0])),
        lambda t: computed(t, module(t)(list(t.array))),
        "tf1-text",
    ),
    mistake(
        "image-size-of-another",
        "ValueError LookupError",
        r"image|images",
        lambda t: public(t.hub, "get_expected_image_size")(module(t)),
        _right,
        "tf1-dense",
    ),
    mistake(
        "fit-of-module",
        "AttributeError",
        r"has no attribute 'fit'",
        lambda t: module(t).fit,
        _right,
        "tf1-dense",
    ),
    mistake(
        "trainable-variables",
        "AttributeError",
        r"has no attribute 'trainable_variables'",
        lambda t: module(t).trainable_variables,
        _right,
        "tf1-dense",
    ),
    mistake(
        "numpy-of-tensor",
        "AttributeError NotImplementedError",
        r"numpy",
        lambda t: module(t)(t.inputs).numpy(),
        _right,
        "tf1-dense",
    ),
    mistake(
        "checkpoint-missing",
        "ValueError NotFoundError",
        r"not a valid checkpoint|not found",
        _restored_by_nobody,
        _right,
        "tf1-dense",
    ),
    mistake(
        "saver-without-variables", "ValueError", r"No variables to save", _saver_without_variables, _right, "tf1-dense"
    ),
    mistake(
        "export-uninitialized",
        "FailedPreconditionError",
        r"uninitialized",
        _exported_uninitialized,
        _exported,
        "tf1-dense",
    ),
    mistake("export-twice", "OSError AlreadyExistsError ValueError", r"exist", _exported_twice, _exported, "tf1-dense"),
    mistake(
        "no-signature",
        "ValueError",
        r"signature",
        lambda t: public(t.hub, "create_module_spec")(lambda: None),
        _right,
        "tf1-dense",
    ),
    mistake(
        "signature-elsewhere",
        "RuntimeError ValueError",
        r"graph|collection|signature|module",
        lambda t: _add_signature(t) or public(t.hub, "create_module_spec")(lambda: None),
        _right,
        "tf1-dense",
    ),
]


def _add_signature(trying, name=None):
    inputs = trying.tf.placeholder(trying.tf.float32, [None])
    public(trying.hub, "add_signature")(name, inputs=inputs, outputs=2.0 * inputs)
