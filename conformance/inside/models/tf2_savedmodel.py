"""Recipes of the models in the TF2 SavedModel format: objects for tf.saved_model.save.

Each takes `tensorflow` (2.x; 1.15 with v2 behaviour also serves) and builds an object that follows the reusable
SavedModel interface: __call__, variables, trainable_variables, regularization_losses. Nothing here uses Keras but
`keras`, which takes the Keras module to use.
"""

import os

import numpy as np

from conformance.inside.models import reference


def _matrix(tf, width=reference.FEATURES):
    return tf.TensorSpec([None, width], tf.float32)


def reusable(tf):
    """A tf.Module whose lists of variables are plain attributes.

    tf.saved_model.save keeps attributes, not properties: the `variables` that tf.Module computes would not be there
    after loading, and the reusable SavedModel interface asks for them.
    """

    class Reusable(tf.Module):
        variables = ()
        trainable_variables = ()

        def holds(self, trainable, frozen=()):
            self.trainable_variables = list(trainable)
            self.variables = list(trainable) + list(frozen)

    return Reusable


def dense(tf, _folder):
    """A bias, a frozen scale, a regularization loss; `training` changes nothing."""

    class Dense(reusable(tf)):
        def __init__(self):
            super(Dense, self).__init__()
            self.kernel = tf.Variable(reference.KERNEL, name="kernel")
            self.bias = tf.Variable(reference.BIAS, name="bias")
            self.scale = tf.Variable(reference.SCALE, name="scale", trainable=False)
            self.holds([self.kernel, self.bias], frozen=[self.scale])
            self.regularization_losses = [self.regularization]

        @tf.function
        def __call__(self, inputs, training=False):
            return self.scale * (tf.matmul(inputs, self.kernel) + self.bias)

        @tf.function(input_signature=[])
        def regularization(self):
            return reference.REGULARIZATION * tf.reduce_sum(tf.square(self.kernel))

    model = Dense()
    _trace(tf, model)
    return model, {}


def batchnorm(tf, _folder):
    """`training=True` normalizes with the batch's statistics and updates the moving averages."""

    class BatchNorm(reusable(tf)):
        def __init__(self):
            super(BatchNorm, self).__init__()
            self.kernel = tf.Variable(reference.KERNEL, name="kernel")
            self.gamma = tf.Variable(reference.GAMMA, name="gamma")
            self.beta = tf.Variable(reference.BETA, name="beta")
            self.moving_mean = tf.Variable(reference.MOVING_MEAN, name="moving_mean", trainable=False)
            self.moving_variance = tf.Variable(reference.MOVING_VARIANCE, name="moving_variance", trainable=False)
            self.holds([self.kernel, self.gamma, self.beta], frozen=[self.moving_mean, self.moving_variance])
            self.regularization_losses = [self.regularization]

        @tf.function
        def __call__(self, inputs, training=False):
            hidden = tf.matmul(inputs, self.kernel)
            mean, variance = self.moving_mean, self.moving_variance
            if training:
                mean, variance = tf.nn.moments(hidden, axes=[0])
                self.moving_mean.assign_sub((self.moving_mean - mean) * np.float32(1 - reference.MOMENTUM))
                self.moving_variance.assign_sub((self.moving_variance - variance) * np.float32(1 - reference.MOMENTUM))
            return tf.nn.batch_normalization(hidden, mean, variance, self.beta, self.gamma, reference.EPSILON)

        @tf.function(input_signature=[])
        def regularization(self):
            return reference.REGULARIZATION * tf.reduce_sum(tf.square(self.kernel))

    model = BatchNorm()
    _trace(tf, model)
    return model, {}


def signatures(tf, _folder):
    """A call that takes and gives a dict, and the signatures "serving_default", "double" and "pair"."""

    class Signatures(reusable(tf)):
        def __init__(self):
            super(Signatures, self).__init__()
            self.kernel = tf.Variable(reference.KERNEL, name="kernel")
            self.holds([self.kernel])

        @tf.function(input_signature=[{"left": _matrix(tf), "right": _matrix(tf)}])
        def __call__(self, inputs):
            return self.paired(inputs["left"], inputs["right"])

        def paired(self, left, right):
            return {
                "default": tf.matmul(left, self.kernel) - 0.5 * tf.matmul(right, self.kernel),
                "difference": left - right,
            }

        @tf.function(input_signature=[_matrix(tf)])
        def default(self, inputs):
            return {"default": tf.matmul(inputs, self.kernel)}

        @tf.function(input_signature=[_matrix(tf)])
        def double(self, inputs):
            product = tf.matmul(inputs, self.kernel)
            return {"default": 2.0 * product, "total": tf.reduce_sum(product, axis=1)}

        @tf.function(input_signature=[_matrix(tf), _matrix(tf)])
        def pair(self, left, right):
            return self.paired(left, right)

    model = Signatures()
    return model, {"serving_default": model.default, "double": model.double, "pair": model.pair}


def text(tf, folder):
    """A trainable text embedding over a vocabulary asset, which is first written to `folder`."""
    vocabulary = os.path.join(folder, "vocabulary.txt")
    with open(vocabulary, "w") as file:
        file.write("\n".join(reference.VOCABULARY) + "\n")

    class Text(reusable(tf)):
        def __init__(self):
            super(Text, self).__init__()
            self.embedding = tf.Variable(reference.EMBEDDING, name="embedding")
            self.holds([self.embedding])
            initializer = tf.lookup.TextFileInitializer(
                vocabulary, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
            )
            # TF 1.15 loses the asset of a StaticVocabularyTable when it saves; this one it keeps.
            self.table = tf.lookup.StaticHashTable(initializer, default_value=len(reference.VOCABULARY))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, sentences):
            words = tf.compat.v1.string_split(sentences)
            ids = tf.SparseTensor(words.indices, self.table.lookup(words.values), words.dense_shape)
            return tf.nn.embedding_lookup_sparse(self.embedding, ids, None, combiner="mean")

    return Text(), {}


def keras(keras):
    """The batch-normalized model as a Keras model, with the values of the reference."""
    model = keras.Sequential(
        [
            keras.layers.Dense(
                reference.UNITS,
                use_bias=False,
                kernel_regularizer=keras.regularizers.l2(reference.REGULARIZATION),
                input_shape=(reference.FEATURES,),
            ),
            keras.layers.BatchNormalization(momentum=reference.MOMENTUM, epsilon=reference.EPSILON),
        ]
    )
    model.set_weights(
        [
            reference.KERNEL,
            reference.GAMMA,
            reference.BETA,
            reference.MOVING_MEAN,
            reference.MOVING_VARIANCE,
        ]
    )
    return model


RECIPES = {"dense": dense, "batchnorm": batchnorm, "signatures": signatures, "text": text}


def save(tf, recipe, path, folder):
    """Builds the recipe's object and saves it to `path`.

    Args:
        folder: an existing folder for what the recipe has to write first (asset files).
    """
    model, model_signatures = recipe(tf, folder)
    tf.saved_model.save(model, path, signatures=model_signatures or None)


def _trace(tf, model):
    """Both values of `training`, a Python bool, become graphs of the SavedModel."""
    for training in (False, True):
        model.__call__.get_concrete_function(_matrix(tf), training=training)
