"""What a fresh process is asked about TFLite: it converts a model, and runs what came of it in the interpreter.

Both happen there because both can end the process (an abort in C++), which must not take a cell's probes along.
"""

from __future__ import annotations

import os
import sys

from conformance.inside.fresh.loading import keras_named, placeholders
from conformance.inside.models import tf2_savedmodel
from conformance.inside.probe import WrongValues
from conformance.inside.probes import hub_in_keras
from conformance.inside.probes.graphs import INPUTS, OUTPUTS


def saved_model(tf, hub, path, batches, **options):
    """tf.lite.TFLiteConverter.from_saved_model(path, ...)."""
    return _interpreted(tf, tf.lite.TFLiteConverter.from_saved_model(path, **options), batches)


def concrete_function(tf, hub, path, batches):
    """TFLiteConverter.from_concrete_functions of a function that calls hub.load(path)."""
    loaded = hub.load(path)
    spec = tf.TensorSpec([None] + list(batches[0].shape[1:]), tf.float32)
    concrete = tf.function(lambda inputs: loaded(inputs), input_signature=[spec]).get_concrete_function()
    converter = tf.lite.TFLiteConverter
    try:
        made = converter.from_concrete_functions([concrete], loaded)
    except TypeError:  # up to TF 2.6 it takes no object beside the functions
        made = converter.from_concrete_functions([concrete])
    return _interpreted(tf, made, batches)


def keras_layer(tf, hub, path, batches, role, keras):
    """TFLiteConverter.from_keras_model of a tuned model around a hub.KerasLayer(path)."""
    model = hub_in_keras.build(tf, hub, keras_named(tf, keras), path, role)
    hub_in_keras.tune(model, role)
    return _interpreted(tf, tf.lite.TFLiteConverter.from_keras_model(model), batches)


def plain_keras(tf, hub, path, batches):
    """TFLiteConverter.from_keras_model of a tf.keras model without anything of hub."""
    return _interpreted(tf, tf.lite.TFLiteConverter.from_keras_model(tf2_savedmodel.keras(tf.keras)), batches)


def module(tf, hub, path, batches):
    """In TensorFlow 1's way: TFLiteConverter.from_session of hub.Module(path)(inputs)."""
    return _session(tf, hub.Module(path), batches)


def loaded(tf, hub, path, batches):
    """The same of hub.load(path)(inputs) in a graph."""
    return _session(tf, hub.load(path), batches)


def _session(tf, call, batches):
    inputs = tf.identity(placeholders(tf, batches[0]), INPUTS)
    outputs = tf.identity(call(inputs), OUTPUTS)
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return _interpreted(tf, tf.lite.TFLiteConverter.from_session(session, [inputs], [outputs]), batches)


def _interpreted(tf, converter, batches):
    # TF 1 converts by a program of its package, which an activated virtualenv has on its PATH.
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
    content = converter.convert()
    outputs = []
    for batch in batches:
        interpreter = tf.lite.Interpreter(model_content=content)
        ends = (interpreter.get_input_details(), interpreter.get_output_details())
        if [len(one) for one in ends] != [1, 1]:
            raise WrongValues(
                "it is converted without a word, and the model that comes of it has {} inputs and {} outputs".format(
                    *map(len, ends)
                )
            )
        [inputs], [outputs_of] = ends
        interpreter.resize_tensor_input(inputs["index"], batch.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(inputs["index"], batch)
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(outputs_of["index"]).copy())
    return {"outputs": outputs}
