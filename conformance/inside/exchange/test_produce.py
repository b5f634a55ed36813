"""Makes the models that change hands: each role as this environment can make it."""

import os
import shutil

from conformance.inside import checks
from conformance.inside.exchange.making import make
from conformance.inside.probe import probe, rejects
from conformance.inside.probes.refusals import NO_SAVEDMODELS


@probe("exchange.make", "literal")
@rejects(*NO_SAVEDMODELS)
def test_make(tf, hub, cell, made, to_make, tmp_path):
    """Makes a model of the role, and moves it to where the host takes it from; what it was made from is left behind."""
    path = str(tmp_path / "model")
    sources = tmp_path / "sources"
    sources.mkdir()
    make(tf, hub, to_make, path, str(sources))
    checks.holds(os.path.isfile(os.path.join(path, "saved_model.pb")), "there is a SavedModel", os.listdir(path))
    target = os.path.join(made, cell.name, to_make)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)  # of an attempt that was cut short
    shutil.move(path, target)
