"""Models that nobody thought of: generated, saved, loaded and compared with NumPy.

The examples are the same at every run (derandomized), so that two runs differ only where TensorFlow does. The smallest
failing one is noted in the observation, from which it can be typed in again; those of earlier runs, which are kept in
`kept_examples.py`, are tried first.
"""

import os
import shutil

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import example as explicit

from conformance.inside import checks
from conformance.inside.models import generated, kept_examples
from conformance.inside.probe import Blocked, probe, public
from conformance.inside.probes.api import v2


@pytest.fixture
def for_each_example(examples, note, tmp_path):
    """Runs a function of (blueprint, folder) on generated models; notes the smallest one that fails."""

    def run(check):
        latest = []

        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(generated.blueprints)
        def example(blueprint):
            latest[:] = [blueprint]
            folder = tmp_path / "example"
            shutil.rmtree(str(folder), ignore_errors=True)
            folder.mkdir()
            check(blueprint, str(folder))

        for kept in kept_examples.KEPT:
            example = explicit(kept)(example)
        try:
            example()
        except Exception:
            note("fails for {!r}".format(latest[0]))
            raise

    return run


@probe("tf1-hub.create.tf1.module-spec", "implied")
@probe("tf1-hub.load.tf1.module", "implied")
def test_modules(tf, hub, for_each_example):
    """A generated module is exported, loaded with hub.Module, and its signature computed by name, as a dict."""
    public(hub, "Module")

    def check(blueprint, folder):
        path = os.path.join(folder, "model")
        _export(tf, hub, blueprint, path)
        with tf.Graph().as_default():
            inputs = tf.placeholder(blueprint.dtype, [None, blueprint.features])
            module = hub.Module(path)
            outputs = module({blueprint.input: inputs}, signature=blueprint.signature, as_dict=True)
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                _compare(blueprint, lambda batch: session.run(outputs, {inputs: batch}))

    for_each_example(check)


@probe("tf1-hub.load.tf2.hub-load", "implied")
def test_modules_loaded_eagerly(tf, hub, for_each_example):
    """A generated module is exported inside a graph, loaded with hub.load, and its signature called by keyword."""
    if not hasattr(hub, "Module"):
        raise Blocked("no module can be made here to be loaded: tensorflow_hub has no Module")

    def check(blueprint, folder):
        path = os.path.join(folder, "model")
        _export(public(tf, "compat.v1"), hub, blueprint, path)
        signature = hub.load(path).signatures[blueprint.signature]
        _compare(blueprint, lambda batch: _arrays(signature(**{blueprint.input: tf.constant(batch)})))

    for_each_example(check)


@probe("tf2-savedmodel.create.tf2.module", "implied")
@probe("tf2-savedmodel.load.tf2.hub-load", "implied")
def test_saved_models(tf, hub, for_each_example):
    """A generated tf.Module is saved and loaded with hub.load, then called, and its signature called by keyword."""

    def check(blueprint, folder):
        path = os.path.join(folder, "model")
        model, signatures = generated.saved_model(tf, blueprint)
        public(tf, "saved_model.save")(model, path, signatures=signatures)
        loaded = hub.load(path)
        signature = loaded.signatures[blueprint.signature]
        _compare(blueprint, lambda batch: _arrays(signature(**{blueprint.input: tf.constant(batch)})))
        _compare(blueprint, lambda batch: {blueprint.output: loaded(tf.constant(batch)).numpy()})

    for_each_example(check)


@probe("tf2-savedmodel.create.tf1.save", "implied")
@probe("tf2-savedmodel.load.tf1.hub-load", "implied")
def test_saved_models_in_graphs(tf, hub, for_each_example):
    """The same in graph mode: saved inside a session, loaded into another graph."""
    public(tf, "saved_model.save")

    def check(blueprint, folder):
        path = os.path.join(folder, "model")
        with tf.Graph().as_default(), tf.Session() as session:
            model, signatures = generated.saved_model(v2(), blueprint)
            session.run(tf.global_variables_initializer())
            v2().saved_model.save(model, path, signatures=signatures)
        with tf.Graph().as_default():
            inputs = tf.placeholder(blueprint.dtype, [None, blueprint.features])
            loaded = hub.load(path)
            outputs = {blueprint.output: loaded(inputs)}
            by_keyword = loaded.signatures[blueprint.signature](**{blueprint.input: inputs})
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                _compare(blueprint, lambda batch: session.run(outputs, {inputs: batch}))
                _compare(blueprint, lambda batch: session.run(by_keyword, {inputs: batch}))

    for_each_example(check)


def _export(tf, hub, blueprint, path):
    with tf.Graph().as_default():
        module = hub.Module(generated.module_spec(tf, hub, blueprint))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            module.export(path, session)


def _compare(blueprint, compute):
    for size in blueprint.batches:
        batch = generated.batch(blueprint, size)
        rule = "a generated model computes what NumPy does, for {} rows".format(size)
        checks.same_outputs(compute(batch), {blueprint.output: generated.expected(blueprint, batch)}, rule)


def _arrays(outputs):
    return {name: value.numpy() for name, value in outputs.items()}
