"""The programs that the report recommends, executed as they stand in the cell, and what they compute."""

import os
import shutil

import pytest

from conformance import snippets
from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.words import Keras, Mode


def _parameters():
    return [pytest.param(one, marks=probe(one.claim, "implied", one.way), id=one.id) for one in snippets.SNIPPETS]


@pytest.fixture
def execute(cell, models, tf, tmp_path, monkeypatch):
    """Executes a snippet's program in a folder of its own that holds the model; gives the names that it left."""

    def run(snippet):
        if snippet.model:
            shutil.copytree(os.path.join(models, snippet.model, "model"), str(tmp_path / "model"))
        monkeypatch.chdir(str(tmp_path))
        text = snippets.program(snippet, Mode(cell.mode), Keras(cell.keras))
        # A file, since AutoGraph reads the source of what it converts; named as a test, since what it asks for is asked
        # for by the probe: a name that TensorFlow or hub lacks is then missing, and nobody's error.
        path = tmp_path / "test_program.py"
        path.write_text(text)
        names = {"__name__": "__main__"}
        exec(compile(text, str(path), "exec"), names)  # noqa: S102 - the very text that the report shows
        return names

    return run


@pytest.mark.parametrize("snippet", _parameters())
def test_runs_as_it_stands(tf, hub, keras, lost, execute, snippet):
    """The program that the report shows for this call form, unaltered: it ends, and its numbers are NumPy's."""
    names = execute(snippet)
    if "result" in names:
        checks.equal(names["result"], reference.dense(names["inputs"]), "the program's result equals NumPy's")
    elif "weights" in names:
        _check_weights(snippet, names, lost)
    else:
        _check_saved(tf, hub, lost)


def _check_weights(snippet, names, lost):
    """One step of gradient descent, at the program's learning rate, with the model's own regularization."""
    weights = checks.by_role([(name, value) for name, value in names["weights"].items() if "global_step" not in name])
    rate = 0.01 if snippet.id.endswith("fit") else snippets.LEARNING_RATE  # "sgd" by its name has this rate
    data = {"inputs": names["inputs"], "targets": names["labels"]}
    if snippet.model == "tf1-batchnorm":
        expected = dict(zip(("kernel", "gamma", "beta"), reference.batchnorm_step(rate, **data)))
        expected.update(zip(("moving_mean", "moving_variance"), reference.moving_averages(names["inputs"])))
    else:
        regularized = snippet.id != "tf1-gradient-tape"
        if not regularized:
            lost("the regularization loss is gone")
        expected = dict(zip(("kernel", "bias"), reference.dense_step(rate, regularized=regularized, **data)))
        expected["scale"] = reference.SCALE
    for role, value in sorted(expected.items()):
        checks.holds(role in weights, "{} is among the weights".format(role), sorted(weights))
        checks.equal(weights[role], value, "{} is what NumPy's step gives".format(role))


def _check_saved(tf, hub, lost):
    """What the program saved computes the product with its kernel, wherever it is loaded."""
    v1 = public(tf, "compat.v1") if hasattr(tf, "compat") and hasattr(tf.compat, "v1") else tf
    expected = reference.product(reference.INPUTS)
    with v1.Graph().as_default():
        inputs = v1.constant(reference.INPUTS)
        if os.path.exists(os.path.join("saved", "tfhub_module.pb")):
            outputs = hub.Module("saved")(inputs)
        else:
            loaded = hub.load("saved")
            if not callable(loaded):
                lost("what was saved cannot be called: only its signatures are left")
                return
            outputs = loaded(inputs)
        with v1.Session() as session:
            session.run([v1.global_variables_initializer(), v1.tables_initializer()])
            checks.equal(session.run(outputs), expected, "what was saved computes what NumPy does")
