"""Each reason why a graph cannot load is found, and nothing else is taken for one."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.inspecting.graphs import needs_of
from conformance.inspecting.loading import Loads, ObstacleCause, StaticAnswer, answers
from conformance.inspecting.ops_table import OpsTable, RegisteredOp
from tests.inspecting.making import release, saved_model, table

FLOAT, STRING = 1, 7
OLD, NEW = release("1.15"), release("2.15", ignores=True, producer=1500)
ADD = RegisteredOp(("T:type float double",))
NO_MORE = RegisteredOp()  # without attributes
ONE_OP = table(OLD, NEW, Add={"1.15": ADD})


def answered(saved: Any, known: OpsTable = ONE_OP, packages: dict[str, str] | None = None) -> tuple[StaticAnswer, ...]:
    needs = [needs_of(graph, where="model") for graph in saved.meta_graphs]
    return answers(needs, known, packages or {})


def causes(answer: StaticAnswer) -> list[ObstacleCause]:
    return [one.cause for one in answer.obstacles]


@pytest.mark.parametrize("objects", [False, True])
def test_what_every_release_registers_has_nothing_against_it(objects: bool) -> None:
    for answer in answered(saved_model({"op": "Add", "attributes": {"T": FLOAT}}, objects=objects)):
        assert (answer.loads, answer.obstacles) == (Loads.NOTHING_AGAINST, ())


def test_an_op_counts_only_in_the_releases_that_have_it() -> None:
    known = table(release("2.3"), release("2.4"), release("2.5"), Add={"2.4": ADD, "2.5": None})

    loads = [one.loads for one in answered(saved_model({"op": "Add", "attributes": {"T": FLOAT}}), known)]
    assert loads == [Loads.NO, Loads.NOTHING_AGAINST, Loads.NO]


def test_the_package_of_a_missing_op_is_named() -> None:
    for answer in answered(saved_model({"op": "Sentence"}), packages={"Sentence": "a-package"}):
        assert [(one.cause, one.op, one.package) for one in answer.obstacles] == [
            (ObstacleCause.MISSING_OP, "Sentence", "a-package")
        ]


def test_an_attribute_that_a_release_does_not_know_stops_it_unless_it_ignores_such() -> None:
    old, new = answered(saved_model({"op": "Add", "attributes": {"T": FLOAT, "fast": "yes"}}))

    assert (old.loads, [one.attribute for one in old.obstacles]) == (Loads.NO, ["fast"])
    assert new.loads is Loads.NOTHING_AGAINST


@pytest.mark.parametrize(("written", "loads"), [("yes", Loads.NOTHING_AGAINST), ("no", Loads.NO)])
def test_an_attribute_with_the_default_of_its_writer_is_dropped_from_a_graph(written: str, loads: Loads) -> None:
    saved = saved_model({"op": "Add", "attributes": {"T": FLOAT, "fast": "yes"}})
    attribute = saved.meta_graphs[0].meta_info_def.stripped_op_list.op.add(name="Add").attr.add(name="fast")
    attribute.default_value.s = written.encode()

    assert answered(saved)[0].loads is loads


def test_it_is_not_dropped_from_a_function() -> None:
    saved = saved_model({"op": "Add", "attributes": {"T": FLOAT, "fast": "yes"}}, objects=True)
    attribute = saved.meta_graphs[0].meta_info_def.stripped_op_list.op.add(name="Add").attr.add(name="fast")
    attribute.default_value.s = b"yes"

    assert causes(answered(saved)[0]) == [ObstacleCause.UNKNOWN_ATTRIBUTE]


def test_private_attributes_are_for_whoever_knows_them() -> None:
    saved = saved_model({"op": "Add", "attributes": {"T": FLOAT, "_output_shapes": "x"}})

    assert answered(saved)[0].loads is Loads.NOTHING_AGAINST


def test_a_type_that_the_op_does_not_allow() -> None:
    assert causes(answered(saved_model({"op": "Add", "attributes": {"T": STRING}}))[0]) == [
        ObstacleCause.VALUE_NOT_ALLOWED
    ]


def test_an_attribute_without_a_default_has_to_be_given() -> None:
    assert causes(answered(saved_model({"op": "Add"}))[0]) == [ObstacleCause.MISSING_ATTRIBUTE]


def test_an_attribute_with_a_default_has_not() -> None:
    known = table(OLD, Add={"1.15": RegisteredOp(("T:type? float",))})

    assert answered(saved_model({"op": "Add"}), known)[0].loads is Loads.NOTHING_AGAINST


def test_an_op_without_a_kernel_loads_and_does_not_compute() -> None:
    known = table(OLD, Add={"1.15": RegisteredOp(computes=False)})

    (answer,) = answered(saved_model({"op": "Add"}), known)
    assert (answer.loads, causes(answer)) == (Loads.IN_PART, [ObstacleCause.NO_KERNEL])


def test_calling_a_function_of_its_own_is_no_missing_op() -> None:
    assert answered(saved_model({"op": "own_function"}, objects=True))[0].loads is Loads.NOTHING_AGAINST


def test_of_a_model_with_an_object_graph_only_the_functions_are_loaded() -> None:
    saved = saved_model({"op": "Add", "attributes": {"T": FLOAT}}, objects=True)
    saved.meta_graphs[0].graph_def.node.add(name="left", op="NowhereRegistered")

    assert answered(saved)[0].loads is Loads.NOTHING_AGAINST


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda versions: setattr(versions, "min_consumer", 1200), ObstacleCause.GRAPH_TOO_NEW),
        (lambda versions: versions.bad_consumers.append(1000), ObstacleCause.GRAPH_TOO_NEW),
        (lambda versions: setattr(versions, "producer", 20), ObstacleCause.GRAPH_TOO_OLD),
    ],
)
def test_versions_of_a_graph(change: Any, cause: ObstacleCause) -> None:
    known = table(release("1.15", min_producer=21), NEW, Add={"1.15": ADD})
    saved = saved_model({"op": "Add", "attributes": {"T": FLOAT}})
    change(saved.meta_graphs[0].graph_def.versions)

    old, new = answered(saved, known)
    assert (causes(old), new.loads) == ([cause], Loads.NOTHING_AGAINST)


def test_a_deprecated_op() -> None:
    known = table(OLD, NEW, Add={"1.15": RegisteredOp(ADD.attributes, 1001), "2.15": RegisteredOp(ADD.attributes, 9)})

    old, new = answered(saved_model({"op": "Add", "attributes": {"T": FLOAT}}), known)
    assert (old.loads, causes(new)) == (Loads.NOTHING_AGAINST, [ObstacleCause.DEPRECATED_OP])


def test_a_model_loads_in_part_where_only_one_of_its_graphs_is_stopped() -> None:
    saved = saved_model({"op": "Add", "attributes": {"T": FLOAT}})
    saved.meta_graphs.append(saved_model({"op": "Missing"}, tags=("train",)).meta_graphs[0])

    answer = answered(saved)[0]
    assert (answer.loads, [one.tags for one in answer.obstacles]) == (Loads.IN_PART, [("train",)])


@pytest.mark.parametrize(("called_elsewhere", "loads"), [(False, Loads.NOTHING_AGAINST), (True, Loads.IN_PART)])
def test_ops_of_a_function_for_gpus_need_no_kernel_for_a_cpu(called_elsewhere: bool, loads: Loads) -> None:
    saved = saved_model({"op": "Add", "attributes": {"T": FLOAT}}, objects=True)
    library = saved.meta_graphs[0].graph_def.library
    for_gpu, within = library.function.add(), library.function.add()
    for_gpu.signature.name, within.signature.name = "gpu_gru", "cond_true"
    for_gpu.attr["api_preferred_device"].s = b"GPU"
    for_gpu.node_def.add(name="if", op="If").attr["then_branch"].func.name = "cond_true"
    within.node_def.add(name="rnn", op="CudnnRNN")
    if called_elsewhere:
        library.function[0].node_def.add(name="rnn", op="CudnnRNN")
    known = table(NEW, Add={"2.15": ADD}, If={"2.15": RegisteredOp()}, CudnnRNN={"2.15": RegisteredOp(computes=False)})

    [answer] = answered(saved, known)
    assert answer.loads is loads


def test_an_attribute_that_only_saving_needs_keeps_no_session_from_loading() -> None:
    saved = saved_model({"op": "Add", "attributes": {"T": FLOAT}}, objects=True)
    graph = saved.meta_graphs[0]
    graph.graph_def.library.function.add().signature.name = "traced_save"
    copy = graph.graph_def.library.function[1].node_def.add(name="copy", op="Copy")
    copy.attr["fast"].s = b"yes"
    for name, function in (("call", "own_function"), ("save", "traced_save")):
        graph.graph_def.node.add(name=name, op="PartitionedCall").attr["f"].func.name = function
    graph.saver_def.save_tensor_name = "save:0"
    known = table(OLD, Add={"1.15": ADD}, PartitionedCall={"1.15": RegisteredOp(("f:func",))}, Copy={"1.15": NO_MORE})

    graph.signature_def["__saved_model_init_op"].method_name = ""  # which TF2 always writes, and nobody calls
    [without_signature] = answered(saved, known)
    graph.signature_def["serving_default"].method_name = "predict"
    [answer] = answered(saved, known)
    graph.saver_def.save_tensor_name = "call:0"
    [called] = answered(saved, known)
    graph.saver_def.save_tensor_name = "save:0"
    copy.op = "NowhereRegistered"  # which a session refuses wherever it stands
    [unregistered] = answered(saved, known)

    assert (answer.loads, answer.only_in_session) == (Loads.IN_PART, True)
    assert causes(answer) == [ObstacleCause.UNKNOWN_ATTRIBUTE]
    assert [without_signature.loads, called.loads, unregistered.loads] == [Loads.NO] * 3


def test_a_function_in_python_is_not_in_the_model() -> None:
    known = table(OLD, PyFunc={"1.15": RegisteredOp()})

    [answer] = answered(saved_model({"op": "PyFunc"}), known)
    assert (answer.loads, causes(answer)) == (Loads.IN_PART, [ObstacleCause.PYTHON_FUNCTION])


@pytest.mark.parametrize(("ends", "oldest"), [(["x", "y"], Loads.NO), (["x"], Loads.IN_PART)])
def test_a_ragged_input_of_every_signature_is_read_from_1_15_on(ends: list[str], oldest: Loads) -> None:
    saved = saved_model({"op": "Add", "attributes": {"T": FLOAT}})
    for name in ("x", "y"):
        saved.meta_graphs[0].signature_def[name].inputs["dense"].name = "a:0"
    for name in ends:
        saved.meta_graphs[0].signature_def[name].inputs["ragged"].composite_tensor.SetInParent()
    known = table(release("1.14"), release("1.15"), release("2.1"), Add={"1.14": ADD, "1.15": ADD, "2.1": ADD})

    assert [one.loads for one in answered(saved, known)] == [oldest, Loads.IN_PART, Loads.NOTHING_AGAINST]


def test_hub_load_takes_no_sparse_signature_of_tf1_before_2_1() -> None:
    saved = saved_model({"op": "Add", "attributes": {"T": FLOAT}})
    saved.meta_graphs[0].signature_def["x"].inputs["x"].coo_sparse.SetInParent()
    known = table(release("2.0"), release("2.1"), Add={"2.0": ADD, "2.1": ADD})

    old, new = answered(saved, known)
    assert (old.loads, causes(old)) == (Loads.IN_PART, [ObstacleCause.SPARSE_SIGNATURE])
    assert new.loads is Loads.NOTHING_AGAINST


@pytest.mark.parametrize("says_what_it_takes", [False, True])
def test_an_object_that_saves_itself_is_left_empty_by_three_releases_and_stops_two_others(
    says_what_it_takes: bool,
) -> None:
    """A model of 2.13 says it, and one of 2.14 does not; each was loaded in 2.4 to 2.21."""
    saved = saved_model({"op": "Add", "attributes": {"T": FLOAT}}, objects=True)
    objects = saved.meta_graphs[0].object_graph_def
    objects.nodes[0].saveable_objects["table"].save_function = 1
    specification = objects.nodes.add().bare_concrete_function.function_spec
    if says_what_it_takes:
        specification.input_signature.tuple_value.values.add().tensor_spec_value.dtype = STRING
    else:
        specification.input_signature.none_value.SetInParent()
    minors = ("1.15", "2.0", "2.2", "2.3", "2.10", "2.11", "2.12", "2.13")
    known = table(*map(release, minors), Add=dict.fromkeys(minors[:1], ADD))

    found = {one.release: (causes(one), one.only_in_session) for one in answered(saved, known)}
    stopped = ([], False) if says_what_it_takes else ([ObstacleCause.SAVES_ITSELF], True)
    nothing: tuple[list[ObstacleCause], bool] = ([], False)
    empty = ([ObstacleCause.STATE_LOST], False)
    assert found == {
        **{"1.15": nothing, "2.0": empty, "2.2": empty, "2.3": nothing},
        **{"2.10": nothing, "2.11": stopped, "2.12": stopped, "2.13": nothing},
    }
