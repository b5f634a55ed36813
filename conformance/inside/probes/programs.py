"""Programs around the batch-normalized model, as `orders` takes their steps: each step compares with NumPy."""

import os

import numpy as np

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.models.following import RATE, TRAINED, Following


class Program:
    """What the programs share: the model in NumPy, and folders of their own.

    Attributes:
        expected: the model in NumPy.
        trains: whether training is switched on.
    """

    def __init__(self, tf, hub, handle, folder):
        self.tf, self.hub, self.handle = tf, hub, handle
        self.expected = Following()
        self.trains = True
        self.writes = 0
        self.inputs = None if tf.__name__.endswith("v1") else tf.constant(reference.INPUTS)
        self._folder, self._folders = folder, 0

    def legal(self, step):
        """Whether the step can come next."""
        return True

    def path(self):
        """A path that nothing has used."""
        self._folders += 1
        return os.path.join(self._folder, "{}-{}".format(id(self), self._folders))

    def compare(self, values, rule):
        """Compares all variables, by role, and goes on from there."""
        checks.holds(sorted(values) == sorted(self.expected.values), "all variables are there", sorted(values))
        for name, value in sorted(self.expected.values.items()):
            checks.equal(values[name], value, "{}: {}".format(rule, name))
        self.expected.read(values)


class LoadedObject(Program):
    """The object that hub.load gives, under gradient tapes."""

    STEPS = ("call", "call_training", "train", "read", "write", "reload", "second_load")

    def __init__(self, tf, hub, handle, folder):
        Program.__init__(self, tf, hub, handle, folder)
        self.model = hub.load(handle)

    def call(self):
        """Inference."""
        checks.equal(self.model(self.inputs).numpy(), self.expected.inference(), "inference")

    def call_training(self):
        """A call with training=True."""
        got = self.model(self.inputs, training=True).numpy()
        checks.equal(got, self.expected.training(), "a call while training")
        self.compare(self._values(), "after a call while training")

    def train(self):
        """One step of gradient descent."""
        with self.tf.GradientTape() as tape:
            outputs = self.model(self.inputs, training=True)
            error = self.tf.reduce_mean(self.tf.square(outputs - reference.TARGETS))
            loss = error + self.model.regularization_losses[0]()
        variables = list(self.model.trainable_variables)
        for variable, gradient in zip(variables, tape.gradient(loss, variables)):
            variable.assign_sub(RATE * self.tf.convert_to_tensor(gradient))
        checks.equal(loss.numpy(), self.expected.step(), "the loss")
        self.compare(self._values(), "after a step")

    def read(self):
        """All variables."""
        self.compare(self._values(), "nothing moves by itself")

    def write(self):
        """Gives all variables other values."""
        self.writes += 1
        written = self.expected.write(self.writes)
        for variable in self.model.variables:
            variable.assign(written[_role(variable)])
        self.read()

    def reload(self):
        """Saves it, and goes on with what is loaded."""
        path = self.path()
        self.tf.saved_model.save(self.model, path)
        self.model = self.hub.load(path)
        self.compare(self._values(), "after saving and loading")

    def second_load(self):
        """Loads the handle once more."""
        fresh = self.hub.load(self.handle)
        checks.equal(fresh(self.inputs).numpy(), Following().inference(), "another load has the published values")
        self.read()

    def _values(self):
        return checks.by_role([(variable.name, variable.numpy()) for variable in self.model.variables])


class Layer(Program):
    """A hub.KerasLayer that is called by hand."""

    STEPS = ("call", "call_training", "train", "read", "write", "freeze", "thaw")

    def __init__(self, tf, hub, handle, folder):
        Program.__init__(self, tf, hub, handle, folder)
        self.layer = hub.KerasLayer(handle, trainable=True)

    def call(self):
        """Inference."""
        checks.equal(self.layer(self.inputs).numpy(), self.expected.inference(), "inference")

    def call_training(self):
        """A call with training=True."""
        got = self.layer(self.inputs, training=True).numpy()
        expected = self.expected.training() if self.trains else self.expected.inference()
        checks.equal(got, expected, "a call while training")
        self.read()

    def train(self):
        """One step of gradient descent."""
        with self.tf.GradientTape() as tape:
            outputs = self.layer(self.inputs, training=True)
            error = self.tf.reduce_mean(self.tf.square(outputs - reference.TARGETS))
            loss = error + sum(self.layer.losses)
        variables = list(self.layer.trainable_weights)
        expected = sorted(TRAINED) if self.trains else []
        checks.holds(sorted(map(_role, variables)) == expected, "what trains follows `trainable`", variables)
        if variables:
            for variable, gradient in zip(variables, tape.gradient(loss, variables)):
                variable.assign_sub(RATE * self.tf.convert_to_tensor(gradient))
        wanted = self.expected.step() if self.trains else self.expected.inference_loss(trains=False)
        checks.equal(np.float32(loss), wanted, "the loss")
        self.read()

    def read(self):
        """All variables."""
        self.compare(_weights(self.layer), "the layer's weights")

    def write(self):
        """Gives all variables other values."""
        self.writes += 1
        written = self.expected.write(self.writes)
        self.layer.set_weights([written[_role(weight)] for weight in self.layer.weights])
        self.read()

    def freeze(self):
        """Switches training off."""
        self.layer.trainable = self.trains = False
        self.read()

    def thaw(self):
        """Switches training on."""
        self.layer.trainable = self.trains = True
        self.read()


class KerasModel(Layer):
    """A trainable hub.KerasLayer in a Sequential that is compiled."""

    STEPS = ("predict", "evaluate", "fit", "read", "write", "save", "restore", "freeze", "thaw")

    def __init__(self, tf, hub, handle, folder, keras):
        Program.__init__(self, tf, hub, handle, folder)
        self.keras, self.saved = keras, None
        self.layer = hub.KerasLayer(handle, trainable=True, input_shape=[reference.FEATURES])
        self.model = keras.Sequential([self.layer])
        self._compile()

    def legal(self, step):
        """Whether the step can come next."""
        return self.saved is not None if step == "restore" else True

    def predict(self):
        """Model.predict()."""
        checks.equal(self.model.predict(reference.INPUTS, verbose=0), self.expected.inference(), "Model.predict()")

    def evaluate(self):
        """The loss, with nothing trained."""
        loss = self.model.evaluate(reference.INPUTS, reference.TARGETS, verbose=0)
        checks.equal(np.float32(loss), self.expected.inference_loss(self.trains), "Model.evaluate()")

    def fit(self):
        """Model.fit() for one step."""
        rows = len(reference.INPUTS)
        history = self.model.fit(reference.INPUTS, reference.TARGETS, batch_size=rows, epochs=1, verbose=0)
        wanted = self.expected.step() if self.trains else self.expected.inference_loss(trains=False)
        checks.equal(np.float32(history.history["loss"][0]), wanted, "the loss that fit() reports")
        self.read()

    def save(self):
        """Writes a file of weights."""
        path = self.path() + ".weights.h5"
        self.model.save_weights(path)
        self.saved = path, dict(self.expected.values), self.trains

    def restore(self):
        """Reads the file of weights."""
        # Keras puts the frozen weights after those that train, and its files hold them in that order.
        path, values, trained = self.saved
        if trained == self.trains:
            self.model.load_weights(path)
            self.expected.read(values)
        self.read()

    def freeze(self):
        """Switches training off."""
        Layer.freeze(self)
        self._compile()

    def thaw(self):
        """Switches training on."""
        Layer.thaw(self)
        self._compile()

    def _compile(self):
        self.model.compile(self.keras.optimizers.SGD(RATE), "mse")


class Module(Program):
    """A trainable hub.Module with the train tag beside one for inference that shares nothing, in one graph."""

    STEPS = ("call", "evaluate", "train", "read", "write", "save", "restore", "export")

    def __init__(self, tf, hub, handle, folder):
        Program.__init__(self, tf, hub, handle, folder)
        self.saved = None
        self.graph = tf.Graph()
        with self.graph.as_default():
            self.module = hub.Module(handle, trainable=True, tags=["train"])
            outputs = self.module(tf.constant(reference.INPUTS))
            self._error = tf.reduce_mean(tf.square(outputs - reference.TARGETS))
            self._loss = self._error + tf.losses.get_regularization_loss()
            updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
            variables = tf.trainable_variables()
            gradients = tf.gradients(self._loss, variables)
            with tf.control_dependencies([self._loss] + list(updates)):
                optimizer = tf.train.GradientDescentOptimizer(RATE)
                self._train = optimizer.apply_gradients(list(zip(gradients, variables)))
            self._variables = {_role(variable): variable for variable in tf.global_variables()}
            self._new = {name: tf.placeholder(tf.float32, variable.shape) for name, variable in self._items()}
            self._write = [tf.assign(variable, self._new[name]) for name, variable in self._items()]
            self._outputs = self._inference()
            self._saver = tf.train.Saver()
            self.session = tf.Session()
            self.session.run(tf.global_variables_initializer())

    def legal(self, step):
        """Whether the step can come next."""
        return self.saved is not None if step == "restore" else True

    def call(self):
        """Inference."""
        checks.equal(self.session.run(self._outputs), self.expected.inference(), "inference with the module's values")

    def evaluate(self):
        """The loss, with nothing trained."""
        before = dict(self.expected.values)
        wanted = self.expected.penalty() + reference.mean_squared_error(self.expected.training(), reference.TARGETS)
        self.expected.read(before)  # update ops run only where they are asked for
        checks.equal(self.session.run(self._loss), np.float32(wanted), "the loss while training")
        self.read()

    def train(self):
        """One step of gradient descent."""
        loss, _ = self.session.run([self._loss, self._train])
        checks.equal(loss, self.expected.step(), "the loss")
        self.read()

    def read(self):
        """All variables."""
        self.compare(self.session.run(self._variables), "the module's variables")

    def write(self):
        """Gives all variables other values."""
        self.writes += 1
        written = self.expected.write(self.writes)
        self.session.run(self._write, {self._new[name]: written[name] for name in self._new})
        self.read()

    def save(self):
        """Writes a file of weights."""
        self.saved = self._saver.save(self.session, self.path()), dict(self.expected.values)

    def restore(self):
        """Reads the file of weights."""
        path, values = self.saved
        self._saver.restore(self.session, path)
        self.expected.read(values)
        self.read()

    def export(self):
        """Exports the module, and loads it into a graph of its own."""
        path = self.path()
        with self.graph.as_default():
            self.module.export(path, self.session)
        tf = self.tf
        with tf.Graph().as_default(), tf.Session() as session:
            outputs = self.hub.Module(path)(tf.constant(reference.INPUTS))
            session.run(tf.global_variables_initializer())
            checks.equal(session.run(outputs), self.expected.inference(), "the exported module has the values of now")

    def _items(self):
        return sorted(self._variables.items())

    def _inference(self):
        """What the inference graph computes, by plain ops over the variables that the train graph moves."""
        values = self._variables
        hidden = self.tf.matmul(self.tf.constant(reference.INPUTS), values["kernel"])
        mean, variance = values["moving_mean"], values["moving_variance"]
        return self.tf.nn.batch_normalization(
            hidden, mean, variance, values["beta"], values["gamma"], reference.EPSILON
        )


def _role(variable):
    return variable.name.split(":")[0].split("/")[-1]


def _weights(layer):
    return checks.by_role(list(zip([weight.name for weight in layer.weights], layer.get_weights())))
