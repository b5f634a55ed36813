"""What the probes of a user's own model share: the model, its inputs, and what to look at in whatever it computes."""

import numpy as np
import pytest

from conformance.inside.own_model import inputs as own_inputs
from conformance.inside.own_model import subject as own_subject
from conformance.inside.own_model import values
from conformance.inside.probe import WrongValues
from conformance.inside.probe_fixtures import asked_for
from conformance.inside.probes.conftest import fresh, fresh_graph, keras  # noqa: F401 - fixtures

_PREFIX = "test_"


def pytest_generate_tests(metafunc):
    """Gives each probe the forms that it has to try in this cell."""
    cell = asked_for()
    kind = metafunc.function.__name__[len(_PREFIX) :]
    forms = own_subject.asked_for().forms_of(kind, cell.mode.value, cell.keras.value)
    metafunc.parametrize("form", forms, ids=[form["id"] for form in forms])


def pytest_collection_modifyitems(items):
    """Leaves out the probes that have nothing to try: pytest makes an item of each all the same."""
    items[:] = [item for item in items if isinstance(item.callspec.params["form"], dict)]


@pytest.fixture(scope="session")
def subject():
    """The model under test."""
    return own_subject.asked_for()


@pytest.fixture(scope="session")
def inputs(subject):
    """Gives arrays for specs."""
    return own_inputs.Inputs(own_inputs.read_given(subject.inputs), subject.texts)


@pytest.fixture
def look(request, cell, subject, lost, note):
    """Looks at what was computed, once and again with the same inputs, and keeps it for the host to compare."""

    def check(outputs, again=None):
        """Both are dicts of arrays; gives the names of the outputs that differ each time."""
        if not outputs:
            raise WrongValues("it computes something: got no output")
        probe = "own_model." + request.node.name[len(_PREFIX) :]
        values.keep(subject.values, cell.name, probe, outputs)
        for name, array in outputs.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                count = int((~np.isfinite(array)).sum())
                lost('{} of {} elements of the output "{}" are not finite'.format(count, array.size, name))
        unsteady = {name for name, array in (again or {}).items() if not _same(array, outputs[name])}
        for name in sorted(unsteady):
            note('computed again from the same input, the output "{}" differs'.format(name))
        return unsteady

    return check


def _same(one, other):
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return False
    return (
        bool(np.allclose(one, other, rtol=1e-5, atol=1e-6, equal_nan=True))
        if one.dtype.kind == "f"
        else bool(np.all(one == other))
    )
