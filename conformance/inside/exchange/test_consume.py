"""Uses models that were made elsewhere: their values, a call, a step of training, their assets, saving them again."""

import os
import shutil

from conformance.inside import checks
from conformance.inside.exchange import training, using
from conformance.inside.exchange.roles import ROLES, calls
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps


@probe("exchange.load", "literal")
def test_values(tf, hub, path, played):
    """Every signature equals NumPy: of hub.load, or in graph mode of hub.Module or tf.saved_model.loader.load."""
    using.check(using.computed(tf, hub, path, played), played, "outputs equal NumPy's")


@probe("exchange.load", "literal")
def test_call(tf, hub, path, played):
    """hub.load(path)(inputs), with two batches of different sizes."""
    loaded = public(hub, "load")(path)
    steps.check_inference_eagerly(tf, ROLES[played].plays, loaded)


@probe("exchange.train", "literal")
def test_training(tf, hub, path, played):
    """A step of gradient descent on the loaded object; in graph mode on a hub.Module."""
    if tf.executing_eagerly():
        training.eagerly(tf, public(hub, "load")(path), played)
    else:
        training.in_session(hub, path, played)


@probe("exchange.load", "literal")
def test_assets(tf, hub, path, played, tmp_path):
    """A copy elsewhere, with two words of its vocabulary swapped: it is that file that is read."""
    moved = str(tmp_path / "moved")
    _, embedding = steps.with_swapped_vocabulary(path, moved)
    for got, call in zip(using.computed(tf, hub, moved, played), calls(played)):
        [outputs], [batch] = got.values(), call.inputs.values()
        checks.equal(outputs, reference.text(batch, embedding), "the outputs are those of the copy's own vocabulary")


@probe("exchange.save", "literal")
def test_saved_again(tf, hub, path, played, fresh, tmp_path):
    """tf.saved_model.save of what hub.load gave; the source is deleted, and a fresh process loads and computes."""
    source, target = str(tmp_path / "source"), str(tmp_path / "saved")
    shutil.copytree(path, source)
    loaded = public(hub, "load")(source)
    tf.saved_model.save(loaded, target, signatures={name: loaded.signatures[name] for name in loaded.signatures})
    for folder, _, _ in os.walk(source):
        os.chmod(folder, 0o700)
    shutil.rmtree(source)
    using.check(fresh.ask(using.computed, target, played), played, "saved again, the outputs equal NumPy's")
