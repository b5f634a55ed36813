"""The footnote: what "TF1 compat mode in TF2" is."""

from conformance.inside import checks
from conformance.inside.probe import probe


@probe("compat-mode", "literal")
def test_graphs_and_sessions(tf):
    """Ops build a graph, which only a session runs; nothing is eager."""
    checks.holds(not tf.executing_eagerly(), "nothing is eager", "eager execution")
    total = tf.constant(2.0) + tf.placeholder(tf.float32, [], name="addend")
    checks.holds(not hasattr(total, "numpy") or not _has_value(total), "a tensor is symbolic", total)
    with tf.Session() as session:
        checks.holds(session.run(total, {"addend:0": 3.0}) == 5.0, "a session computes it", "another value")


@probe("compat-mode", "literal")
def test_reference_variables(tf):
    """tf.Variable makes a reference variable, in the graph's collections, which an assign op changes."""
    checks.holds(not tf.resource_variables_enabled(), "resource variables are off", "on")
    variable = tf.Variable([1.0, 2.0])
    checks.holds(variable.dtype._is_ref_dtype, "tf.Variable makes a reference variable", variable.dtype)
    checks.holds(tf.trainable_variables() == [variable], "it is in the graph's collection", tf.trainable_variables())
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(tf.assign_add(variable, [0.5, 0.5]))
        checks.equal(session.run(variable), checks.np.array([1.5, 2.5], "float32"), "an assign op changes it")


@probe("compat-mode", "literal")
def test_static_control_flow_and_shapes(tf):
    """tf.while_loop builds TF1's Enter and Exit ops, and a dimension of a shape is a Dimension."""
    checks.holds(not tf.control_flow_v2_enabled(), "control flow v2 is off", "on")
    result = tf.while_loop(lambda i: i < 5, lambda i: i + 1, [tf.constant(0)])
    kinds = {operation.type for operation in tf.get_default_graph().get_operations()}
    checks.holds({"Enter", "Exit"} <= kinds, "tf.while_loop builds TF1's ops", sorted(kinds))
    dimension = tf.TensorShape([None, 3])[1]
    checks.holds(type(dimension).__name__ == "Dimension", "a dimension is a Dimension", type(dimension))
    with tf.Session() as session:
        checks.holds(session.run(result) == 5, "the loop counts", "another value")


def _has_value(tensor):
    try:
        tensor.numpy()
    except Exception:
        return False
    return True
