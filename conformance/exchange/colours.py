"""Tells nodes and functions apart by what they compute, whatever they are called.

A *colour* is a digest of a node's op, its attributes and all that leads to it, and then of what it leads to. Nodes of
one colour may still differ (in a cycle, for instance): colours only decide the order in which new names are given.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

SHARED = "shared_name"  # the attribute that names a resource
_NAMING = ("_class", SHARED, "_output_shapes", "_has_manual_control_dependencies")
_COUNTED = re.compile(r"(_\d+)+$")  # TensorFlow counts functions up within a process


def stem(name: str) -> str:
    """The name of a function without the numbers at its end."""
    return _COUNTED.sub("", name)


def bare(source: str) -> str:
    """The node that an input names: "^a" and "a:out:0" name "a"."""
    return source.lstrip("^").partition(":")[0]


def looks_of(functions: Mapping[str, Any]) -> dict[str, str]:
    """A digest of what each function computes; of functions that call each other in a circle, by their stems."""
    called = {name: [one for one in _called_by(function) if one in functions] for name, function in functions.items()}
    looks = {name: stem(name) for name in functions}
    for name in _in_order(called):
        looks[name] = _look(functions[name], looks)
    return looks


def colours_of(nodes: Sequence[Any], looks: Mapping[str, str]) -> dict[str, str]:
    """The colour of each node, by its name.

    Args:
        looks: of the functions that they may call.
    """
    colours = {node.name: _own(node, looks) for node in nodes}
    by_name = {node.name: node for node in nodes}
    sources = {node.name: [name for name in map(bare, node.input) if name in by_name] for node in nodes}
    order = _in_order(sources)
    for name in order:
        colours[name] = digest([colours[name], *(_coloured(source, colours) for source in by_name[name].input)])
    uses: dict[str, list[str]] = {name: [] for name in by_name}
    for name in reversed(order):
        colours[name] = digest([colours[name], *sorted(uses[name])])
        for place, source in enumerate(by_name[name].input):
            if bare(source) in uses:
                uses[bare(source)].append(f"{place} {source.partition(':')[2]} {colours[name]}")
    return colours


def digest(parts: Iterable[str]) -> str:
    """One short text for all these."""
    found = hashlib.sha256()
    for part in parts:
        found.update(f"{len(part)}:{part}".encode())
    return found.hexdigest()


def _in_order(sources: Mapping[str, Iterable[str]]) -> list[str]:
    """The names so that each stands behind its sources; in a circle, as they come."""
    try:
        return list(TopologicalSorter(sources).static_order())
    except CycleError:
        return list(sources)


def _called_by(function: Any) -> set[str]:
    found = {node.op for node in function.node_def}
    for node in function.node_def:
        for value in node.attr.values():
            found.add(value.func.name)
            found.update(one.name for one in value.list.func)
    return found


def _look(function: Any, looks: Mapping[str, str]) -> str:
    colours = colours_of(list(function.node_def), looks)
    signature = type(function.signature)()
    signature.CopyFrom(function.signature)
    signature.name = stem(signature.name)
    signature.ClearField("control_output")  # called after nodes
    ends = [f"{key}={_coloured(value, colours)}" for key, value in sorted(function.ret.items())]
    ends += sorted(f"^{colours.get(value, value)}" for value in function.control_ret.values())
    attributes = [f"{key}={_attribute(value, looks)}" for key, value in sorted(function.attr.items())]
    raw = signature.SerializeToString(deterministic=True).hex()
    return digest([raw, *ends, *attributes, *sorted(colours.values())])


def _own(node: Any, looks: Mapping[str, str]) -> str:
    attributes = [f"{key}={_attribute(value, looks)}" for key, value in sorted(node.attr.items()) if key not in _NAMING]
    return digest([looks.get(node.op, node.op), node.device, *attributes])


def _attribute(value: Any, looks: Mapping[str, str]) -> str:
    if value.WhichOneof("value") == "func":
        return _reference(value.func, looks)
    if value.list.func:
        return ",".join(_reference(one, looks) for one in value.list.func)
    return str(value.SerializeToString(deterministic=True).hex())


def _reference(function: Any, looks: Mapping[str, str]) -> str:
    attributes = [f"{key}={_attribute(value, looks)}" for key, value in sorted(function.attr.items())]
    return f"{looks.get(function.name, function.name)}({';'.join(attributes)})"


def _coloured(source: str, colours: Mapping[str, str]) -> str:
    name = bare(source)
    return source.replace(name, colours[name], 1) if name in colours else source
