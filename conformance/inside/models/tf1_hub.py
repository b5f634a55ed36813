"""Recipes of the models in the TF1 Hub format, as module functions for hub.create_module_spec.

Each takes the TensorFlow 1 API (`tensorflow` 1.x, or `tensorflow.compat.v1`) and tensorflow_hub as arguments, so that
one recipe serves the golden fixtures and the live creation in every cell.
"""

import os

import numpy as np

from conformance.inside.models import reference

TUNED = {"kernel": reference.KERNEL, "bias": reference.BIAS, "scale": reference.SCALE}  # what `tuned` is exported with


def dense(tf, hub, _folder):
    """No train tag: one graph serves inference and training. Has a bias, a frozen scale and a regularization loss."""

    def module_fn():
        inputs = tf.placeholder(tf.float32, [None, reference.FEATURES], name="inputs")
        kernel = tf.get_variable("kernel", initializer=reference.KERNEL, regularizer=_regularizer(tf))
        bias = tf.get_variable("bias", initializer=reference.BIAS)
        scale = tf.get_variable("scale", initializer=reference.SCALE, trainable=False)
        hub.add_signature(inputs=inputs, outputs=scale * (tf.matmul(inputs, kernel) + bias))

    return hub.create_module_spec(module_fn)


def tuned(tf, hub, _folder):
    """As `dense`, but its initializers give zeros: only what was exported has the values of the reference."""

    def module_fn():
        inputs = tf.placeholder(tf.float32, [None, reference.FEATURES], name="inputs")
        zeros = {name: np.zeros_like(value) for name, value in TUNED.items()}
        kernel = tf.get_variable("kernel", initializer=zeros["kernel"], regularizer=_regularizer(tf))
        bias = tf.get_variable("bias", initializer=zeros["bias"])
        scale = tf.get_variable("scale", initializer=zeros["scale"], trainable=False)
        hub.add_signature(inputs=inputs, outputs=scale * (tf.matmul(inputs, kernel) + bias))

    return hub.create_module_spec(module_fn)


def batchnorm(tf, hub, _folder):
    """With a train tag: the train graph normalizes with the batch's statistics and has update ops."""

    def module_fn(is_training):
        inputs = tf.placeholder(tf.float32, [None, reference.FEATURES], name="inputs")
        kernel = tf.get_variable("kernel", initializer=reference.KERNEL, regularizer=_regularizer(tf))
        outputs = _batch_normalization(tf, tf.matmul(inputs, kernel), is_training)
        hub.add_signature(inputs=inputs, outputs=outputs)

    return hub.create_module_spec(
        module_fn, tags_and_args=[(set(), {"is_training": False}), ({"train"}, {"is_training": True})]
    )


def signatures(tf, hub, _folder):
    """Three signatures: "default", "double" with two outputs, "pair" with two inputs and two outputs."""

    def module_fn():
        kernel = tf.get_variable("kernel", initializer=reference.KERNEL)
        inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
        product = tf.matmul(inputs, kernel)
        hub.add_signature(inputs=inputs, outputs=product)
        hub.add_signature(
            name="double", inputs=inputs, outputs={"default": 2.0 * product, "total": tf.reduce_sum(product, axis=1)}
        )
        left = tf.placeholder(tf.float32, [None, reference.FEATURES])
        right = tf.placeholder(tf.float32, [None, reference.FEATURES])
        hub.add_signature(
            name="pair",
            inputs={"left": left, "right": right},
            outputs={
                "default": tf.matmul(left, kernel) - 0.5 * tf.matmul(right, kernel),
                "difference": left - right,
            },
        )

    return hub.create_module_spec(module_fn)


def text(tf, hub, folder):
    """A text embedding over a vocabulary asset, which is first written to `folder`."""
    vocabulary = os.path.join(folder, "vocabulary.txt")
    with open(vocabulary, "w") as file:
        file.write("\n".join(reference.VOCABULARY) + "\n")

    def module_fn():
        sentences = tf.placeholder(tf.string, [None], name="sentences")
        table = index_table(tf, vocabulary)
        words = tf.string_split(sentences)
        ids = tf.SparseTensor(words.indices, table.lookup(words.values), words.dense_shape)
        embedding = tf.get_variable("embedding", initializer=reference.EMBEDDING)
        hub.add_signature(
            inputs=sentences, outputs=tf.nn.embedding_lookup_sparse(embedding, ids, None, combiner="mean")
        )

    return hub.create_module_spec(module_fn)


def layers(tf, hub, _folder):
    """The batch-normalized model as TF1 code wrote it: tf.layers, with a train tag and a regularizer."""

    def module_fn(is_training):
        inputs = tf.placeholder(tf.float32, [None, reference.FEATURES], name="inputs")
        hidden = tf.layers.dense(
            inputs,
            reference.UNITS,
            use_bias=False,
            kernel_initializer=tf.constant_initializer(reference.KERNEL),
            kernel_regularizer=_regularizer(tf),
        )
        outputs = tf.layers.batch_normalization(
            hidden,
            training=is_training,
            momentum=reference.MOMENTUM,
            epsilon=reference.EPSILON,
            gamma_initializer=tf.constant_initializer(reference.GAMMA),
            beta_initializer=tf.constant_initializer(reference.BETA),
            moving_mean_initializer=tf.constant_initializer(reference.MOVING_MEAN),
            moving_variance_initializer=tf.constant_initializer(reference.MOVING_VARIANCE),
        )
        hub.add_signature(inputs=inputs, outputs=outputs)

    return hub.create_module_spec(
        module_fn, tags_and_args=[(set(), {"is_training": False}), ({"train"}, {"is_training": True})]
    )


def image(tf, hub, _folder):
    """The common signatures for images: a feature vector (also the default) and a classification."""

    def module_fn():
        images = tf.placeholder(tf.float32, [None, reference.HEIGHT, reference.WIDTH, 3])
        pooled = tf.tensordot(images, tf.get_variable("positions", initializer=reference.POSITIONS), [[1, 2], [0, 1]])
        features = tf.matmul(pooled, tf.get_variable("kernel", initializer=reference.KERNEL))
        logits = tf.matmul(features, tf.get_variable("classes", initializer=reference.CLASSES))
        outputs = {"default": features, "pooled": pooled}
        hub.add_signature(inputs={"images": images}, outputs=outputs)
        hub.add_signature("image_feature_vector", {"images": images}, outputs)
        hub.add_signature("image_classification", {"images": images}, {"default": logits})

    return hub.create_module_spec(module_fn)


def variety(tf, hub, _folder):
    """One signature for each of: three dtypes, a loop, and an output that fails when it is computed."""

    def module_fn():
        kernel = tf.get_variable("kernel", initializer=reference.KERNEL)
        embedding = tf.get_variable("embedding", initializer=reference.EMBEDDING)
        offset = tf.get_variable("offset", initializer=reference.OFFSET, trainable=False)

        ids = tf.placeholder(tf.int32, [None])
        hub.add_signature(inputs=ids, outputs=tf.gather(embedding, ids))

        integers = tf.placeholder(tf.int64, [None, 2])
        hub.add_signature("integers", integers, tf.reduce_sum(integers, axis=1) + offset)

        strings = tf.placeholder(tf.string, [None])
        hub.add_signature("strings", strings, tf.string_join(["<", strings, ">"]))

        inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
        product = tf.matmul(inputs, kernel)
        with tf.control_dependencies([tf.Assert(tf.less(tf.size(inputs), 0), ["the output broken was computed"])]):
            broken = tf.identity(product)
        hub.add_signature("lazy", inputs, {"default": product, "broken": broken})

        _, looped = tf.while_loop(
            lambda count, _: count < reference.LOOPS,
            lambda count, value: (count + 1, 2.0 * value + 1.0),
            [tf.constant(0), product],
        )
        hub.add_signature("loop", inputs, looped)

    return hub.create_module_spec(module_fn)


def partitioned(tf, hub, _folder):
    """A variable in two parts, as large embeddings are; a conditional; and a signature without inputs."""

    def part(shape, partition_info=None, **_):
        first = partition_info.var_offset[0]
        return reference.EMBEDDING[first : first + shape[0]]

    def module_fn():
        embedding = tf.get_variable(
            "embedding", reference.EMBEDDING.shape, initializer=part, partitioner=tf.fixed_size_partitioner(2)
        )
        ids = tf.placeholder(tf.int32, [None])
        hub.add_signature(inputs=ids, outputs=tf.nn.embedding_lookup(embedding, ids, partition_strategy="div"))
        hub.add_signature("whole", {}, tf.convert_to_tensor(embedding))

        kernel = tf.get_variable("kernel", initializer=reference.KERNEL)
        inputs = tf.placeholder(tf.float32, [None, reference.FEATURES])
        chosen = tf.cond(
            tf.reduce_sum(inputs) > 0, lambda: tf.matmul(inputs, kernel), lambda: -3.0 * tf.matmul(inputs, kernel)
        )
        hub.add_signature("choice", inputs, chosen)

    return hub.create_module_spec(module_fn)


def sparse(tf, hub, _folder):
    """Sparse in; its product with the kernel, and itself doubled, out."""

    def module_fn():
        inputs = tf.sparse_placeholder(tf.float32, [None, reference.FEATURES])
        kernel = tf.get_variable("kernel", initializer=reference.KERNEL)
        outputs = {
            "default": tf.sparse_tensor_dense_matmul(inputs, kernel),
            "doubled": tf.SparseTensor(inputs.indices, 2.0 * inputs.values, inputs.dense_shape),
        }
        hub.add_signature(inputs={"inputs": inputs}, outputs=outputs)

    return hub.create_module_spec(module_fn)


def ragged(tf, hub, _folder):
    """Ragged in; itself scaled, and the length of each row, out."""

    def module_fn():
        inputs = tf.ragged.placeholder(tf.float32, 1, value_shape=[])
        scale = tf.get_variable("scale", initializer=reference.SCALE)
        outputs = {"default": inputs.with_values(scale * inputs.values), "lengths": inputs.row_lengths()}
        hub.add_signature(inputs={"inputs": inputs}, outputs=outputs)

    return hub.create_module_spec(module_fn)


RECIPES = {
    "dense": dense,
    "tuned": tuned,
    "batchnorm": batchnorm,
    "signatures": signatures,
    "text": text,
    "layers": layers,
    "image": image,
    "variety": variety,
    "partitioned": partitioned,
    "sparse": sparse,
    "ragged": ragged,
}


def export(tf, hub, recipe, path, folder):
    """Makes the recipe's module in a graph of its own and exports it to `path` with the values of the reference.

    Args:
        folder: an existing folder for what the recipe has to write first (asset files).
    """
    spec = recipe(tf, hub, folder)
    with tf.Graph().as_default():
        module = hub.Module(spec)
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.tables_initializer()])
            if recipe is tuned:
                session.run([tf.assign(module.variable_map[name], value) for name, value in TUNED.items()])
            module.export(path, session)


def _regularizer(tf):
    return lambda kernel: reference.REGULARIZATION * tf.reduce_sum(tf.square(kernel))


def _batch_normalization(tf, hidden, is_training):
    """Batch normalization out of plain variables and ops.

    tf.layers.batch_normalization left TensorFlow's default installation with Keras 2; a module written today, in any
    release, can only rely on this, with update ops put where tf.layers put them.
    """
    gamma = tf.get_variable("gamma", initializer=reference.GAMMA)
    beta = tf.get_variable("beta", initializer=reference.BETA)
    moving_mean = tf.get_variable("moving_mean", initializer=reference.MOVING_MEAN, trainable=False)
    moving_variance = tf.get_variable("moving_variance", initializer=reference.MOVING_VARIANCE, trainable=False)
    if not is_training:
        return tf.nn.batch_normalization(hidden, moving_mean, moving_variance, beta, gamma, reference.EPSILON)
    mean, variance = tf.nn.moments(hidden, axes=[0])
    for moving, batch in ((moving_mean, mean), (moving_variance, variance)):
        update = tf.assign_sub(moving, (moving - batch) * np.float32(1 - reference.MOMENTUM))
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)
    return tf.nn.batch_normalization(hidden, mean, variance, beta, gamma, reference.EPSILON)


def index_table(tf, vocabulary):
    """Word -> line number, one bucket after the last line for unknown words; the file becomes an asset."""
    if not hasattr(tf, "lookup"):  # TF 1.13 has it in contrib only
        return tf.contrib.lookup.index_table_from_file(vocabulary, num_oov_buckets=1)
    initializer = tf.lookup.TextFileInitializer(
        vocabulary, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
    )
    return tf.lookup.StaticVocabularyTable(initializer, num_oov_buckets=1)
