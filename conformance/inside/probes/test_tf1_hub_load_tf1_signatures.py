"""TF1 Hub format, loading: the common signatures for images and text that the guides describe."""

import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps


@probe("tf1-hub.load.tf1.module.image-size", "literal")
@pytest.mark.parametrize("model", ["tf1-image"])
def test_expected_image_size(hub, tf, handle):
    """hub.get_expected_image_size(spec), and of the module; hub.get_num_image_channels likewise."""
    spec = public(hub, "load_module_spec")(handle)
    module = public(hub, "Module")(spec)
    for subject in (spec, module):
        size = list(public(hub, "get_expected_image_size")(subject))
        checks.holds(size == [reference.HEIGHT, reference.WIDTH], "the size is height, then width", size)
        channels = public(hub, "get_num_image_channels")(subject)
        checks.holds(channels == 3, "there are three colours", channels)


@probe("tf1-hub.load.tf1.module.image-size", "implied")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_no_image_size(hub, tf, handle):
    """hub.get_expected_image_size of a model that takes no images is a ValueError."""
    spec = public(hub, "load_module_spec")(handle)
    measure = public(hub, "get_expected_image_size")
    checks.refused(lambda: measure(spec), "ValueError", "images", "it has no images to be measured")


@probe("tf1-hub.load.tf1.module.image-signatures", "literal")
@pytest.mark.parametrize("model", ["tf1-image"])
def test_image_signatures(tf, hub, run, handle):
    """m(dict(images=images), signature="image_feature_vector", as_dict=True), likewise "image_classification", and
    m(images) for the default: [batch, features], the batch unknown while the graph is built."""
    module = public(hub, "Module")(handle)
    images = tf.placeholder(tf.float32, [None, reference.HEIGHT, reference.WIDTH, 3])
    outputs = {
        "features": module({"images": images}, signature="image_feature_vector", as_dict=True),
        "logits": module({"images": images}, signature="image_classification", as_dict=True),
        "default": module(images),
    }
    shape = outputs["features"]["default"].shape.as_list()
    checks.holds(shape == [None, reference.UNITS], "only the batch size is unknown", shape)
    for batch in (reference.IMAGES, reference.IMAGES[1:]):
        got = run(outputs, {images: batch})
        expected = {"default": reference.image_features(batch), "pooled": reference.pooled(batch)}
        checks.same_outputs(got["features"], expected, "the feature vector equals NumPy's")
        logits = {"default": reference.image_logits(batch)}
        checks.same_outputs(got["logits"], logits, "the classification equals NumPy's")
        checks.equal(got["default"], expected["default"], "the default signature is the feature vector")


@probe("tf1-hub.load.tf1.module.image-signatures", "implied")
@pytest.mark.parametrize("model", ["tf1-image"])
def test_image_embedding_column(tf, hub, run, handle):
    """tf.feature_column.input_layer with hub.image_embedding_column(key, handle)."""
    column = public(hub, "image_embedding_column")("images", handle)
    outputs = tf.feature_column.input_layer({"images": tf.constant(reference.IMAGES)}, [column])
    checks.equal(run(outputs), reference.image_features(reference.IMAGES), "the column gives the feature vectors")


@probe("tf1-hub.load.tf1.module.text-embedding", "literal")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_text_embedding(tf, hub, run, handle):
    """m(sentences): a batch of strings of any length becomes float32 [batch, N], N known while the graph is built."""
    module = public(hub, "Module")(handle)
    sentences = tf.placeholder(tf.string, [None])
    outputs = module(sentences)
    width = reference.EMBEDDING.shape[1]
    checks.holds(outputs.dtype == tf.float32, "embeddings are float32", outputs.dtype)
    checks.holds(outputs.shape.as_list() == [None, width], "N is known beforehand", outputs.shape)
    for batch in (reference.SENTENCES, reference.SENTENCES[2:3]):
        checks.equal(run(outputs, {sentences: batch}), reference.text(batch), "each sentence has its embedding")


@probe("tf1-hub.load.tf1.module.text-embedding-column", "literal")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_text_embedding_column(tf, hub, run, handle):
    """tf.feature_column.input_layer with hub.text_embedding_column(key, handle): the embeddings, and none trainable."""
    column = public(hub, "text_embedding_column")("sentences", handle)
    outputs = tf.feature_column.input_layer({"sentences": steps.tensor(tf, reference.SENTENCES)}, [column])
    checks.equal(run(outputs), reference.text(reference.SENTENCES), "the column gives the embeddings")
    checks.holds(not tf.trainable_variables(), "nothing is trainable unless asked for", tf.trainable_variables())


@probe("tf1-hub.load.tf1.module.text-embedding-column", "implied")
@pytest.mark.parametrize("model", ["tf1-text", "tf1-dense"])
def test_text_embedding_column_that_trains(tf, hub, role, handle):
    """hub.text_embedding_column(key, handle, trainable=True) has the embedding trained; another model is refused."""
    column = public(hub, "text_embedding_column")
    if role == "dense":
        checks.refused(
            lambda: column("sentences", handle), "ValueError", "text", "a model that takes no text is refused"
        )
        return
    features = {"sentences": steps.tensor(tf, reference.SENTENCES)}
    tf.feature_column.input_layer(features, [column("sentences", handle, trainable=True)])
    steps.check_roles(tf.trainable_variables(), ["embedding"], "the embedding is trainable")
