"""Prints what the installed TensorFlow registers, as one line of JSON: ops with their attributes, and versions.

Run as `python -I registered_ops.py [MODULE ...]`; the modules are imported as well, for the ops that they bring.
"""

import importlib
import json
import sys

# What reads or trains a model on a CPU; kernels that are compiled for an accelerator run nowhere else.
_DEVICES = ("CPU", "DEFAULT")


def main(more_modules):
    """Prints it as the last line."""
    import tensorflow as tf
    from tensorflow.python.framework import kernels

    for name in more_modules:
        importlib.import_module(name)
    version = tf.compat.v1.version if hasattr(tf.compat.v1, "version") else tf.version
    runs = {one.op for one in kernels.get_all_registered_kernels().kernel if one.device_type in _DEVICES}
    found = {
        "tensorflow": tf.__version__,
        "producer": version.GRAPH_DEF_VERSION,
        "min_consumer": version.GRAPH_DEF_VERSION_MIN_CONSUMER,
        "min_producer": version.GRAPH_DEF_VERSION_MIN_PRODUCER,
        "ignores_unknown_attributes": _ignores_unknown_attributes(tf),
        "ops": {op.name: _described(op) for op in _all_ops()},
        "with_kernel": sorted(runs),
    }
    sys.stdout.write("\n" + json.dumps(found) + "\n")


def _all_ops():
    """All registered ops, by whichever module of this release lists them."""
    from tensorflow.core.framework import op_def_pb2

    try:
        from tensorflow.python.client import pywrap_tf_session as c_api
    except ImportError:
        from tensorflow.python import pywrap_tensorflow as c_api
    buffer = c_api.TF_GetAllOpList()
    ops = op_def_pb2.OpList()
    ops.ParseFromString(c_api.TF_GetBuffer(buffer))
    return ops.op


def _described(op):
    """An op: its attributes, each as "name:type", "?" where it has a default, and the values that it allows."""
    described = {"attributes": [_attribute(one) for one in op.attr]}
    if op.HasField("deprecation"):
        described["deprecated_from"] = op.deprecation.version
    return described


def _attribute(attribute):
    from tensorflow.core.framework import types_pb2

    default = "?" if attribute.HasField("default_value") else ""
    allowed = attribute.allowed_values.list
    values = [types_pb2.DataType.Name(number)[3:].lower() for number in allowed.type]  # DT_FLOAT is "float"
    values += [word.decode() for word in allowed.s]
    return " ".join(["{}:{}{}".format(attribute.name, attribute.type, default)] + sorted(values))


def _ignores_unknown_attributes(tf):
    """Tries whether a node may have an attribute that its op has not."""
    graph_def = tf.compat.v1.GraphDef()
    node = graph_def.node.add(name="nothing", op="NoOp")
    node.attr["unknown_attribute"].b = True
    try:
        with tf.Graph().as_default():
            tf.import_graph_def(graph_def, name="")
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
