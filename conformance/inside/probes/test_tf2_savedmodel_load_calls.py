"""TF2 SavedModel, depth of loading: batch sizes, dtypes, shapes, structures, and what loads and calls share."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.models import reference_structures as structures
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps, subjects
from conformance.inside.probes.page_claims import HUB_LOAD, KERAS_LAYER, each_call_form

MATRICES = ["tf2-dense", "tf2-batchnorm"]
EMPTY = np.zeros([0, reference.UNITS], np.float32)


@each_call_form("implied")
@pytest.mark.parametrize("model", MATRICES)
def test_batch_sizes(tf, hub, run, role, handle, form):
    """Batches of one row and of none."""
    loaded = public(hub, form)(handle)
    one, none = reference.INPUTS[1:2], reference.INPUTS[:0]
    of_one, of_none = run([loaded(tf.constant(one)), loaded(tf.constant(none))])
    checks.equal(of_one, subjects.outputs(role, one), "a batch of one row equals NumPy's")
    checks.equal(of_none, EMPTY, "an empty batch gives an empty batch")


@each_call_form("implied")
@pytest.mark.parametrize("model", ["tf2-image"])
def test_images(tf, hub, run, handle, form):
    """Image-shaped inputs of two sizes: [batch, height, width, 3], all but the colours unknown when it was saved."""
    _check_images(tf, run, public(hub, form)(handle))


@each_call_form("implied")
@pytest.mark.parametrize("model", ["tf2-lists"])
def test_lists_and_dtypes(tf, hub, run, handle, form):
    """A list of float32 and int64 inputs to a list of float32, int64 and string outputs; exact beyond 2**40."""
    _check_lists(tf, run, public(hub, form)(handle))


@probe(HUB_LOAD, "implied")
@pytest.mark.parametrize("model", ["tf2-encoder"])
def test_dict_of_integers(tf, hub, run, handle):
    """A dict of int32 inputs to a dict of outputs, with `training` left out, False and True."""
    loaded = public(hub, "load")(handle)
    tokens = _tokens(tf)
    got = run({"left out": loaded(tokens), "off": loaded(tokens, training=False), "on": loaded(tokens, training=True)})
    for key, training in (("left out", False), ("off", False), ("on", True)):
        expected = structures.encoder(structures.TOKENS, training)
        checks.same_outputs(got[key], expected, "with `training` {}".format(key))


@probe(KERAS_LAYER, "implied")
@pytest.mark.parametrize("model", ["tf2-encoder"])
def test_keras_layer_dict_of_integers(tf, hub, run, handle):
    """The layer on a dict of int32 inputs: all outputs, or the one that output_key names."""
    whole = public(hub, "KerasLayer")(handle)(_tokens(tf))
    pooled = public(hub, "KerasLayer")(handle, output_key="sequence_output")(_tokens(tf))
    got = run({"whole": whole, "sequence": pooled})
    expected = structures.encoder(structures.TOKENS)
    checks.same_outputs(got["whole"], expected, "the dict of outputs equals NumPy's")
    checks.equal(got["sequence"], expected["sequence_output"], "output_key picks one of the outputs")


@probe(HUB_LOAD, "implied")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_text_batch_sizes(tf, hub, run, handle):
    """Strings: a batch of one sentence, and of none."""
    loaded = public(hub, "load")(handle)
    one, none = reference.SENTENCES[2:3], tf.constant([], tf.string)
    of_one, of_none = run([loaded(steps.tensor(tf, one)), loaded(none)])
    checks.equal(of_one, reference.text(one), "a batch of one sentence equals NumPy's")
    checks.equal(of_none, np.zeros([0, 4], np.float32), "an empty batch gives an empty batch")


@probe(HUB_LOAD, "implied")
@pytest.mark.parametrize("model", ["tf2-signatures"])
def test_signatures_describe_themselves(tf, hub, handle):
    """m.signatures: the names of all signatures, and of the inputs and outputs of each, with dtypes and shapes."""
    signatures = public(hub, "load")(handle).signatures
    matrix, product = ([None, reference.FEATURES], "float32"), ([None, reference.UNITS], "float32")
    vector = ([None], "float32")
    expected = {
        "serving_default": ({"inputs": matrix}, {"default": product}),
        "double": ({"inputs": matrix}, {"default": product, "total": vector}),
        "pair": ({"left": matrix, "right": matrix}, {"default": product, "difference": matrix}),
    }
    checks.holds(sorted(signatures) == sorted(expected), "every signature is there", sorted(signatures))
    for name, (inputs, outputs) in expected.items():
        positional, keywords = signatures[name].structured_input_signature
        checks.holds(positional == () and _specs(keywords) == inputs, "{} takes its inputs".format(name), keywords)
        found = signatures[name].structured_outputs
        checks.holds(_specs(found) == outputs, "{} gives its outputs".format(name), found)


@probe(HUB_LOAD, "implied")
@pytest.mark.parametrize("model", MATRICES)
def test_two_loads(tf, hub, run, role, handle):
    """Two loads of one model, and two calls of each, in one program: the same to the bit."""
    inputs = tf.constant(reference.INPUTS)
    loaded = [public(hub, "load")(handle) for _ in range(2)]
    got = run([one(inputs) for one in loaded + loaded])
    checks.equal(got[0], subjects.outputs(role, reference.INPUTS), "inference equals NumPy's")
    for other in got[1:]:
        checks.holds(bool((got[0] == other).all()), "loads and calls agree to the bit", other)


@probe("tf2-savedmodel.load.tf2.hub-load", "implied")
@pytest.mark.parametrize("model", MATRICES)
def test_weights_belong_to_a_load_and_its_calls(tf, hub, role, handle):
    """Changing a weight of one load changes all its calls, traced ones too, and no call of another load."""
    first, second = (public(hub, "load")(handle) for _ in range(2))
    inputs = tf.constant(reference.INPUTS)
    traced = tf.function(lambda batch: first(batch))
    traced(inputs)
    kernel = checks.by_role([(variable.name, variable) for variable in first.trainable_variables])["kernel"]
    kernel.assign(2 * reference.KERNEL)
    compute = {"dense": reference.dense, "batchnorm": reference.batchnorm}[role]
    for call in (first, traced):
        changed = compute(reference.INPUTS, 2 * reference.KERNEL)
        checks.equal(call(inputs).numpy(), changed, "a call uses the changed weight")
    checks.equal(second(inputs).numpy(), compute(reference.INPUTS), "another load keeps its own weights")


@each_call_form("implied", columns=["tf2"])
@pytest.mark.parametrize("model", MATRICES)
def test_inside_a_function(tf, hub, role, handle, form):
    """Called inside a tf.function for batches of unknown size, with batches of four, two, one and no rows."""
    _check_inside_a_function(tf, role, public(hub, form)(handle))


def _specs(structure):
    """Name -> shape and dtype."""
    return {name: (spec.shape.as_list(), spec.dtype.name) for name, spec in structure.items()}


def _check_images(tf, run, call):
    batches = (structures.PICTURES, structures.OTHER_PICTURES, structures.PICTURES[1:])
    for got, batch in zip(run([call(tf.constant(batch)) for batch in batches]), batches):
        checks.equal(got, structures.image(batch), "feature vectors of images {} equal NumPy's".format(batch.shape))


def _check_lists(tf, run, call):
    outputs = call([tf.constant(reference.INPUTS), tf.constant(structures.NUMBERS)])
    checks.holds(isinstance(outputs, (list, tuple)) and len(outputs) == 3, "it gives a list of three", outputs)
    expected = structures.lists(reference.INPUTS, structures.NUMBERS)
    for got, of_output in zip(run(list(outputs)), expected):
        checks.equal(got, of_output, "each output of the list equals NumPy's")


def _check_inside_a_function(tf, role, call):
    @tf.function(input_signature=[tf.TensorSpec([None, reference.FEATURES], tf.float32)])
    def compute(inputs):
        return call(inputs)

    for batch in (reference.INPUTS, reference.OTHER_INPUTS, reference.INPUTS[:1], reference.INPUTS[:0]):
        expected = subjects.outputs(role, batch)
        checks.equal(compute(tf.constant(batch)).numpy(), expected, "inference inside a tf.function equals NumPy's")


def _tokens(tf):
    return {key: tf.constant(value) for key, value in structures.TOKENS.items()}


@probe(HUB_LOAD, "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_tags(tf, cell, hub, run, role, handle):
    """hub.load(handle, tags=["serve"]), the tag of every TF2 SavedModel; another tag is refused."""
    steps.check_inference(tf, cell, run, role, public(hub, "load")(handle, tags=["serve"]))
    for tags in (["train"], ["serve", "train"], []):
        checks.refused(
            lambda tags=tags: public(hub, "load")(handle, tags=tags),
            "Exception",
            r"tag",
            "a load with the tags {} is refused".format(tags),
        )
