"""The protobuf messages that a SavedModel is made of.

`messages.binpb` is a FileDescriptorSet of the definitions that TensorFlow's and tf_keras' packages ship; `nox -s ops`
writes it. The messages of every release can be read by it: what a release does not know, protobuf leaves out.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import DecodeError

from conformance.inspecting.files import ModelFileError

DEFINITIONS = Path(__file__).with_name("messages.binpb")

SAVED_MODEL = "tensorflow.SavedModel"
BUNDLE_HEADER = "tensorflow.BundleHeaderProto"
BUNDLE_ENTRY = "tensorflow.BundleEntryProto"
VARIABLE = "tensorflow.VariableDef"
ASSET_FILE = "tensorflow.AssetFileDef"
KERAS_METADATA = "third_party.py.tf_keras.protobuf.SavedMetadata"


def parse(name: str, raw: bytes, *, where: str) -> Any:
    """Reads a message of that full name."""
    try:
        return message_class(name).FromString(raw)
    except DecodeError as error:
        raise ModelFileError(f"is damaged, or is no {name.rsplit('.', 1)[-1]} ({error}).", where=where) from error


@cache
def message_class(name: str) -> Any:
    """The class of the messages of that full name."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(name))


def data_type(number: int) -> str:
    """The name of a DataType as Python users know it: "float" is called "float32"; a number that has none is shown."""
    name = registered_type(number)
    return {"float": "float32", "double": "float64", "half": "float16"}.get(name, name)


def registered_type(number: int) -> str:
    """The name of a DataType as the table of ops has it: DT_FLOAT is "float"."""
    known = _pool().FindEnumTypeByName("tensorflow.DataType").values_by_number.get(number)
    return known.name.removeprefix("DT_").lower() if known else f"type {number}"


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    pool = descriptor_pool.DescriptorPool()
    for file in FileDescriptorSet.FromString(DEFINITIONS.read_bytes()).file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool
