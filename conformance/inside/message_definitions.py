"""Prints the protobuf definitions of what a SavedModel is made of, as the installed packages ship them, in base64.

Run as `python -I message_definitions.py` in an environment that has tensorflow_hub and tf_keras.
"""

import base64
import importlib
import sys

MODULES = (
    "tensorflow.core.protobuf.saved_model_pb2",
    "tensorflow.core.protobuf.tensor_bundle_pb2",
    "tensorflow.core.protobuf.trackable_object_graph_pb2",
    "tf_keras.protobuf.saved_metadata_pb2",
)


def main():
    """Prints a FileDescriptorSet of these modules' files and of all that they need, each after what it needs."""
    from google.protobuf import descriptor_pb2

    definitions = descriptor_pb2.FileDescriptorSet()
    seen = set()

    def add(descriptor):
        if descriptor.name in seen:
            return
        seen.add(descriptor.name)
        for needed in descriptor.dependencies:
            add(needed)
        descriptor.CopyToProto(definitions.file.add())

    for name in MODULES:
        add(importlib.import_module(name).DESCRIPTOR)
    sys.stdout.write(base64.b64encode(definitions.SerializeToString(deterministic=True)).decode())


if __name__ == "__main__":
    main()
