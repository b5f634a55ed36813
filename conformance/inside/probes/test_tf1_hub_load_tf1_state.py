"""TF1 Hub format, hub.Module: the state it brings, and where it may be called: parts, tables, control flow."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference, tf1_hub
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps


@probe("tf1-hub.load.tf1.module", "implied")
@probe("tf1-hub.fine-tune.tf1.module.trainable-variables", "implied")
@pytest.mark.parametrize("model", ["tf1-partitioned"])
def test_partitioned_variable(tf, hub, run, handle):
    """A variable in two parts is one entry of variable_map and two variables; a signature without inputs joins them."""
    module = public(hub, "Module")(handle, trainable=True)
    ids, whole = module(tf.constant(reference.IDS)), module(signature="whole")
    parts = module.variable_map["embedding"]
    names = sorted(variable.name for variable in tf.trainable_variables())
    expected = sorted(variable.name for variable in parts + [module.variable_map["kernel"]])
    checks.holds(len(parts) == 2 and names == expected, "the parts are trainable, each once", names)
    gradients = tf.gradients(ids, parts)
    got = run({"ids": ids, "whole": whole, "first": parts[0], "slope": tf.convert_to_tensor(gradients[1])})
    rows = np.bincount(reference.IDS, minlength=len(reference.EMBEDDING))[3:]
    expected = {
        "ids": reference.EMBEDDING[reference.IDS],
        "whole": reference.EMBEDDING,
        "first": reference.EMBEDDING[:3],
        "slope": np.repeat(rows[:, np.newaxis], reference.EMBEDDING.shape[1], axis=1).astype(np.float32),
    }
    checks.same_outputs(got, expected, "the parts are in their order")


@probe("tf1-hub.load.tf1.module.assets", "implied")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_tables_of_two_models(tf, hub, run, handle, tmp_path):
    """Two models in one graph, alike but for the words of their vocabularies: each looks words up in its own."""
    words, embedding = steps.with_swapped_vocabulary(handle, str(tmp_path / "swapped"))
    modules = [public(hub, "Module")(path) for path in (handle, str(tmp_path / "swapped"))]
    got = run([module(steps.tensor(tf, reference.SENTENCES)) for module in modules])
    checks.equal(got[0], reference.text(reference.SENTENCES), "the first has its own words")
    checks.equal(got[1], reference.text(reference.SENTENCES, embedding), "the second has {}".format(words))


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_inside_control_flow(tf, hub, run, handle):
    """m called in the branches of a tf.cond and in the body of a tf.while_loop, with the weights outside."""
    module = public(hub, "Module")(handle)
    inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
    chosen = tf.cond(tf.reduce_sum(inputs) > 0, lambda: module(inputs), lambda: module(-inputs))
    _, summed = tf.while_loop(
        lambda count, _: count < 3,
        lambda count, total: (count + 1, total + module(inputs)),
        [tf.constant(0), tf.zeros([tf.shape(inputs)[0], reference.UNITS])],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, reference.UNITS])],
    )
    for batch in (reference.INPUTS, -reference.INPUTS):
        got = run({"chosen": chosen, "summed": summed}, {inputs: batch})
        expected = {"chosen": reference.dense(reference.INPUTS), "summed": 3 * reference.dense(batch)}
        checks.same_outputs(got, expected, "inference equals NumPy's")


@probe("tf1-hub.load.tf1.module.text-embedding", "implied")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_python_strings(tf, hub, run, handle):
    """m(["hello world", "hub"]): a list of strings is made a tensor."""
    outputs = public(hub, "Module")(handle)(["hello world", "hub"])
    checks.equal(run(outputs), reference.text(reference.SENTENCES[:2]), "each string has its embedding")


@probe("tf1-hub.load.tf1.module.image-size", "implied")
def test_attached_image_size(tf, hub, tmp_path):
    """hub.attach_image_module_info: the size comes from what the model's author attached, also after export."""
    info = public(hub, "ImageModuleInfo")()
    info.default_image_size.height, info.default_image_size.width = 7, 9

    def module_fn():
        images = tf.placeholder(tf.float32, [None, None, None, 3])
        hub.add_signature(inputs={"images": images}, outputs=tf.reduce_mean(images, axis=[1, 2]))
        hub.attach_image_module_info(info)

    path = str(tmp_path / "model")
    tf1_hub.export(tf, hub, lambda *_: hub.create_module_spec(module_fn), path, str(tmp_path))
    size = list(hub.get_expected_image_size(hub.load_module_spec(path)))
    checks.holds(size == [7, 9], "the size is height, then width", size)
