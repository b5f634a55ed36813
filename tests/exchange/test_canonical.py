"""Two models have one canonical form where they are equal but for names; whatever else differs gives another one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from conformance.exchange.canonical import canonical_hash, canonical_saved_model
from conformance.fixtures import FIXTURES
from conformance.inspecting import messages

MODELS = ("tf1-text", "tf1-variety", "tf2-batchnorm", "tf2-text")


def saved(model: str) -> Any:
    return messages.parse(messages.SAVED_MODEL, (FIXTURES / model / "model" / "saved_model.pb").read_bytes(), where="")


def form(message: Any) -> bytes:
    return canonical_saved_model(message.SerializeToString(), where="")


def renamed_functions(message: Any, suffix: str) -> Any:
    """The same, as another process would have counted its functions, in another order."""
    raw = message.SerializeToString()
    names = [one.signature.name for graph in message.meta_graphs for one in graph.graph_def.library.function]
    assert all(re.search(r"_\d+$", name) for name in names)
    for graph in message.meta_graphs:
        text = {name: f"{re.sub(r'_[0-9]+$', '', name)}_{suffix}{number}" for number, name in enumerate(names)}
        _replace_everywhere(graph, text)
        functions = list(graph.graph_def.library.function)
        copies = [type(one).FromString(one.SerializeToString()) for one in functions]
        del graph.graph_def.library.function[:]
        graph.graph_def.library.function.extend(reversed(copies))
    assert not names or message.SerializeToString() != raw
    return message


def _replace_everywhere(message: Any, text: dict[str, str]) -> None:
    """Replaces whole texts, wherever they stand: written without regard to which fields name functions."""
    for field, value in message.ListFields():
        if field.message_type and field.message_type.GetOptions().map_entry:
            kept = [(key, value[key]) for key in value]
            if field.message_type.fields_by_name["value"].message_type:
                copies = [(text.get(str(key), key), type(one).FromString(one.SerializeToString())) for key, one in kept]
                value.clear()
                for key, one in copies:
                    _replace_everywhere(one, text)
                    value[key].CopyFrom(one)
        elif field.message_type:
            for one in value if not hasattr(value, "ListFields") else [value]:
                _replace_everywhere(one, text)
        elif field.type == field.TYPE_STRING:
            if isinstance(value, str):
                setattr(message, field.name, text.get(value, value))
            else:
                value[:] = [text.get(one, one) for one in value]


def renamed_nodes(message: Any, prefix: str) -> Any:
    """Nodes of function bodies with other names, standing in another order."""
    for graph in message.meta_graphs:
        for function in graph.graph_def.library.function:
            names = {node.name for node in function.node_def}

            def new(source: str, names: set[str] = names) -> str:
                bare = source.lstrip("^").partition(":")[0]
                return source.replace(bare, f"{prefix}/{bare}", 1) if bare in names else source

            for node in function.node_def:
                node.input[:] = [new(one) for one in node.input]
                node.name = new(node.name)
                where = node.attr["_class"].list.s if "_class" in node.attr else []
                where[:] = [b"loc:@" + new(one.decode().removeprefix("loc:@")).encode() for one in where]
            for key in list(function.ret):
                function.ret[key] = new(function.ret[key])
            for key in list(function.control_ret):
                function.control_ret[key] = new(function.control_ret[key])
            copies = [type(one).FromString(one.SerializeToString()) for one in function.node_def]
            del function.node_def[:]
            function.node_def.extend(reversed(copies))
    return message


def signed_by_another(message: Any, _: str) -> Any:
    for graph in message.meta_graphs:
        graph.meta_info_def.tensorflow_version = "2.99.0"
        graph.meta_info_def.tensorflow_git_version = "v2.99.0-0-gabcdef"
        graph.graph_def.versions.producer = 2500
    return message


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=2, deadline=None, database=None, phases=[Phase.generate])
@given(text=st.text("abcxyz", min_size=1, max_size=6), number=st.integers(1, 10**6))
def test_names_do_not_count(model: str, text: str, number: int) -> None:
    before = form(saved(model))
    assert form(renamed_nodes(saved(model), text)) == before
    assert form(renamed_functions(saved(model), str(number))) == before
    assert form(signed_by_another(saved(model), text)) == before


def with_temporary_folder(message: Any, text: bytes) -> Any:
    node = message.meta_graphs[0].graph_def.node.add(name="temporary", op="Const")
    node.attr["value"].tensor.string_val.append(text)
    return message


def test_the_temporary_folder_of_a_save_does_not_count_and_other_texts_do() -> None:
    names = [b"_temp_%032x/part" % number for number in (5, 2**120)] + [b"_temp_0/part", b"other"]
    forms = [form(with_temporary_folder(saved("tf2-batchnorm"), name)) for name in names]
    assert forms[0] == forms[1]
    assert len(set(forms)) == 3


def with_configuration(message: Any, raw: bytes) -> Any:
    message.meta_graphs[0].graph_def.node.add(name="call", op="PartitionedCall").attr["config_proto"].s = raw
    return message


def test_the_order_of_devices_in_a_configuration_does_not_count_and_their_number_does() -> None:
    """As TensorFlow 2.1 writes it: {"CPU": 1, "GPU": 0} and two more fields."""
    cpu, gpu, rest = b"\n\x07\n\x03CPU\x10\x01", b"\n\x07\n\x03GPU\x10\x00", b"2\x02J\x008\x01"
    raw = [cpu + gpu + rest, gpu + cpu + rest, cpu + gpu.replace(b"\x00", b"\x01") + rest, cpu + gpu, b"\xff"]
    forms = [form(with_configuration(saved("tf2-batchnorm"), one)) for one in raw]
    assert forms[0] == forms[1]
    assert len(set(forms)) == 4


def traces(message: Any) -> Any:
    """The names of the two traces that the model can be called by."""
    objects = message.meta_graphs[0].object_graph_def
    numbers = {child.local_name: child.node_id for child in objects.nodes[0].children}
    found = objects.nodes[numbers["__call__"]].function.concrete_functions
    assert len(found) == 2
    return found


def test_the_order_of_traces_counts_only_where_arguments_fit_both() -> None:
    other = saved("tf2-batchnorm")
    traces(other)[:] = reversed(traces(other))
    assert form(other) == form(saved("tf2-batchnorm"))

    both = [saved("tf2-batchnorm"), saved("tf2-batchnorm")]
    for message in both:
        concrete = message.meta_graphs[0].object_graph_def.concrete_functions
        first, second = traces(message)
        concrete[second].canonicalized_input_signature.CopyFrom(concrete[first].canonicalized_input_signature)
    traces(both[1])[:] = reversed(traces(both[1]))
    assert form(both[0]) != form(both[1])


def with_an_asset_of_tf1(message: Any, path: str, name: str = "path") -> Any:
    """TF1's builder keeps its assets in a collection."""
    graph = message.meta_graphs[0]
    for each in (name, "other"):
        node = graph.graph_def.node.add(name=each, op="Const")
        node.attr["value"].tensor.string_val.append(path.encode() if each == name else b"text")
    asset = messages.message_class(messages.ASSET_FILE)(filename="words.txt")
    asset.tensor_info.name = f"{name}:0"
    graph.collection_def["saved_model_assets"].any_list.value.add().Pack(asset)
    return message


def test_where_an_asset_of_tf1_lay_does_not_count_and_which_it_is_does() -> None:
    before = form(with_an_asset_of_tf1(saved("tf2-batchnorm"), "/tmp/a/words.txt"))
    assert form(with_an_asset_of_tf1(saved("tf2-batchnorm"), "/home/b/words.txt", name="renamed")) == before
    other = with_an_asset_of_tf1(saved("tf2-batchnorm"), "/tmp/a/words.txt")
    graph = other.meta_graphs[0]
    asset = messages.message_class(messages.ASSET_FILE)(filename="words.txt")
    asset.tensor_info.name = "other:0"
    graph.collection_def["saved_model_assets"].any_list.value[0].Pack(asset)
    assert form(other) != before


def an_op(message: Any) -> None:
    next(node for node in _nodes(message) if node.op == "MatMul").op = "BatchMatMul"


def an_attribute(message: Any) -> None:
    node = next(node for node in _nodes(message) if node.op == "MatMul")
    node.attr["transpose_a"].b = not node.attr["transpose_a"].b


def an_attribute_more(message: Any) -> None:
    next(node for node in _nodes(message) if node.op == "MatMul").attr["grad_a"].b = False


def the_order_of_inputs(message: Any) -> None:
    node = next(node for node in _nodes(message) if node.op == "MatMul")
    node.input[:] = list(reversed(node.input))


def a_signature(message: Any) -> None:
    signatures = message.meta_graphs[0].signature_def
    name = next(iter(signatures))
    signatures["another"].CopyFrom(signatures[name])


def the_name_of_an_output(message: Any) -> None:
    signature = next(one for one in message.meta_graphs[0].signature_def.values() if one.outputs)
    name = next(iter(signature.outputs))
    signature.outputs["renamed"].CopyFrom(signature.outputs[name])
    del signature.outputs[name]


def what_a_consumer_must_be(message: Any) -> None:
    message.meta_graphs[0].graph_def.versions.min_consumer = 13


def an_age_at_which_an_op_of_it_could_be_used(message: Any) -> None:
    """TensorFlow refuses TopK in graphs of version 7 and later."""
    for graph in message.meta_graphs:
        graph.graph_def.node.add(name="best", op="TopK")
        graph.graph_def.versions.producer = 6


def a_tag(message: Any) -> None:
    message.meta_graphs[0].meta_info_def.tags.append("train")


def an_unknown_field(message: Any) -> None:
    graph = message.meta_graphs[0].graph_def
    graph.ParseFromString(graph.SerializeToString() + b"\xfa\xff\x03\x01x")


def what_trains(message: Any) -> None:
    node = next(node for node in message.meta_graphs[0].object_graph_def.nodes if node.WhichOneof("kind") == "variable")
    node.variable.trainable = not node.variable.trainable


CHANGES = (
    an_op,
    an_attribute,
    an_attribute_more,
    the_order_of_inputs,
    a_signature,
    the_name_of_an_output,
    what_a_consumer_must_be,
    a_tag,
    an_unknown_field,
    what_trains,
)


def _nodes(message: Any) -> list[Any]:
    graphs = [graph.graph_def for graph in message.meta_graphs]
    bodies = [function.node_def for graph in graphs for function in graph.library.function]
    return [node for nodes in (*bodies, *(graph.node for graph in graphs)) for node in nodes]


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.__name__)
def test_everything_else_counts(change: Callable[[Any], None]) -> None:
    changed = saved("tf2-batchnorm")
    change(changed)
    assert form(changed) != form(saved("tf2-batchnorm"))


def a_weight(folder: Path) -> None:
    path = folder / "variables" / "variables.data-00000-of-00001"
    raw = bytearray(path.read_bytes())
    raw[1] ^= 1
    path.write_bytes(raw)


def an_asset(folder: Path) -> None:
    next((folder / "assets").iterdir()).write_text("other\nwords\n")


def a_file_that_nobody_knows(folder: Path) -> None:
    (folder / "assets.extra").mkdir()
    (folder / "assets.extra" / "notes").write_text("read me")


def test_the_age_counts_where_an_op_asks_for_it() -> None:
    old, new = saved("tf2-batchnorm"), saved("tf2-batchnorm")
    an_age_at_which_an_op_of_it_could_be_used(old)
    an_age_at_which_an_op_of_it_could_be_used(new)
    for graph in new.meta_graphs:
        graph.graph_def.versions.producer = 7
    assert form(old) != form(new)


@pytest.mark.parametrize("change", [a_weight, an_asset, a_file_that_nobody_knows], ids=lambda one: one.__name__)
def test_the_other_files_count(change: Callable[[Path], None], tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(FIXTURES / "tf2-text" / "model", copy)
    before = canonical_hash(copy)
    change(copy)
    assert canonical_hash(copy) != before


def test_the_fingerprint_does_not_count(tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(FIXTURES / "tf2-dense" / "model", copy)
    before = canonical_hash(copy)
    (copy / "fingerprint.pb").write_bytes(b"of one save")
    assert canonical_hash(copy) == before
