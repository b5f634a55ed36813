"""The complete programs that the report recommends, one per call form of the page; every cell runs them as they stand.

Shared by both worlds, as words.py is: the report shows the text that `program` gives, and `test_snippets.py` executes
that very text in the cell and compares what it computed with NumPy. So it runs on Python 3.7 and needs nothing but the
standard library. A program is run in a folder that holds the fixture model as "model", so its placeholders are real.
"""

from typing import NamedTuple

from conformance.words import Keras, Mode


class Snippet(NamedTuple):
    """A program without its imports.

    Attributes:
        id: the parameter of the probe that runs it, `snippets.runs_as_it_stands[<id>]`.
        claim, way: the call form that it spells out.
        model: the fixture model that it is run on; "" where it makes its own.
        body: the program after the imports; it leaves `result` (inference) or `weights` (training) behind, or a
            folder "saved".
    """

    id: str
    claim: str
    way: str
    model: str
    body: str


LEARNING_RATE = 0.1

_IMPORTS = {
    Mode.TF1: "import tensorflow as tf\nimport tensorflow_hub as hub\n",
    Mode.TF1_COMPAT: "import tensorflow.compat.v1 as tf\nimport tensorflow_hub as hub\n\ntf.disable_v2_behavior()\n",
    Mode.TF2: "import tensorflow as tf\nimport tensorflow_hub as hub\n",
}
_LEGACY_KERAS = 'import os\n\nos.environ["TF_USE_LEGACY_KERAS"] = "1"  # before TensorFlow is imported\n\n'

_DATA = """\
handle = "model"
inputs = np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 2.0]], np.float32)
"""
_LABELED = (
    _DATA
    + """\
labels = np.array([[0.5, -0.5], [1.0, 0.0]], np.float32)
"""
)
_IN_A_SESSION = """\
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        result = session.run(outputs)
"""
_TRAIN_IN_A_SESSION = """\
    outputs = m(inputs)
    tf.losses.mean_squared_error(labels, outputs)
    loss = tf.losses.get_total_loss()  # the model's own regularization losses included
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):  # moving averages
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        session.run(train)
        weights = {variable.name: session.run(variable) for variable in tf.global_variables()}
"""
_STEP = """\
for variable, gradient in zip(variables, tape.gradient(loss, variables)):
    variable.assign_sub(0.1 * gradient)
weights = {variable.name: variable.numpy() for variable in m.variables}
"""
_MODULE_FN = """\
def module_fn():
    inputs = tf.placeholder(tf.float32, [None, 3])
    kernel = tf.get_variable("kernel", initializer=np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], np.float32))
    hub.add_signature(inputs=inputs, outputs=tf.matmul(inputs, kernel))


with tf.Graph().as_default():
    m = hub.Module(hub.create_module_spec(module_fn))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        m.export("saved", session)
"""
_TF_MODULE = """\
class Model(tf.Module):
    def __init__(self):
        super().__init__()
        kernel = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], np.float32)
        self.kernel = tf.Variable(kernel, name="kernel")

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
    def __call__(self, inputs):
        return tf.matmul(inputs, self.kernel)


"""

SNIPPETS = (
    Snippet(
        "hub-module",
        "tf1-hub.load.tf1.module",
        "",
        "tf1-dense",
        _DATA
        + """
with tf.Graph().as_default():
    m = hub.Module(handle)
    outputs = m(inputs)
"""
        + _IN_A_SESSION,
    ),
    Snippet(
        "tf1-hub-load",
        "tf1-hub.load.tf2.hub-load",
        "",
        "tf1-dense",
        _DATA
        + """
m = hub.load(handle)
outputs = m.signatures["default"](tf.constant(inputs))
result = outputs["default"].numpy()
""",
    ),
    Snippet(
        "tf1-keras-layer",
        "tf1-hub.load.tf2.keras-layer",
        "",
        "tf1-dense",
        _DATA
        + """
m = hub.KerasLayer(handle, signature="default")
outputs = m(tf.constant(inputs))
result = outputs.numpy()
""",
    ),
    Snippet(
        "hub-module-train-tag",
        "tf1-hub.fine-tune.tf1.module",
        "",
        "tf1-batchnorm",
        _LABELED
        + """
with tf.Graph().as_default():
    m = hub.Module(handle, trainable=True, tags={"train"})  # without tags where it has no train graph
"""
        + _TRAIN_IN_A_SESSION,
    ),
    Snippet(
        "hub-module-no-train-tag",
        "tf1-hub.fine-tune.tf1.no-train-tag",
        "",
        "tf1-dense",
        _LABELED
        + """
with tf.Graph().as_default():
    m = hub.Module(handle, trainable=True)
"""
        + _TRAIN_IN_A_SESSION,
    ),
    Snippet(
        "tf1-gradient-tape",
        "tf1-hub.fine-tune.tf2",
        "gradient-tape",
        "tf1-dense",
        _LABELED
        + """
m = hub.load(handle)  # what it loses: regularization losses and updates of moving averages
with tf.GradientTape() as tape:
    outputs = m.signatures["default"](tf.constant(inputs))["default"]
    loss = tf.reduce_mean(tf.square(outputs - labels))
variables = [variable for variable in m.variables if variable.trainable]
"""
        + _STEP,
    ),
    Snippet("module-export", "tf1-hub.create.tf1.module-spec", "", "", _MODULE_FN),
    Snippet(
        "module-export-in-graph",
        "tf1-hub.create.tf2",
        "graph",
        "",
        _MODULE_FN.replace("tf.", "tf.compat.v1.").replace("tf.compat.v1.float32", "tf.float32"),
    ),
    Snippet(
        "graph-hub-load",
        "tf2-savedmodel.load.tf1.hub-load",
        "",
        "tf2-dense",
        _DATA
        + """
with tf.Graph().as_default():
    m = hub.load(handle)
    outputs = m(tf.constant(inputs))
"""
        + _IN_A_SESSION,
    ),
    Snippet(
        "graph-keras-layer",
        "tf2-savedmodel.load.tf1.keras-layer",
        "",
        "tf2-dense",
        _DATA
        + """
with tf.Graph().as_default():
    m = hub.KerasLayer(handle)
    outputs = m(tf.constant(inputs))
"""
        + _IN_A_SESSION,
    ),
    Snippet(
        "hub-load",
        "tf2-savedmodel.load.tf2.hub-load",
        "",
        "tf2-dense",
        _DATA
        + """
m = hub.load(handle)
outputs = m(tf.constant(inputs))
result = outputs.numpy()
""",
    ),
    Snippet(
        "keras-layer",
        "tf2-savedmodel.load.tf2.keras-layer",
        "",
        "tf2-dense",
        _DATA
        + """
m = hub.KerasLayer(handle)
outputs = m(tf.constant(inputs))
result = outputs.numpy()
""",
    ),
    Snippet(
        "fit",
        "tf2-savedmodel.fine-tune.tf1.fit",
        "",
        "tf2-dense",
        _LABELED
        + """
m = hub.KerasLayer(handle, trainable=True, input_shape=[3])
model = tf.keras.Sequential([m])
model.compile(optimizer="sgd", loss="mse")  # by its name: optimizer objects can need v2 behaviour
model.fit(inputs, labels, batch_size=2, epochs=1, verbose=0)
weights = dict(zip([weight.name for weight in m.weights], m.get_weights()))
""",
    ),
    Snippet(
        "tf-keras-sequential",
        "tf2-savedmodel.load.tf2.keras-layer.in-tf-keras-models",
        "sequential",
        "tf2-dense",
        _DATA
        + """
import tf_keras  # Keras 2, of which hub.KerasLayer is a layer

model = tf_keras.Sequential([hub.KerasLayer(handle, input_shape=[3])])
result = model.predict(inputs, verbose=0)
""",
    ),
    Snippet(
        "tf-keras-fit",
        "tf2-savedmodel.fine-tune.tf2.keras-layer.tf-keras-fit",
        "",
        "tf2-dense",
        _LABELED
        + """
import tf_keras  # Keras 2, of which hub.KerasLayer is a layer

m = hub.KerasLayer(handle, trainable=True, input_shape=[3])
model = tf_keras.Sequential([m])
model.compile(optimizer="sgd", loss="mse")
model.fit(inputs, labels, batch_size=2, epochs=1, verbose=0)
weights = dict(zip([weight.name for weight in m.weights], m.get_weights()))
""",
    ),
    Snippet(
        "estimator",
        "tf2-savedmodel.fine-tune.tf1.estimator",
        "",
        "tf2-dense",
        _LABELED
        + """

def model_fn(features, labels, mode):
    model = tf.keras.Sequential([hub.KerasLayer(handle, trainable=True)])
    outputs = model(features, training=mode == tf.estimator.ModeKeys.TRAIN)
    loss = tf.losses.mean_squared_error(labels, outputs) + tf.add_n(model.losses)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(
        loss, var_list=model.trainable_weights, global_step=tf.train.get_or_create_global_step()
    )
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=tf.group(train, *model.updates))


estimator = tf.estimator.Estimator(model_fn, model_dir="checkpoints")
estimator.train(lambda: tf.data.Dataset.from_tensors((inputs, labels)), steps=1)
names = [name for name in estimator.get_variable_names() if name != "global_step"]
weights = {name: estimator.get_variable_value(name) for name in names}
""",
    ),
    Snippet(
        "hub-load-tape",
        "tf2-savedmodel.fine-tune.tf2.hub-load",
        "",
        "tf2-dense",
        _LABELED
        + """
m = hub.load(handle)
with tf.GradientTape() as tape:
    outputs = m(tf.constant(inputs), training=True)
    loss = tf.reduce_mean(tf.square(outputs - labels)) + sum(loss() for loss in m.regularization_losses)
variables = m.trainable_variables
"""
        + _STEP,
    ),
    Snippet(
        "keras-layer-tape",
        "tf2-savedmodel.fine-tune.tf2.keras-layer",
        "",
        "tf2-dense",
        _LABELED
        + """
m = hub.KerasLayer(handle, trainable=True)
with tf.GradientTape() as tape:
    outputs = m(tf.constant(inputs), training=True)
    loss = tf.reduce_mean(tf.square(outputs - labels)) + sum(m.losses)
variables = m.trainable_weights
"""
        + _STEP,
    ),
    Snippet(
        "graph-save",
        "tf2-savedmodel.create.tf1.save",
        "",
        "",
        _TF_MODULE.replace('name="kernel"', 'name="kernel", use_resource=True')
        + """\
with tf.Graph().as_default():
    m = Model()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tf.saved_model.save(m, "saved")
""",
    ),
    Snippet(
        "save",
        "tf2-savedmodel.create.tf2.module",
        "",
        "",
        _TF_MODULE
        + """\
m = Model()
tf.saved_model.save(m, "saved")
""",
    ),
    Snippet(
        "save-keras",
        "tf2-savedmodel.create.tf2.keras",
        "",
        "",
        """\
kernel = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], np.float32)
model = tf.keras.Sequential([tf.keras.layers.Dense(2, use_bias=False, input_shape=[3])])
model.set_weights([kernel])
tf.saved_model.save(model, "saved")
""",
    ),
)


def snippet_for(claim: str, way: str) -> "Snippet | None":
    """The snippet that spells a call form out; None where there is none, as for what no release does."""
    return next((snippet for snippet in SNIPPETS if (snippet.claim, snippet.way) == (claim, way)), None)


def program(snippet: Snippet, mode: Mode, keras: Keras) -> str:
    """The whole program, as it is shown and as it is run in a cell of that mode and Keras."""
    legacy = _LEGACY_KERAS if keras is Keras.LEGACY else ""
    return "{}import numpy as np\n{}\n{}".format(legacy, _IMPORTS[mode], snippet.body)
