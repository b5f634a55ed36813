"""Makes one golden fixture model; run inside its producer's environment.

    python -m conformance.inside.models.make NAME DIRECTORY

writes the model to DIRECTORY (which must not exist) and prints the producer's versions as one JSON line.
"""

import json
import platform
import sys
import tempfile

from conformance.inside.models import tf1_hub, tf2_savedmodel, tf2_structures


def make(name, directory):
    """Makes the fixture model `name` ("tf1-dense", "tf2-keras", ...) at `directory`; gives the producer's versions."""
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
    return {"tensorflow": tf.__version__, "tensorflow_hub": hub.__version__, "python": platform.python_version()}


if __name__ == "__main__":
    print(json.dumps(make(sys.argv[1], sys.argv[2])))
