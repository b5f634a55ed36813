"""Makes small SavedModels, sound ones and others, from their messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.inspecting import messages
from conformance.inspecting.ops_table import SCHEMA, OpsTable, RegisteredOp, RegisteringRelease

FIXTURES = Path(__file__).parents[2] / "fixtures" / "models"
DENSE = FIXTURES / "tf2-dense" / "model"


def saved_model(*nodes: dict[str, Any], objects: bool = False, tags: tuple[str, ...] = ("serve",)) -> Any:
    """A SavedModel of one graph; its nodes are in a function where it has an object graph, as TF2 has them."""
    saved = messages.message_class(messages.SAVED_MODEL)()
    graph = saved.meta_graphs.add()
    graph.meta_info_def.tags.extend(tags)
    graph.meta_info_def.tensorflow_version = "2.15.0"
    graph.graph_def.versions.producer = 1000
    into = graph.graph_def.node
    if objects:
        graph.object_graph_def.nodes.add().user_object.identifier = "_generic_user_object"
        function = graph.graph_def.library.function.add()
        function.signature.name = "own_function"
        into = function.node_def
    for place, node in enumerate(nodes):
        added = into.add(name=f"node{place}", op=node["op"])
        for name, value in node.get("attributes", {}).items():
            if isinstance(value, int):
                added.attr[name].type = value
            else:
                added.attr[name].s = value.encode()
    return saved


def write(saved: Any, folder: Path) -> Path:
    """Writes a SavedModel without variables."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "saved_model.pb").write_bytes(saved.SerializeToString())
    return folder


def release(name: str, *, ignores: bool = False, producer: int = 1000, min_producer: int = 0) -> RegisteringRelease:
    """What a release registers beside its ops."""
    return RegisteringRelease(name, f"{name}.0", producer, 0, min_producer, ignores)


def table(*releases: RegisteringRelease, **ops: dict[str, RegisteredOp | None]) -> OpsTable:
    """A table of ops."""
    return OpsTable(SCHEMA, releases, ops)
