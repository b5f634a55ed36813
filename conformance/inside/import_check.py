"""Imports what a lock brings, inside its virtualenv, and prints the versions as the last line, in JSON.

Run as `python -I import_check.py [MODULE ...]`; any exception means that the lock is of no use. Imports and uses just
enough to meet what breaks old releases: generated protobuf code, pkg_resources, and numpy's binary interface.
"""

import importlib
import json
import platform
import sys


def main(more_modules):
    """Prints the versions of what was imported, `more_modules` included."""
    import numpy
    import tensorflow as tf
    import tensorflow_hub as hub

    tf.constant(numpy.ones(2))
    # The tf.keras of TensorFlow 2.13 to 2.15 does not tell its version; it is the `keras` package, which does.
    keras_version = getattr(tf.keras, "__version__", None) or importlib.import_module("keras").__version__
    versions = {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "tensorflow_hub": hub.__version__,
        "hub.Module": "there" if hasattr(hub, "Module") else "not there",
        "keras": keras_version,
        "numpy": numpy.__version__,
    }
    for name in more_modules:
        versions[name] = importlib.import_module(name).__version__
    print(json.dumps(versions))


if __name__ == "__main__":
    main(sys.argv[1:])
