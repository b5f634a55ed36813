"""Usual mistakes with hub.Module, each with the right call beside it."""

import pytest

from conformance.inside.probe import probe, public
from conformance.inside.probes import mistakes, mistakes_tf1


@pytest.fixture
def trying(tf, hub, handle, role, tmp_path):
    """What the calls of a row have to hand."""
    return mistakes.Trying(tf, hub, handle, role, tmp_path)


@probe("tf1-hub.load.tf1.module.mistakes", "literal", way="{way}")
@mistakes.each(mistakes_tf1.MODULE)
def test_module(trying, hub, row, way):
    """A usual mistake with hub.Module in a graph and a session: refused in words of its own; then the right call."""
    public(hub, "Module")  # without it no wrong call says anything about a mistake
    mistakes.check(row, trying)
