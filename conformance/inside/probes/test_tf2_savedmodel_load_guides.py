"""TF2 SavedModel, what the guides say about loading: any SavedModel, the reusable interface, text, load options."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference, tf2_savedmodel, tf2_structures
from conformance.inside.models import reference_structures as structures
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps, subjects

LENGTH = 3  # of the packed inputs: shorter than one sentence, longer than the others


@probe("tf2-savedmodel.load.tf2.any", "literal")
@pytest.mark.parametrize("model", ["tf2-plain"])
def test_any_saved_model(tf, hub, run, handle):
    """hub.load of a SavedModel that cannot be called: its signature takes its inputs by keyword, and gives a dict."""
    loaded = public(hub, "load")(handle)
    left, right = tf.constant(reference.INPUTS), tf.constant(reference.INPUTS[::-1])
    outputs = loaded.signatures["serving_default"](right=right, left=left)
    expected = reference.paired(reference.INPUTS, reference.INPUTS[::-1])
    checks.same_outputs(run(outputs), expected, "a signature's inputs are matched by their names")
    checks.holds(not callable(loaded), "a SavedModel without __call__ is not callable", "a callable object")


@probe("tf2-savedmodel.load.tf2.any", "implied")
@pytest.mark.parametrize("model", ["tf2-plain"])
def test_keras_layer_on_a_signature(tf, hub, run, handle):
    """hub.KerasLayer(handle, signature=..., signature_outputs_as_dict=True) on a dict of inputs."""
    options = {"signature": "serving_default", "signature_outputs_as_dict": True}
    layer = public(hub, "KerasLayer")(handle, **options)
    left, right = tf.constant(reference.INPUTS), tf.constant(reference.INPUTS[::-1])
    expected = reference.paired(reference.INPUTS, reference.INPUTS[::-1])
    checks.same_outputs(run(layer({"left": left, "right": right})), expected, "the layer gives all outputs by name")


@probe("tf2-savedmodel.load.tf2.reusable.attributes", "literal")
@pytest.mark.parametrize("model", ["tf2-dense", "tf2-batchnorm", "tf2-keras"])
def test_reusable_attributes(tf, hub, role, handle):
    """m.variables, m.trainable_variables (some of them) and m.regularization_losses, callables without arguments."""
    loaded, expected = public(hub, "load")(handle), subjects.training(role)
    everything = list(expected.trained) + list(expected.kept) + list(expected.updated)
    steps.check_roles(loaded.variables, everything, "variables lists all variables")
    steps.check_roles(loaded.trainable_variables, expected.trained, "trainable_variables lists those that train")
    among = {id(variable) for variable in loaded.variables}
    strays = [variable.name for variable in loaded.trainable_variables if id(variable) not in among]
    checks.holds(not strays, "trainable variables are the very objects among the variables", strays)
    losses = [loss() for loss in loaded.regularization_losses]
    checks.equal([loss.numpy() for loss in losses], [expected.regularization], "regularization_losses gives the loss")
    checks.holds(losses[0].shape.rank == 0, "a regularization loss is a scalar", losses[0].shape)


@probe("tf2-savedmodel.load.tf2.reusable.structures", "literal")
@pytest.mark.parametrize("model", ["tf2-dense", "tf2-lists", "tf2-signatures"])
def test_reusable_structures(tf, hub, run, role, handle):
    """m(inputs) where inputs and outputs are one tensor, a list, and a dict."""
    loaded = public(hub, "load")(handle)
    left, right = tf.constant(reference.INPUTS), tf.constant(reference.INPUTS[::-1])
    if role == "dense":
        checks.equal(run(loaded(left)), reference.dense(reference.INPUTS), "a tensor gives a tensor")
    elif role == "lists":
        got = run(list(loaded([left, tf.constant(structures.NUMBERS)])))
        for one, expected in zip(got, structures.lists(reference.INPUTS, structures.NUMBERS)):
            checks.equal(one, expected, "a list gives a list")
    else:
        expected = reference.paired(reference.INPUTS, reference.INPUTS[::-1])
        checks.same_outputs(run(loaded({"left": left, "right": right})), expected, "a dict gives a dict")


@probe("tf2-savedmodel.load.tf2.reusable.training", "literal")
@pytest.mark.parametrize("model", ["tf2-batchnorm", "tf2-keras"])
def test_reusable_training(tf, hub, role, handle):
    """m(inputs), m(inputs, training=False) and m(inputs, training=True): the argument is False by default."""
    loaded = public(hub, "load")(handle)
    inputs = tf.constant(reference.INPUTS)
    inference = subjects.outputs(role, reference.INPUTS)
    checks.equal(loaded(inputs).numpy(), inference, "without the argument it infers")
    checks.equal(loaded(inputs, training=False).numpy(), inference, "training=False infers")
    trained = subjects.training(role).outputs
    checks.equal(loaded(inputs, training=True).numpy(), trained, "training=True trains")


@probe("tf2-savedmodel.load.tf2.keras-layer.shared", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_keras_layer_shares_weights(tf, hub, handle):
    """One layer used twice has one set of weights, which both uses see."""
    layer = public(hub, "KerasLayer")(handle, trainable=True)
    first, second = tf.constant(reference.INPUTS), tf.constant(reference.OTHER_INPUTS)
    layer(first)
    layer(second)
    names = sorted(weight.name for weight in layer.weights)
    weights = steps.check_roles(layer.weights, ["kernel", "bias", "scale"], "two uses have one set of weights")
    checks.holds(len({id(weight) for weight in layer.weights}) == 3, "each weight is there once", names)
    weights["bias"].assign(3 * reference.BIAS)
    for inputs in (first, second):
        expected = reference.dense(inputs.numpy(), bias=3 * reference.BIAS)
        checks.equal(layer(inputs).numpy(), expected, "each use sees the changed weight")


@probe("tf2-savedmodel.load.tf2.keras-layer.arguments", "literal")
@pytest.mark.parametrize("model", ["tf2-encoder"])
def test_keras_layer_arguments(tf, hub, handle):
    """hub.KerasLayer(obj.method, arguments=dict(...)) passes them on at each call."""
    loaded = public(hub, "load")(handle)
    tokens = {key: tf.constant(value) for key, value in structures.TOKENS.items()}

    def scaled(inputs, factor=1.0, offset=0.0):
        return factor * loaded(inputs)["sequence_output"] + offset

    layer = public(hub, "KerasLayer")(scaled, arguments={"factor": 3.0, "offset": 0.5})
    expected = structures.encoder(structures.TOKENS)["sequence_output"]
    for _ in range(2):
        checks.equal(layer(tokens).numpy(), np.float32(3) * expected + np.float32(0.5), "the arguments are passed on")


@probe("tf2-savedmodel.load.tf2.keras-layer", "implied")
def test_keras_layer_output_shape(tf, hub):
    """hub.KerasLayer(callable, output_shape=[...]) tells a graph the shape that the callable itself leaves open."""

    def product(inputs):
        return tf.compat.v1.placeholder_with_default(tf.matmul(inputs, reference.KERNEL), [None, None])

    layer = public(hub, "KerasLayer")(product, output_shape=[reference.UNITS])
    shape = list(reference.INPUTS.shape)
    traced = tf.function(lambda inputs: layer(inputs)).get_concrete_function(tf.TensorSpec(shape, tf.float32))
    outputs = traced.outputs[0]
    checks.holds(outputs.shape.as_list() == [shape[0], reference.UNITS], "the graph knows the shape", outputs.shape)
    got = traced(tf.constant(reference.INPUTS))
    checks.equal(got.numpy(), reference.product(reference.INPUTS), "the values are the callable's")


@probe("tf2-savedmodel.load.tf2.text.encoder-outputs", "literal")
@pytest.mark.parametrize("model", ["tf2-encoder"])
def test_encoder_outputs(tf, hub, handle):
    """An encoder on the usual dict of inputs: "pooled_output" [batch, width], "sequence_output" [batch, length, width]
    and "default", through hub.load and hub.KerasLayer."""
    tokens = {key: tf.constant(value) for key, value in structures.TOKENS.items()}
    expected = structures.encoder(structures.TOKENS)
    for way in ("load", "KerasLayer"):
        outputs = public(hub, way)(handle)(tokens)
        got = {key: value.numpy() for key, value in outputs.items()}
        checks.same_outputs(got, expected, "hub.{} gives the encoder's outputs".format(way))


@pytest.fixture
def preprocessor(tf, hub, tmp_path):
    """A text preprocessor, saved by this TensorFlow and loaded back."""
    path = str(tmp_path / "model")
    tf2_savedmodel.save(tf, tf2_structures.preprocessor, path, str(tmp_path))
    return public(hub, "load")(path)


@probe("tf2-savedmodel.load.tf2.text.tokenize", "literal")
def test_tokenize(tf, hub, preprocessor):
    """preprocessor.tokenize(sentences): a RaggedTensor of int32 ids."""
    _check_tokens(tf, preprocessor.tokenize(steps.tensor(tf, reference.SENTENCES)))


@probe("tf2-savedmodel.load.tf2.text.tokenize", "implied")
def test_tokenize_nothing(tf, hub, preprocessor):
    """An empty batch of sentences, and an empty sentence."""
    tokens = preprocessor.tokenize(tf.constant([], tf.string))
    checks.holds(tokens.to_list() == [], "an empty batch gives no rows", tokens)
    tokens = preprocessor.tokenize(tf.constant([b"", b"hub"]))
    checks.holds(tokens.to_list() == [[], [2]], "an empty sentence gives an empty row", tokens)


@probe("tf2-savedmodel.load.tf2.keras-layer.sub-callable", "literal")
def test_keras_layer_of_a_sub_callable(tf, hub, preprocessor):
    """hub.KerasLayer(preprocessor.tokenize) on sentences: the same RaggedTensor."""
    layer = public(hub, "KerasLayer")(preprocessor.tokenize)
    _check_tokens(tf, layer(steps.tensor(tf, reference.SENTENCES)))


@probe("tf2-savedmodel.load.tf2.text.pack", "literal")
def test_bert_pack_inputs(tf, hub, preprocessor):
    """hub.KerasLayer(preprocessor.bert_pack_inputs, arguments=dict(seq_length=...)) on a list of token ids."""
    tokens = preprocessor.tokenize(steps.tensor(tf, reference.SENTENCES))
    expected = structures.packed(reference.SENTENCES, LENGTH)
    called = preprocessor.bert_pack_inputs([tokens], tf.constant(LENGTH))
    got = {key: value.numpy() for key, value in called.items()}
    checks.same_outputs(got, expected, "the method packs the tokens")
    layer = public(hub, "KerasLayer")(preprocessor.bert_pack_inputs, arguments={"seq_length": LENGTH})
    got = {key: value.numpy() for key, value in layer([tokens]).items()}
    checks.same_outputs(got, expected, "a layer of the method packs the tokens")


@probe("tf2-savedmodel.load.tf2.load-options", "literal")
@pytest.mark.parametrize("model", ["tf2-dense", "tf2-text"])
def test_load_options(tf, hub, role, handle):
    """hub.load(handle, options=tf.saved_model.LoadOptions(experimental_io_device="/job:localhost"))."""
    options = public(tf, "saved_model.LoadOptions")(experimental_io_device="/job:localhost")
    loaded = public(hub, "load")(handle, options=options)
    steps.check_inference_eagerly(tf, role, loaded)
    layer = public(hub, "KerasLayer")(handle, load_options=options)
    steps.check_inference_eagerly(tf, role, layer)


@probe("tf2-savedmodel.load.tf2.load-options", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_load_options_matter(tf, hub, handle):
    """hub.load and hub.KerasLayer with an experimental_io_device that does not exist: reading the values fails."""
    options = public(tf, "saved_model.LoadOptions")(experimental_io_device="/job:absent")
    for load in (
        lambda: public(hub, "load")(handle, options=options),
        lambda: public(hub, "KerasLayer")(handle, load_options=options),
    ):
        checks.refused(load, "Exception", "absent", "the device that was asked for is used")


@probe("tf2-savedmodel.load.tf2.load-options.before-2.3", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_load_options_before_23(tf, hub, handle):
    """hub.load(handle, options=...) with some options."""
    load = public(hub, "load")
    checks.refused(
        lambda: load(handle, options=object()), "NotImplementedError", r"options.*not supported", "options are refused"
    )


@probe("tf2-savedmodel.load.tf2.empty-folder", "literal")
def test_empty_folder(tf, hub, tmp_path):
    """hub.load and hub.KerasLayer of a folder without a saved_model.pb."""
    for way in ("load", "KerasLayer"):
        checks.refused(
            lambda way=way: public(hub, way)(str(tmp_path)),
            "ValueError",
            r"incompatible|unknown type|contains neither",
            "hub.{} refuses a folder without a model".format(way),
        )


@probe("tf2-savedmodel.load.tf2.empty-folder", "implied")
def test_handle_that_is_no_string(hub):
    """hub.load of something that is not a string."""
    checks.refused(lambda: public(hub, "load")(7), "ValueError", r"string", "only a string is a handle")


def _check_tokens(tf, tokens):
    checks.holds(isinstance(tokens, tf.RaggedTensor), "tokens are a RaggedTensor", type(tokens))
    checks.holds(tokens.dtype == tf.int32, "token ids are int32", tokens.dtype)
    expected = [reference.word_ids(sentence) for sentence in reference.SENTENCES]
    checks.holds(tokens.to_list() == expected, "each row has its words' ids", tokens.to_list())
