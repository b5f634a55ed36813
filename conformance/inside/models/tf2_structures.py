"""Recipes of TF2 SavedModels with other shapes, dtypes and structures than a matrix in and a matrix out.

They take `tensorflow` (2.x; 1.15 with v2 behaviour also serves) and an existing folder, like those of tf2_savedmodel.
`preprocessor` needs TensorFlow 2.3, and is made where it is tried.
"""

from conformance.inside.models import reference, reference_structures
from conformance.inside.models.tf2_savedmodel import keras, reusable


def image(tf, _folder):
    """Images [batch, height, width, 3], of any size, to feature vectors [batch, UNITS]: a convolution and its mean."""

    class Image(reusable(tf)):
        def __init__(self):
            super(Image, self).__init__()
            self.kernel = tf.Variable(reference_structures.FILTERS, name="kernel")
            self.holds([self.kernel])

        @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.float32)])
        def __call__(self, images):
            convolved = tf.nn.conv2d(images, self.kernel, strides=[1, 1, 1, 1], padding="VALID")
            return tf.reduce_mean(tf.nn.relu(convolved), axis=[1, 2])

    return Image(), {}


def encoder(tf, _folder):
    """Token ids, mask and type ids, int32 [batch, length] each, to the dict of outputs of a text encoder.

    `training=True` doubles the outputs, so that it shows which of the two ran.
    """
    inputs = {key: tf.TensorSpec([None, None], tf.int32) for key in reference_structures.ENCODER_INPUTS}

    class Encoder(reusable(tf)):
        def __init__(self):
            super(Encoder, self).__init__()
            self.words = tf.Variable(reference.EMBEDDING, name="words")
            self.types = tf.Variable(reference_structures.TYPE_EMBEDDING, name="types")
            self.holds([self.words, self.types])
            self.regularization_losses = []

        @tf.function
        def __call__(self, inputs, training=False):
            tokens = tf.gather(self.words, inputs["input_word_ids"]) + tf.gather(self.types, inputs["input_type_ids"])
            sequence = tokens * tf.cast(inputs["input_mask"], tf.float32)[:, :, tf.newaxis]
            if training:
                sequence = 2.0 * sequence
            pooled = tf.tanh(sequence[:, 0, :])
            return {"default": pooled, "pooled_output": pooled, "sequence_output": sequence}

    model = Encoder()
    for training in (False, True):
        model.__call__.get_concrete_function(inputs, training=training)
    return model, {}


def lists(tf, _folder):
    """A list of a float matrix and an int64 vector to a list of float32, int64 and string outputs; no `training`."""

    class Lists(reusable(tf)):
        def __init__(self):
            super(Lists, self).__init__()
            self.kernel = tf.Variable(reference.KERNEL, name="kernel")
            self.holds([self.kernel])

        @tf.function(
            input_signature=[[tf.TensorSpec([None, reference.FEATURES], tf.float32), tf.TensorSpec([None], tf.int64)]]
        )
        def __call__(self, inputs):
            features, ids = inputs
            return [tf.matmul(features, self.kernel), 2 * ids + 1, tf.strings.as_string(ids)]

    return Lists(), {}


def plain(tf, _folder):
    """A valid SavedModel that is neither callable nor reusable: a variable and two signatures."""

    class Plain(tf.Module):
        def __init__(self):
            super(Plain, self).__init__()
            self.kernel = tf.Variable(reference.KERNEL, name="kernel")

        @tf.function(input_signature=[tf.TensorSpec([None, reference.FEATURES], tf.float32)] * 2)
        def pair(self, left, right):
            product = tf.matmul(left, self.kernel) - 0.5 * tf.matmul(right, self.kernel)
            return {"default": product, "difference": left - right}

    model = Plain()
    return model, {"serving_default": model.pair}


def slots(tf, _folder):
    """The Keras model of tf2_savedmodel after training with Adam, whose slot variables are saved with it.

    Its learning rate of zero leaves the weights as they were, and the moving averages are put back.
    """
    model = keras(tf.keras)
    weights = model.get_weights()
    model.compile(tf.keras.optimizers.Adam(0.0), "mse")
    model.fit(reference.INPUTS, reference.TARGETS, epochs=1, verbose=0)
    model.set_weights(weights)
    return model, {}


def preprocessor(tf, _folder):
    """A text preprocessor: `tokenize` gives ragged int32 ids, `pack` cuts and pads them to the encoder's inputs."""

    class Preprocessor(tf.Module):
        def __init__(self):
            super(Preprocessor, self).__init__()
            words, ids = list(reference.VOCABULARY), list(range(len(reference.VOCABULARY)))
            initializer = tf.lookup.KeyValueTensorInitializer(words, ids, tf.string, tf.int64)
            self.table = tf.lookup.StaticHashTable(initializer, default_value=len(words))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def tokenize(self, sentences):
            words = tf.strings.split(sentences)
            return words.with_values(tf.cast(self.table.lookup(words.values), tf.int32))

        @tf.function(input_signature=[[tf.RaggedTensorSpec([None, None], tf.int32)], tf.TensorSpec([], tf.int32)])
        def bert_pack_inputs(self, segments, seq_length):
            ids = segments[0][:, :seq_length]
            shape = tf.stack([ids.nrows(), tf.cast(seq_length, tf.int64)])
            return {
                "input_word_ids": _padded(tf, ids, shape),
                "input_mask": _padded(tf, tf.ones_like(ids), shape),
                "input_type_ids": tf.zeros(shape, tf.int32),
            }

    return Preprocessor(), {}


def _padded(tf, ids, shape):
    dense = ids.to_tensor()
    missing = shape[1] - tf.shape(dense, out_type=tf.int64)[1]
    return tf.pad(dense, [[0, 0], [0, missing]])


RECIPES = {
    "image": image,
    "encoder": encoder,
    "lists": lists,
    "plain": plain,
    "slots": slots,
    "preprocessor": preprocessor,
}
