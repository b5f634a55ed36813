"""Makes golden fixture models; run inside their producer's environment.

    python -m conformance.inside.models.make NAME DIRECTORY [NAME DIRECTORY ...]

writes each model to its DIRECTORY (which must not exist) and prints the producer's versions as one JSON line.
"""

import json
import multiprocessing
import platform
import sys
import tempfile

from conformance.inside.models import tf1_hub, tf2_savedmodel, tf2_structures


def make(name, directory):
    """Makes the fixture model `name` ("tf1-dense", "tf2-keras", ...) at `directory`."""
    import tensorflow as tf
    import tensorflow_hub as hub

    format_prefix, role = name.split("-", 1)
    with tempfile.TemporaryDirectory() as folder:
        if format_prefix == "tf1":
            tf1_hub.export(tf, hub, tf1_hub.RECIPES[role], directory, folder)
        else:
            tf.compat.v1.enable_v2_behavior()
            if role == "keras":
                tf.saved_model.save(tf2_savedmodel.keras(tf.keras), directory)
            else:
                recipes = dict(tf2_savedmodel.RECIPES, **tf2_structures.RECIPES)
                tf2_savedmodel.save(tf, recipes[role], directory, folder)


def make_each(models):
    """Makes models of names at directories, each in a process that has made no other; gives the producer's versions."""
    # Imported here and run in the forks only: an import costs a hundred times what a fork does.
    import tensorflow as tf
    import tensorflow_hub as hub

    for name, directory in models:
        maker = multiprocessing.get_context("fork").Process(target=make, args=(name, directory))
        maker.start()
        maker.join()
        if maker.exitcode:
            sys.exit("{} was not made".format(name))
    return {"tensorflow": tf.__version__, "tensorflow_hub": hub.__version__, "python": platform.python_version()}


if __name__ == "__main__":
    print(json.dumps(make_each(zip(sys.argv[1::2], sys.argv[2::2]))))
