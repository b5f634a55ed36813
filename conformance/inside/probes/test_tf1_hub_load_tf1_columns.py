"""TF1 Hub format, hub's feature columns: what their docstrings say of inputs, options, parsing and refusals."""

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps

# Words by row, as a SparseTensor has them; the second row has none.
ROWS = [[b"hello", b"world"], [], [b"hub", b"unheard", b"tensor"]]
COMBINERS = {"sum": lambda count: 1.0, "mean": lambda count: 1.0 / count, "sqrtn": lambda count: 1.0 / np.sqrt(count)}


@probe("tf1-hub.load.tf1.module.text-embedding-column", "implied")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_sparse_text_embedding_column(tf, hub, run, handle):
    """hub.sparse_text_embedding_column(key, handle, combiner, default_value): the words' embeddings, combined."""
    make = public(hub, "sparse_text_embedding_column")
    features = {"words": _sparse_words(tf, ROWS)}
    outputs = {
        combiner: tf.feature_column.input_layer(features, [make("words", handle, combiner, "tensor")])
        for combiner in sorted(COMBINERS)
    }
    checks.holds(not tf.trainable_variables(), "nothing is trainable unless asked for", tf.trainable_variables())
    filled = [row or [b"tensor"] for row in ROWS]
    expected = {combiner: _combined(filled, factor) for combiner, factor in COMBINERS.items()}
    checks.same_outputs(run(outputs), expected, "each row's embeddings are combined, an empty one's by default_value")


@probe("tf1-hub.load.tf1.module.text-embedding-column", "implied")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_sparse_text_embedding_column_without_default(tf, hub, run, handle):
    """The same with default_value=None, for rows that all have words, trainable; another combiner is refused."""
    make = public(hub, "sparse_text_embedding_column")
    rows = [ROWS[0], ROWS[2]]
    column = make("words", handle, "mean", None, trainable=True)
    outputs = tf.feature_column.input_layer({"words": _sparse_words(tf, rows)}, [column])
    steps.check_roles(tf.trainable_variables(), ["embedding"], "the embedding is trainable")
    checks.equal(run(outputs), _combined(rows, COMBINERS["mean"]), "each row's embeddings are combined")
    checks.refused(lambda: make("words", handle, "max", "tensor"), "ValueError", "combiner", "max is no combiner")


@probe("tf1-hub.load.tf1.module.text-embedding-column", "implied")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_input_layer_that_is_frozen(tf, hub, run, handle):
    """tf.feature_column.input_layer(features, columns, trainable=False) freezes columns that are trainable."""
    columns = [
        public(hub, "text_embedding_column")("sentences", handle, trainable=True),
        public(hub, "sparse_text_embedding_column")("words", handle, "sum", "tensor", trainable=True),
    ]
    batch = reference.SENTENCES[: len(ROWS)]
    features = {"sentences": steps.tensor(tf, batch), "words": _sparse_words(tf, ROWS)}
    outputs = tf.feature_column.input_layer(features, columns, trainable=False)
    checks.holds(not tf.trainable_variables(), "nothing is trainable in a frozen layer", tf.trainable_variables())
    combined = _combined([row or [b"tensor"] for row in ROWS], COMBINERS["sum"])
    expected = np.concatenate([reference.text(batch), combined], axis=1)
    checks.equal(run(outputs), expected, "the layer gives the columns' embeddings, in the order of their names")


@probe("tf1-hub.load.tf1.module.text-embedding-column", "implied")
@pytest.mark.parametrize("model", ["tf1-text"])
def test_text_columns_parse_examples(tf, hub, run, handle):
    """tf.feature_column.make_parse_example_spec of the text columns parses tf.Examples into what they take."""
    dense = public(hub, "text_embedding_column")("sentence", hub.load_module_spec(handle))
    sparse = public(hub, "sparse_text_embedding_column")("words", handle, "sum", "tensor")
    parsed = _parse(tf, [dense, sparse], [{"sentence": [b"hub tensor"], "words": words} for words in ROWS])
    outputs = {name: tf.feature_column.input_layer(parsed, [column]) for name, column in _named(dense, sparse)}
    expected = {
        "sentence": reference.text([b"hub tensor"] * len(ROWS)),
        "words": _combined([row or [b"tensor"] for row in ROWS], COMBINERS["sum"]),
    }
    checks.same_outputs(run(outputs), expected, "the parsed examples have their embeddings")


@probe("tf1-hub.load.tf1.module.text-embedding-column", "implied")
@pytest.mark.parametrize("trainable", [False, True])
@pytest.mark.parametrize("model", ["tf1-text"])
def test_text_columns_in_dense_features(tf, hub, keras, run, handle, trainable):
    """A tf.keras.layers.DenseFeatures of a text column made anew from its configuration, and of a sparse one."""
    column = public(hub, "text_embedding_column")("sentences", handle, trainable=trainable)
    column = type(column).from_config(column.get_config())
    sparse = public(hub, "sparse_text_embedding_column")("words", handle, "sum", "tensor")
    batch = reference.SENTENCES[: len(ROWS)]
    outputs = {
        "text": _dense_features(tf, keras, column, steps.tensor(tf, batch)),
        "sparse": _dense_features(tf, keras, sparse, _sparse_words(tf, ROWS)),
    }
    names = ["embedding"] * trainable
    steps.check_roles(tf.trainable_variables(), names, "the embedding is trainable if asked for")
    filled = [row or [b"tensor"] for row in ROWS]
    expected = {"text": reference.text(batch), "sparse": _combined(filled, COMBINERS["sum"])}
    checks.same_outputs(run(outputs), expected, "the columns give the embeddings")


@probe("tf1-hub.load.tf1.module.image-signatures", "implied")
@pytest.mark.parametrize("model", ["tf1-image"])
def test_image_column_in_dense_features(tf, hub, keras, run, handle):
    """A tf.keras.layers.DenseFeatures of an image column that was made anew from its configuration."""
    column = public(hub, "image_embedding_column")("images", handle)
    column = type(column).from_config(column.get_config())
    outputs = _dense_features(tf, keras, column, tf.constant(reference.IMAGES))
    checks.equal(run(outputs), reference.image_features(reference.IMAGES), "the column gives the feature vectors")
    spec = hub.image_embedding_column("images", hub.load_module_spec(handle))
    checks.refused(spec.get_config, "NotImplementedError", "string", "a spec has no configuration")


@probe("tf1-hub.load.tf1.module.text-embedding-column", "implied")
@probe("tf1-hub.load.tf1.module.image-signatures", "implied")
def test_columns_refuse_other_models(tf, hub, cell):
    """Each column refuses a model whose default signature has other inputs or outputs than it can use."""
    text, sparse = public(hub, "text_embedding_column"), public(hub, "sparse_text_embedding_column")
    image = public(hub, "image_embedding_column")
    shapes = {
        "strings of two dimensions": (tf.string, [None, None], tf.float32, [None, 4]),
        "strings, a batch of three": (tf.string, [3], tf.float32, [3, 4]),
        "numbers": (tf.float32, [None], tf.float32, [None, 4]),
        "integers out": (tf.string, [None], tf.int32, [None, 4]),
        "unknown width": (tf.string, [None], tf.float32, [None, None]),
        "one dimension out": (tf.string, [None], tf.float32, [None]),
        "another output": (tf.string, [None], tf.float32, [None, 4], "other"),
    }
    for name, shape in sorted(shapes.items()):
        spec = _spec(tf, hub, "default", *shape)
        for make in (lambda spec=spec: text("key", spec), lambda spec=spec: sparse("key", spec, "mean", "")):
            checks.refused(make, "ValueError", "text-embedding", "{} are no text embedding".format(name))
    pictures = [None, reference.HEIGHT, reference.WIDTH, 3]
    shapes = {
        "another name": ("default", tf.float32, pictures, tf.float32, [None, 4]),
        "bytes": ("images", tf.uint8, pictures, tf.float32, [None, 4]),
        "an unknown size": ("images", tf.float32, [None, None, None, 3], tf.float32, [None, 4]),
        "integers out": ("images", tf.float32, pictures, tf.int32, [None, 4]),
        "unknown width": ("images", tf.float32, pictures, tf.float32, [None, None]),
        "four dimensions out": ("images", tf.float32, pictures, tf.float32, [None, 1, 1, 4]),
        "another output": ("images", tf.float32, pictures, tf.float32, [None, 4], "other"),
    }
    for name, shape in sorted(shapes.items()):
        spec = _spec(tf, hub, *shape)
        checks.refused(lambda spec=spec: image("key", spec), "ValueError", "image embedding", name + " is refused")


@probe("tf1-hub.load.tf1.module.image-signatures", "implied")
@pytest.mark.parametrize("model", ["tf1-image"])
def test_image_column_parses_examples(tf, hub, run, handle):
    """tf.feature_column.make_parse_example_spec of an image column has the height, the width and three colours."""
    column = public(hub, "image_embedding_column")("images", handle)
    parsed = _parse(tf, [column], [{"images": image.ravel()} for image in reference.IMAGES])
    got = run(tf.feature_column.input_layer(parsed, [column]))
    checks.equal(got, reference.image_features(reference.IMAGES), "the parsed images have their features")
    checks.holds(not tf.trainable_variables(), "nothing is trainable", tf.trainable_variables())


def _dense_features(tf, keras, column, inputs):
    """What a layer of this one column gives; TF 1.13 has no such layer yet, only the function of which it was made."""
    make = getattr(keras.layers, "DenseFeatures", None)
    features = {column.key: inputs}
    return make([column])(features) if make else tf.feature_column.input_layer(features, [column])


def _spec(tf, hub, name, dtype, shape, output_dtype, output_shape, output="default"):
    """The spec of a model that gives an output of this kind whatever it gets."""

    def module_fn():
        inputs = tf.placeholder(dtype, shape)
        with tf.control_dependencies([inputs]):
            zeros = tf.zeros([size or 1 for size in output_shape], output_dtype)
        outputs = tf.placeholder_with_default(zeros, output_shape)
        hub.add_signature(inputs={name: inputs}, outputs={output: outputs})

    return hub.create_module_spec(module_fn)


def _sparse_words(tf, rows):
    indices = [[row, place] for row, words in enumerate(rows) for place in range(len(words))]
    values = [word for words in rows for word in words]
    return tf.SparseTensor(indices, values, [len(rows), max(len(words) for words in rows)])


def _combined(rows, factor):
    """The sum of each row's embeddings, times `factor` of their number: [rows, 4]."""
    combined = [reference.text(words).sum(axis=0, dtype=np.float64) * factor(len(words)) for words in rows]
    return np.array(combined, np.float32)


def _named(*columns):
    return [(column.key, column) for column in columns]


def _parse(tf, columns, rows):
    """Serializes the rows as tf.Examples, and parses them by what the columns say."""

    def feature(values):
        if len(values) and not isinstance(values[0], bytes):
            return tf.train.Feature(float_list=tf.train.FloatList(value=values))
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))

    serialized = [
        tf.train.Example(
            features=tf.train.Features(feature={key: feature(values) for key, values in row.items()})
        ).SerializeToString()
        for row in rows
    ]
    return tf.parse_example(serialized, tf.feature_column.make_parse_example_spec(columns))
