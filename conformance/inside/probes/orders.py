"""Any legal order of ordinary steps, drawn by hypothesis as a state machine, or typed in.

What is ordered is a *program*: an object whose methods are the steps, each of which compares what TensorFlow gives with
NumPy. `legal(step)` says whether a step can come next.
"""

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from conformance.inside.models import kept_orders

STEPS_OF_AN_ORDER = 6


def follow_any_order(name, make, steps, examples, note):
    """Runs the kept orders of the machine `name`, then as many drawn ones as `examples`; notes the smallest that fails.

    Args:
        make: () -> the program at its beginning.
        steps: names of its steps.
    """
    latest = []
    try:
        for order in kept_orders.KEPT[name]:
            latest[:] = []
            program = make()
            for step in order:
                _take(program, step, latest)
        if examples:
            run_state_machine_as_test(
                _machine(name, make, steps, latest),
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=STEPS_OF_AN_ORDER,
                    derandomize=True,
                    database=None,
                    deadline=None,
                    phases=[Phase.generate, Phase.shrink],
                    suppress_health_check=list(HealthCheck),
                    print_blob=False,
                ),
            )
    except Exception:
        note("fails for {!r}".format(tuple(latest)))
        raise


def _machine(name, make, steps, latest):
    """A state machine with a rule for each step, which may be taken where the program finds it legal."""

    def begin(self):
        RuleBasedStateMachine.__init__(self)
        latest[:] = []
        self.program = make()

    members = {"__init__": begin}
    for step in steps:
        members[step] = precondition(_legal(step))(rule(_=st.none())(_rule(step, latest)))
    return type("{}_in_any_order".format(name.replace("-", "_")), (RuleBasedStateMachine,), members)


def _rule(step, latest):
    def take(self, _):
        _take(self.program, step, latest)

    take.__name__ = step
    return take


def _legal(step):
    return lambda self: self.program.legal(step)


def _take(program, step, latest):
    latest.append(step)
    getattr(program, step)()
