"""TF1 Hub format, specs: what they keep, and the ways to make and export them that docstrings describe."""

import os

import numpy as np

from conformance.inside import checks
from conformance.inside.fresh import loading
from conformance.inside.models import reference, tf1_hub
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps, subjects


@probe("tf1-hub.create.tf1.module-spec", "implied")
def test_attached_messages(tf, hub, tmp_path):
    """hub.attach_message: each variant of the graph has its own, the last one of a key counts, export keeps them."""
    attach = public(hub, "attach_message")
    kind = public(hub, "ImageModuleInfo")

    def sized(height):
        message = kind()
        message.default_image_size.height = height
        return message

    def module_fn(height):
        inputs = tf.placeholder(tf.float32, [None])
        hub.add_signature(inputs=inputs, outputs=2.0 * inputs)
        attach("info", sized(1))
        attach("info", sized(height))
        if height == 3:
            attach("other_2", sized(30))

    path = str(tmp_path / "model")
    spec = hub.create_module_spec(module_fn, tags_and_args=[(set(), {"height": 2}), ({"train"}, {"height": 3})])
    tf1_hub.export(tf, hub, lambda *_: spec, path, str(tmp_path))
    for source in (spec, hub.load_module_spec(path)):
        got = [source.get_attached_message("info", kind, tags) for tags in (None, set(), {"train"})]
        heights = [message.default_image_size.height for message in got]
        checks.holds(heights == [2, 2, 3], "each variant has its own message, and the last one", heights)
        other = source.get_attached_message("other_2", kind, {"train"}, required=True)
        checks.holds(other.default_image_size.height == 30, "a variant's second message", other)
        absent = source.get_attached_message("other_2", kind)
        checks.holds(absent is None, "a message of another variant is none", absent)
        checks.refused(
            lambda source=source: source.get_attached_message("other_2", kind, required=True),
            "KeyError",
            "other_2",
            "a required message must be there",
        )
        module = public(hub, "Module")(source, tags={"train"})
        height = module.get_attached_message("info", kind).default_image_size.height
        checks.holds(height == 3, "a module has the messages of its variant", height)
    for key in ("2nd", "with-dash", ""):
        checks.refused(lambda key=key: attach(key, sized(1)), "ValueError", "key", "{!r} is no key".format(key))


@probe("tf1-hub.create.tf1.module-spec", "implied")
def test_export_from_a_checkpoint(tf, hub, run, outlives, tmp_path):
    """spec.export(path, checkpoint_path=...) takes the values of a training's checkpoint, under other names as well."""
    changed = {"kernel": -0.5 * reference.KERNEL, "bias": reference.BIAS + 1.0, "scale": np.float32(3.0)}
    expected = reference.dense(reference.INPUTS, **changed)
    outputs = {}
    for scope in ("", "tower/"):
        checkpoint = str(tmp_path / "checkpoint{}".format(len(scope)))
        with tf.Graph().as_default(), tf.Session() as session:
            named = {scope + name: tf.Variable(value) for name, value in changed.items()}
            session.run(tf.global_variables_initializer())
            tf.train.Saver(named).save(session, checkpoint)
        spec = public(hub, "create_module_spec") and tf1_hub.dense(tf, hub, str(tmp_path))
        path = str(tmp_path / "model{}".format(len(scope)))
        if scope:
            spec.export(path, checkpoint_path=checkpoint, name_transform_fn=lambda name: "tower/" + name)
        else:
            spec.export(path, checkpoint_path=checkpoint)
        outputs["scope " + scope] = public(hub, "Module")(path)(tf.constant(reference.INPUTS))
        checks.refused(lambda spec=spec: spec.export("never-written"), "ValueError", "checkpoint_path", "it is needed")
    checks.same_outputs(run(outputs), dict.fromkeys(outputs, expected), "the checkpoint's values are exported")
    outlives(path, load=loading.hub_module, batches=[reference.INPUTS], expected=[expected])


@probe("tf1-hub.create.tf1.module-spec", "implied")
def test_spec_of_a_savedmodel(tf, hub, run, outlives, tmp_path):
    """hub.create_module_spec_from_saved_model of what TF1 saved for serving: its signatures, values and collections."""
    make = public(hub, "create_module_spec_from_saved_model")
    path, exported = str(tmp_path / "saved"), str(tmp_path / "exported")
    with tf.Graph().as_default(), tf.Session() as session:
        inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
        kernel = tf.get_variable("kernel", initializer=np.zeros_like(reference.KERNEL), regularizer=tf.reduce_sum)
        tf.train.create_global_step()
        tf.add_to_collection("of_the_author", kernel)
        signature = tf.saved_model.signature_def_utils.predict_signature_def(
            {"inputs": inputs}, {"default": tf.matmul(inputs, kernel)}
        )
        session.run(tf.global_variables_initializer())
        session.run(tf.assign(kernel, reference.KERNEL))
        builder = tf.saved_model.builder.SavedModelBuilder(path)
        builder.add_meta_graph_and_variables(session, [], {"default": signature}, main_op=tf.tables_initializer())
        builder.save()
    checks.refused(lambda: make(path), "ValueError", "of_the_author", "a collection that hub does not know is refused")
    spec = make(path, drop_collections=["of_the_author"])
    with tf.Graph().as_default(), tf.Session() as session:
        module = public(hub, "Module")(spec, trainable=True)
        losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
        checks.holds(len(losses) == 1, "the regularization loss comes along", losses)
        session.run(tf.global_variables_initializer())
        module.export(exported, session)
    got = run({name: hub.Module(source)(tf.constant(reference.INPUTS)) for name, source in _both(spec, exported)})
    product = reference.product(reference.INPUTS)
    checks.same_outputs(got, {"spec": product, "exported": product}, "the saved values come along")
    outlives(exported, load=loading.hub_module, batches=[reference.INPUTS], expected=[product])


@probe("tf1-hub.create.tf1.module-spec", "implied")
def test_graphs_that_cannot_be_modules(tf, hub):
    """hub.create_module_spec refuses inputs and variables bound to other ops, what is no tensor, and no signature."""
    create = public(hub, "create_module_spec")

    def input_beside_variable():
        variable = tf.get_variable("variable", initializer=reference.KERNEL)
        with tf.colocate_with(variable.op):
            inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
        hub.add_signature(inputs=inputs, outputs=tf.matmul(inputs, variable))

    def variable_beside_input():
        inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
        with tf.colocate_with(inputs.op):
            variable = tf.get_variable("variable", initializer=reference.KERNEL)
        hub.add_signature(inputs=inputs, outputs=tf.matmul(inputs, variable))

    def array():
        hub.add_signature(inputs=tf.placeholder(tf.float32, [None]), outputs=reference.KERNEL)

    def none():
        tf.placeholder(tf.float32, [None])

    for module_fn, complaint in (
        (input_beside_variable, "colocate"),
        (variable_beside_input, "colocate"),
        (array, "tensor"),
        (none, "signature"),
    ):
        checks.refused(
            lambda module_fn=module_fn: create(module_fn), "Exception", complaint, module_fn.__name__ + " is refused"
        )


@probe("tf1-hub.create.tf1.module-spec", "implied")
def test_colocated_ops(tf, hub, run, outlives, tmp_path):
    """A model whose ops are bound to the devices of its inputs and variables: it is applied to inputs that are not."""
    path = str(tmp_path / "model")
    public(hub, "Module")

    def bound(*_):
        def module_fn():
            inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
            kernel = tf.get_variable("kernel", initializer=reference.KERNEL)
            with tf.colocate_with(inputs.op):
                doubled = 2.0 * inputs
            with tf.colocate_with(doubled.op), tf.colocate_with(kernel.op, ignore_existing=True):
                product = tf.matmul(doubled, kernel)
            hub.add_signature(inputs=inputs, outputs=product)

        return hub.create_module_spec(module_fn)

    tf1_hub.export(tf, hub, bound, path, str(tmp_path))
    module = hub.Module(path)
    _, split = tf.split(tf.constant(np.concatenate([reference.INPUTS, 2.0 * reference.INPUTS])), 2)
    outputs = {"constant": module(tf.constant(reference.INPUTS)), "split": module(split)}
    product = reference.product(reference.INPUTS)
    checks.same_outputs(run(outputs), {"constant": 2 * product, "split": 4 * product}, "inference equals NumPy's")
    outlives(path, load=loading.hub_module, batches=[reference.INPUTS], expected=[2 * product])


@probe("tf1-hub.create.tf1.module-spec.latest-exporter", "implied")
def test_latest_exporter_keeps_some(tf, hub, tmp_path):
    """hub.LatestModuleExporter(exports_to_keep=2): of three exports the newest two stay, each whole, beside others."""
    estimator, serving = _estimator(tf, hub, tmp_path, ["one", "two"])
    folder = str(tmp_path / "exported")
    os.makedirs(os.path.join(folder, "not-an-export"))
    exporter = public(hub, "LatestModuleExporter")("latest", serving, exports_to_keep=2)
    checks.holds(exporter.name == "latest", "an exporter has its name", exporter.name)
    paths = [os.path.basename(tf.compat.as_text(exporter.export(estimator, folder))) for _ in range(3)]
    left = sorted(os.listdir(folder))
    checks.holds(left == sorted(paths[1:]) + ["not-an-export"], "the newest two are kept", (paths, left))
    names = sorted(os.listdir(os.path.join(folder, paths[2])))
    checks.holds(names == ["one", "two"], "an export has each registered module", names)
    for none in (0, -1):
        checks.refused(
            lambda none=none: hub.LatestModuleExporter("latest", serving, exports_to_keep=none),
            "ValueError",
            "exports_to_keep",
            "fewer than one cannot be kept",
        )


@probe("tf1-hub.create.tf1.module-spec.latest-exporter", "implied")
def test_latest_exporter_from_a_checkpoint(tf, hub, run, tmp_path):
    """LatestModuleExporter.export(estimator, path, checkpoint_path=...) exports that checkpoint, not the latest."""
    estimator, serving = _estimator(tf, hub, tmp_path, ["one"])
    first = estimator.latest_checkpoint()
    estimator.train(_batch(tf), steps=1)
    exporter = public(hub, "LatestModuleExporter")("latest", serving)
    path = exporter.export(estimator, str(tmp_path / "exported"), first)
    expected = subjects.training("dense")
    tuned = reference.dense(reference.INPUTS, expected.trained["kernel"], expected.trained["bias"])
    got = run(public(hub, "Module")(os.path.join(tf.compat.as_text(path), "one"))(tf.constant(reference.INPUTS)))
    checks.equal(got, tuned, "the values are those after the first step")
    checks.refused(
        lambda: _estimator(tf, hub, tmp_path / "twice", ["one", "one"]), "ValueError", "one", "a name is used once"
    )
    nothing, serving = _estimator(tf, hub, tmp_path / "none", [])
    exported = hub.LatestModuleExporter("latest", serving).export(nothing, str(tmp_path / "nothing"))
    checks.holds(exported is None, "without a registered module nothing is exported", exported)


def _estimator(tf, hub, folder, names):
    """A trained Estimator whose one module is registered under `names`, and its serving_input_fn."""
    register = public(hub, "register_module_for_export")
    estimators = public(tf, "estimator")

    def model_fn(features, labels, mode):
        module = hub.Module(tf1_hub.dense(tf, hub, ""), trainable=True)
        for name in names:
            register(module, name)
        outputs = module(features["inputs"])
        if labels is None:
            return estimators.EstimatorSpec(mode, predictions=outputs)
        loss = steps.mean_squared_error(tf, outputs, labels) + tf.losses.get_regularization_loss()
        optimizer = tf.train.GradientDescentOptimizer(subjects.RATE)
        return estimators.EstimatorSpec(mode, loss=loss, train_op=optimizer.minimize(loss, tf.train.get_global_step()))

    def serving():
        inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
        return estimators.export.ServingInputReceiver({"inputs": inputs}, {"inputs": inputs})

    estimator = estimators.Estimator(model_fn, str(folder / "estimator"))
    estimator.train(_batch(tf), steps=1)
    return estimator, serving


def _batch(tf):
    expected = subjects.training("dense")
    return lambda: ({"inputs": tf.constant(expected.inputs)}, tf.constant(expected.targets))


def _both(spec, exported):
    return [("spec", spec), ("exported", exported)]


@probe("tf1-hub.create.tf1.module-spec", "implied")
def test_two_assets_of_one_name(tf, hub, run, tmp_path):
    """Two vocabularies that are both called words.txt, in different folders: both travel, and none hides the other."""
    public(hub, "Module")
    path = str(tmp_path / "model")
    files = [str(tmp_path / folder / "words.txt") for folder in ("one", "other")]
    for file, words in zip(files, (reference.VOCABULARY, reference.VOCABULARY[::-1])):
        os.makedirs(os.path.dirname(file))
        with open(file, "w") as vocabulary:
            vocabulary.write("\n".join(words) + "\n")

    def two_tables(tf, hub, _folder):
        def module_fn():
            words = tf.placeholder(tf.string, [None])
            found = [tf1_hub.index_table(tf, file).lookup(words) for file in files]
            hub.add_signature(inputs=words, outputs={"default": found[0], "other": found[1]})

        return hub.create_module_spec(module_fn)

    tf1_hub.export(tf, hub, two_tables, path, str(tmp_path))
    for file in files:
        os.remove(file)
    got = run(hub.Module(path)(tf.constant(["hello", "hub", "unheard"]), as_dict=True))
    expected = {"default": np.array([0, 2, 4], np.int64), "other": np.array([3, 1, 4], np.int64)}
    checks.same_outputs(got, expected, "each table reads its own file")


@probe("tf1-hub.create.tf1.module-spec", "implied")
def test_drop_collections(tf, hub, tmp_path):
    """create_module_spec(module_fn, drop_collections=[...]) leaves these collections out, and no others."""
    public(hub, "create_module_spec")

    def module_fn():
        inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
        kernel = tf.get_variable("kernel", initializer=reference.KERNEL, regularizer=tf.reduce_sum)
        hub.add_signature(inputs=inputs, outputs=tf.matmul(inputs, kernel))

    spec = hub.create_module_spec(module_fn, drop_collections=[tf.GraphKeys.REGULARIZATION_LOSSES])
    public(hub, "Module")(spec, trainable=True)
    losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    checks.holds(not losses, "the dropped collection is empty", losses)
    checks.holds(len(tf.trainable_variables()) == 1, "the variable is trainable", tf.trainable_variables())
