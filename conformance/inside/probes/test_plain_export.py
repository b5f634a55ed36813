"""A hub model in a graph, exported by TensorFlow 1's plain means, and read again in a fresh process."""

import shutil

import numpy as np
import pytest

from conformance.inside import checks
from conformance.inside.models import reference
from conformance.inside.probe import probe, public
from conformance.inside.probes import exporting, graphs, steps, subjects

# What is whole without the model's folder, and what holds the paths of its assets there.
WHOLE = ["builder-half", "frozen", "meta-graph", "simple-save"]
WHOLE_WITH_TABLES = ["builder", "builder-hub-load", "simple-save-tables"]
HOLDS_PATHS = ["frozen-tables", "meta-graph"]
LACKS_TABLES = ["frozen", "simple-save"]


@probe("tf1-hub.create.tf1.plain-export", "literal", way="{way}")
@pytest.mark.parametrize("way", WHOLE)
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module(tf, hub, fresh, role, source, tmp_path, way):
    """hub.Module(handle)(inputs), a weight changed, is exported in one of TensorFlow 1's ways; without its folder, a
    fresh process computes with the changed weight."""
    path = _export_module(tf, hub, role, source, str(tmp_path / "exported"), way)
    shutil.rmtree(source)
    _check(fresh, role, path, way)


@probe("tf1-hub.create.tf1.plain-export.with-assets", "literal", way="{way}")
@pytest.mark.parametrize("way", WHOLE_WITH_TABLES)
@pytest.mark.parametrize("model", ["tf1-text"])
def test_module_with_tables(tf, hub, fresh, role, source, tmp_path, way):
    """The same of a module with a vocabulary, its tables' initializer said."""
    path = _export_module(tf, hub, role, source, str(tmp_path / "exported"), way)
    shutil.rmtree(source)
    _check(fresh, role, path, way)


@probe("tf1-hub.create.tf1.plain-export.holds-paths", "literal", way="{way}")
@pytest.mark.parametrize("way", HOLDS_PATHS)
@pytest.mark.parametrize("model", ["tf1-text"])
def test_module_with_assets(tf, hub, fresh, role, source, tmp_path, way):
    """The same of a module with a vocabulary, as a frozen graph or a meta graph: it computes as long as the module's
    folder is there, and then the folder goes."""
    path = _export_module(tf, hub, role, source, str(tmp_path / "exported"), way)
    _check(fresh, role, path, way)
    shutil.rmtree(source)
    _check_refused(fresh, role, path, way, r"source/assets/.*No such file", "without the model's folder it fails")


@probe("tf1-hub.create.tf1.plain-export.tables-forgotten", "literal", way="{way}")
@pytest.mark.parametrize("way", LACKS_TABLES)
@pytest.mark.parametrize("model", ["tf1-text"])
def test_module_without_its_tables(tf, hub, fresh, role, source, tmp_path, way):
    """The same of a module with a vocabulary, and nothing said about its tables."""
    path = _export_module(tf, hub, role, source, str(tmp_path / "exported"), way)
    _check_refused(fresh, role, path, way, r"not initialized", "without its tables it fails")


@probe("tf2-savedmodel.create.tf1.plain-export", "literal", way="{way}")
@pytest.mark.parametrize("way", WHOLE)
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_loaded(tf, hub, fresh, role, source, tmp_path, way):
    """hub.load(handle)(inputs) in a graph, a weight changed, is exported likewise; without its folder, a fresh process
    computes with the changed weight."""
    path = _export_loaded(tf, hub, role, source, str(tmp_path / "exported"), way)
    shutil.rmtree(source)
    _check(fresh, role, path, way)


@probe("tf2-savedmodel.create.tf1.plain-export.with-assets", "literal", way="{way}")
@pytest.mark.parametrize("way", WHOLE_WITH_TABLES)
@pytest.mark.parametrize("model", ["tf2-text"])
def test_loaded_with_tables(tf, hub, fresh, role, source, tmp_path, way):
    """The same of a model with a vocabulary, its tables' initializer said."""
    path = _export_loaded(tf, hub, role, source, str(tmp_path / "exported"), way)
    shutil.rmtree(source)
    _check(fresh, role, path, way)


@probe("tf2-savedmodel.create.tf1.plain-export.holds-paths", "literal")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_loaded_with_assets(tf, hub, fresh, role, source, tmp_path):
    """The same of a model with a vocabulary, as a meta graph: it computes as long as the model's folder is there, and
    then the folder goes."""
    path = _export_loaded(tf, hub, role, source, str(tmp_path / "exported"), "meta-graph")
    _check(fresh, role, path, "meta-graph")
    shutil.rmtree(source)
    _check_refused(fresh, role, path, "meta-graph", r"source/assets/.*No such file", "without the folder it fails")


@probe("tf2-savedmodel.create.tf1.plain-export.frozen-tables", "literal")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_loaded_with_assets_frozen(tf, hub, fresh, role, source, tmp_path):
    """The same as a frozen graph, with the initializer of its tables, while the model's folder is there."""
    path = _export_loaded(tf, hub, role, source, str(tmp_path / "exported"), "frozen-tables")
    _check(fresh, role, path, "frozen-tables")


def _export_module(tf, hub, role, source, path, way):
    with tf.Graph().as_default(), tf.Session() as session:
        module = public(hub, "Module")(source)
        inputs = tf.identity(steps.placeholder(tf, subjects.batches(role)[0]), graphs.INPUTS)
        outputs = tf.identity(module(inputs), graphs.OUTPUTS)
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        name, value = _changed(role)
        session.run(tf.assign(module.variable_map[name], value))
        return exporting.WAYS[way].save(tf, session, inputs, outputs, path)


def _export_loaded(tf, hub, role, source, path, way):
    with tf.Graph().as_default(), tf.Session() as session:
        loaded = public(hub, "load")(source)
        inputs = tf.identity(steps.placeholder(tf, subjects.batches(role)[0]), graphs.INPUTS)
        outputs = tf.identity(loaded(inputs), graphs.OUTPUTS)
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        name, value = _changed(role)
        session.run(checks.by_role([(one.name, one) for one in loaded.variables])[name].assign(value))
        return exporting.WAYS[way].save(tf, session, inputs, outputs, path)


def _changed(role):
    """The weight that is changed before the export, and its value."""
    name, value = ("embedding", reference.EMBEDDING) if role == "text" else ("kernel", reference.KERNEL)
    return name, np.float32(-0.5) * value


def _check_refused(fresh, role, path, way, pattern, rule):
    ask = exporting.WAYS[way]
    checks.refused(lambda: fresh.ask(ask.load, path, subjects.batches(role), **ask.options), "OpError", pattern, rule)


def _check(fresh, role, path, way):
    """What a fresh process computes has the changed weight, by NumPy."""
    name, value = _changed(role)
    compute = getattr(reference, role)
    batches = subjects.batches(role)
    found = fresh.ask(exporting.WAYS[way].load, path, batches, **exporting.WAYS[way].options)
    factor = np.float32(0.5 if way == "builder-half" else 1)
    for got, batch in zip(found["outputs"], batches):
        got = got["outputs"] if isinstance(got, dict) else got
        checks.equal(got, factor * compute(batch, **{name: value}), "the outputs are those of the changed weight")
