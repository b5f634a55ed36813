"""Libraries of ops: one that is not there, one that comes too late, and one that only another process has loaded."""

import os

import pytest

from conformance.inside import checks
from conformance.inside.fresh import loading
from conformance.inside.models import reference
from conformance.inside.probe import Blocked, probe, public
from conformance.inside.probes import own_op, steps
from conformance.inside.probes.test_custom_ops import op_of, with_other_op

INPUTS = [reference.INPUTS]


@probe("tf2-savedmodel.load.tf2.op-library", "literal", way="missing-file")
@probe("tf2-savedmodel.load.tf1.op-library", "literal", way="missing-file")
def test_missing_library(tf, tmp_path):
    """tf.load_op_library of a file that is not there: an error that names it."""
    path = str(tmp_path / "_missing_ops.so")
    rule = "the library is refused by its name"
    checks.refused(lambda: public(tf, "load_op_library")(path), "NotFoundError", "_missing_ops.so", rule)


@probe("tf2-savedmodel.load.tf2.op-library", "literal", way="other-file")
@probe("tf2-savedmodel.load.tf1.op-library", "literal", way="other-file")
def test_broken_library(tf, tmp_path):
    """tf.load_op_library of a file that is no library, as one for another system is."""
    path = str(tmp_path / "_other_ops.so")
    with open(path, "wb") as file:
        file.write(b"MZ" + b"\0" * 100)
    rule = "the library is refused by its name"
    checks.refused(lambda: public(tf, "load_op_library")(path), "OpError", "_other_ops.so", rule)


@probe("tf2-savedmodel.load.tf2.registered-op", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_registered_after_a_failure(tf, hub, request, role, handle, tmp_path):
    """hub.load is refused, then the op is registered, and then the same hub.load computes."""
    op = _own(request)
    path = with_other_op(handle, str(tmp_path / "model"), op)
    load = public(hub, "load")
    checks.refused(lambda: load(path), "Exception", op, "the load names the missing op")
    own_op.register_matmul(op)
    steps.check_inference_eagerly(tf, role, load(path))


@probe("tf1-hub.load.tf1.module.registered-op", "implied")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module_registered_after_a_failure(tf, hub, run, request, role, handle, tmp_path):
    """hub.Module is refused, then the op is registered, and then hub.Module computes in another graph."""
    op = _own(request)
    path = with_other_op(handle, str(tmp_path / "model"), op)
    module = public(hub, "Module")
    with tf.Graph().as_default():  # a failure leaves the module's name taken in its graph
        checks.refused(lambda: module(path), "Exception", op, "the module names the missing op")
    own_op.register_matmul(op)
    steps.check_inference_in_graph(tf, run, role, module(path))


@probe("tf2-savedmodel.load.tf2.registered-op", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_another_process(hub, fresh, request, handle, tmp_path):
    """The op is registered in this process: another one, which has not imported its package, is refused the model."""
    op = _own(request)
    own_op.register_matmul(op)
    path = with_other_op(handle, str(tmp_path / "model"), op)
    public(hub, "load")(path)
    rule = "the other process names the missing op"
    checks.refused(lambda: fresh.ask(loading.hub_load, path, INPUTS), "Exception", op, rule)


@probe("tf2-savedmodel.load.tf2.registered-op", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_saved_again(tf, hub, fresh, request, handle, tmp_path):
    """What is loaded with a registered op and saved again needs that op wherever it is loaded."""
    op = _own(request)
    own_op.register_matmul(op)
    loaded = public(hub, "load")(with_other_op(handle, str(tmp_path / "model"), op))
    saved = str(tmp_path / "saved")
    public(tf, "saved_model.save")(loaded, saved)
    checks.holds(os.path.exists(saved), "it is saved", os.listdir(str(tmp_path)))
    rule = "the other process names the missing op"
    checks.refused(lambda: fresh.ask(loading.keras_layer, saved, INPUTS), "Exception", op, rule)


def _own(request):
    if own_op.library() is None:
        raise Blocked("this TensorFlow has no C API by which an op can be registered without a compiler")
    return op_of(request)
