"""What making and using models share: what the host asks for, as parameters."""

import pytest

from conformance.inside.exchange import subject as exchange
from conformance.inside.exchange.roles import ROLES
from conformance.inside.probe_fixtures import asked_for
from conformance.inside.probes.conftest import fresh, fresh_graph  # noqa: F401 - fixtures

_USES = {
    "values": lambda role, mode: True,
    "call": lambda role, mode: role.callable and mode == "tf2",
    "training": lambda role, mode: role.trains and (role.callable == (mode == "tf2")),
    "assets": lambda role, mode: role.asset,
    "saved_again": lambda role, mode: mode == "tf2",
}


def pytest_generate_tests(metafunc):
    """Gives each probe the roles that it has to make, or the models that it has to use, in this cell."""
    mode, asked = asked_for().mode.value, exchange.asked_for()
    if "to_make" in metafunc.fixturenames:
        metafunc.parametrize("to_make", [name for name in asked.roles if mode in ROLES[name].modes])
        return
    use = _USES[metafunc.function.__name__[len("test_") :]]
    metafunc.parametrize("model", [name for name, (_, role) in asked.models.items() if use(ROLES[role], mode)])


def pytest_collection_modifyitems(items):
    """Leaves out the probes that have nothing to try: pytest makes an item of each all the same."""
    items[:] = [item for item in items if all(isinstance(one, str) for one in item.callspec.params.values())]


@pytest.fixture(scope="session")
def made():
    """The folder into which models are made."""
    return exchange.asked_for().made


@pytest.fixture
def path(model):
    """The path of the model under test."""
    return exchange.asked_for().models[model][0]


@pytest.fixture
def played(model):
    """The role that it plays."""
    return exchange.asked_for().models[model][1]
