"""Saves a model to an .h5 file and loads it, inside a virtualenv: what h5py 3 breaks in old releases.

Run as `python -I h5_check.py`, after `import_check.py` went well; prints an empty JSON object as the last line.
"""

import json
import os
import tempfile


def main():
    """Raises what loading raises."""
    import tensorflow as tf

    path = os.path.join(tempfile.mkdtemp(), "model.h5")
    tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))]).save(path)
    tf.keras.models.load_model(path)
    print(json.dumps({}))


if __name__ == "__main__":
    main()
