"""What TF2 saves or freezes of a hub model: a fresh process loads it when everything it was made from is gone."""

import shutil

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import outliving, subjects


@probe("tf1-hub.create.tf2.outlives-source", "literal", way="{way}")
@pytest.mark.parametrize("way", ["frozen"])
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_tf1_format(tf, hub, fresh, role, source, tmp_path, way):
    """hub.load(handle).signatures["default"], a weight changed, is saved in one of TF2's ways; without its folder, a
    fresh process computes with the changed weight."""
    _check(tf, hub, fresh, role, source, tmp_path, way, "tf1")


@probe("tf1-hub.create.tf2.outlives-source.with-assets", "literal", way="{way}")
@pytest.mark.parametrize("way", ["wrapped"])
@pytest.mark.parametrize("model", ["tf1-text"])
def test_tf1_format_with_assets(tf, hub, fresh, role, source, tmp_path, way):
    """The same of a model with a vocabulary."""
    _check(tf, hub, fresh, role, source, tmp_path, way, "tf1")


@probe("tf2-savedmodel.create.tf2.outlives-source", "literal", way="{way}")
@pytest.mark.parametrize("way", ["frozen"])
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_tf2_format(tf, hub, fresh, role, source, tmp_path, way):
    """hub.load(handle), a weight changed, is saved in one of TF2's ways; without its folder, a fresh process computes
    with the changed weight."""
    _check(tf, hub, fresh, role, source, tmp_path, way, "tf2")


@probe("tf2-savedmodel.create.tf2.outlives-source.with-assets", "literal", way="{way}")
@pytest.mark.parametrize("way", ["wrapped"])
@pytest.mark.parametrize("model", ["tf2-text"])
def test_tf2_format_with_assets(tf, hub, fresh, role, source, tmp_path, way):
    """The same of a model with a vocabulary."""
    _check(tf, hub, fresh, role, source, tmp_path, way, "tf2")


@probe("tf2-savedmodel.create.tf2.outlives-source.frozen-table", "literal")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_frozen_table(tf, hub, fresh, role, source, tmp_path):
    """A model with a vocabulary, frozen by convert_variables_to_constants_v2: its table is no variable."""
    _check(tf, hub, fresh, role, source, tmp_path, "frozen", "tf2")


@probe("tf2-savedmodel.create.tf2.outlives-source.unreferenced", "literal")
@rejects("AssertionError", r"untracked|not.*tracked|Tried to export a function")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_unreferenced(tf, hub, fresh, role, source, tmp_path):
    """A tf.Module whose function calls a loaded model that no attribute of the module holds is saved."""
    _check(tf, hub, fresh, role, source, tmp_path, "unreferenced", "tf2")


def _check(tf, hub, fresh, role, source, tmp_path, way, form):
    loaded = public(hub, "load")(source)
    name, value = ("embedding", reference.EMBEDDING) if role == "text" else ("kernel", reference.KERNEL)
    value = np.float32(-0.5) * value
    checks.by_role([(one.name, one) for one in loaded.variables])[name].assign(value)
    path = outliving.WAYS[way].save(tf, hub, loaded, role, form, str(tmp_path / "saved"))
    del loaded
    shutil.rmtree(source)
    batches = subjects.batches(role)
    compute = getattr(reference, role)
    for load, options in outliving.WAYS[way].loads:
        found = fresh.ask(load, path, batches, **options)
        for got, batch in zip(found["outputs"], batches):
            got = got["outputs"] if isinstance(got, dict) else got
            checks.equal(got, compute(batch, **{name: value}), "the outputs are those of the changed weight")
