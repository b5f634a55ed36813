"""A user's own model: each call form loads it anew, and computes; some train it, or save it once more."""

import importlib
import os
import shutil

from conformance.inside import checks
from conformance.inside.own_model import again, calls, training
from conformance.inside.own_model.inputs import ROWS, has_batch
from conformance.inside.probe import Blocked, probe, public, rejects
from conformance.inside.probes.refusals import NOT_A_LAYER_OF_KERAS_3

LOAD, TRAIN, SAVE = "own-model.load", "own-model.fine-tune", "own-model.save"


@probe(LOAD, "literal")
def test_signature(tf, hub, subject, form, inputs, look, note):
    """hub.load(model, tags=...).signatures[name](...), eagerly; also on one row and on none."""
    loaded = public(hub, "load")(subject.path, tags=form["tags"])
    specs = calls.specs_of(form)

    def call(rows):
        return calls.arrays_of(calls.of_signature(tf, loaded, form["signature"], inputs.arrays(specs, rows), specs))

    outputs = call(ROWS)
    unsteady = look(outputs, call(ROWS))
    if specs and all(map(has_batch, specs)) and not unsteady:
        calls.try_other_batches(call, outputs, note)


@probe(LOAD, "literal")
def test_call(tf, hub, subject, form, inputs, look):
    """hub.load(model)(...), eagerly."""
    loaded = public(hub, "load")(subject.path)
    function = calls.concrete(loaded, False)

    def call(rows=ROWS):
        positional, named = calls.arguments(tf, function, inputs, rows)
        return calls.arrays_of(loaded(*positional, **named))

    look(call(), call())


@probe(LOAD, "literal")
def test_hub_module(tf, hub, subject, form, inputs, look):
    """hub.Module(model, tags=...)(..., signature=name, as_dict=True), in a session."""
    module = public(hub, "Module")(subject.path, tags=set(form["tags"] or ()))
    specs = calls.specs_of(form)
    given = calls.tensors(tf, inputs.arrays(specs), specs)
    outputs = module(given, signature=form["signature"], as_dict=True)
    look(*calls.computed(outputs))


@probe(LOAD, "literal")
def test_loader(tf, hub, subject, form, inputs, look):
    """tf.compat.v1.saved_model.loader.load(session, tags, model), and a signature's tensors by their names."""
    specs = calls.specs_of(form)
    v1 = importlib.import_module("tensorflow.compat.v1")
    with v1.Graph().as_default(), v1.Session() as session:
        loaded = v1.saved_model.loader.load(session, form["tags"] or [], subject.path)
        ends = loaded.signature_def[form["signature"]]
        feed, fetches = {}, {}
        for spec, array in zip(specs, inputs.arrays(specs)):
            feed.update(calls.fed(ends.inputs[spec.name], array))
        for name, one in ends.outputs.items():
            fetches.update(calls.fetched(name, one))
        look(session.run(fetches, feed), session.run(fetches, feed))


@probe(LOAD, "literal")
def test_graph_load(tf, hub, subject, form, inputs, look):
    """hub.load(model, tags=...).signatures[name](...), in a graph and a session."""
    loaded = public(hub, "load")(subject.path, tags=form["tags"])
    specs = calls.specs_of(form)
    outputs = calls.of_signature(tf, loaded, form["signature"], inputs.arrays(specs), specs)
    look(*calls.computed(outputs))


@probe(LOAD, "literal")
def test_keras_layer(tf, hub, subject, form, inputs, look):
    """hub.KerasLayer(model)(inputs); of a model with signatures only, of one of these."""
    layer = public(hub, "KerasLayer")(subject.path, **_layer_options(form))
    given = _given(tf, hub, subject, form, inputs)
    if tf.executing_eagerly():
        look(calls.arrays_of(layer(given)), calls.arrays_of(layer(given)))
    else:
        look(*calls.computed(layer(given)))


@probe(LOAD, "literal")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
def test_keras_model(tf, hub, keras, subject, form, inputs, look):
    """A hub.KerasLayer of the model in a tf.keras.Sequential, by Model.predict()."""
    model, given = training.sequential(tf, hub, keras, subject, form, inputs, _layer_options(form))
    look(calls.arrays_of(model.predict(given, verbose=0)), calls.arrays_of(model.predict(given, verbose=0)))


@probe(LOAD, "literal")
def test_tfsm_layer(tf, hub, keras, subject, form, inputs, look):
    """tf.keras.layers.TFSMLayer(model, call_endpoint=name)(inputs), the way of Keras 3."""
    layer = public(keras, "layers.TFSMLayer")(subject.path, call_endpoint=form["signature"] or "__call__")
    given = _given(tf, hub, subject, form, inputs)
    look(calls.arrays_of(layer(given)), calls.arrays_of(layer(given)))


@probe(TRAIN, "literal")
def test_tune_by_tape(tf, hub, subject, form, inputs, note):
    """A step of gradient descent by tf.GradientTape and Variable.assign_sub."""
    loaded = public(hub, "load")(subject.path, tags=form["tags"])
    training.by_tape(tf, loaded, form, inputs, note)


@probe(TRAIN, "literal")
def test_tune_by_optimizer(tf, hub, keras, subject, form, inputs, note):
    """A step by tf.GradientTape and tf.keras.optimizers.SGD().apply_gradients."""
    loaded = public(hub, "load")(subject.path, tags=form["tags"])
    training.by_tape(tf, loaded, form, inputs, note, optimizer=keras.optimizers.SGD(training.RATE))


@probe(TRAIN, "literal")
@rejects(*NOT_A_LAYER_OF_KERAS_3)
def test_tune_by_fit(tf, hub, keras, subject, form, inputs, note):
    """A step of Model.fit() of a tf.keras.Sequential with a hub.KerasLayer(model, trainable=True)."""
    options = dict(_layer_options(form), trainable=True)
    model, given = training.sequential(tf, hub, keras, subject, form, inputs, options)
    rule = "the model has trainable_variables, by whose name hub.KerasLayer knows what to train"
    training.by_fit(keras, model, given, note, rule)


@probe(TRAIN, "literal")
def test_tune_by_tfsm_fit(tf, hub, keras, subject, form, inputs, note):
    """A step of Model.fit() of a tf.keras.Sequential with a TFSMLayer(model, trainable=True)."""
    make = public(keras, "layers.TFSMLayer")
    layer = make(subject.path, call_endpoint=form["signature"] or "__call__", trainable=True)
    model, given = training.keras3_sequential(tf, keras, layer, form, inputs)
    training.by_fit(keras, model, given, note, "TFSMLayer finds weights of the model that can be trained")


@probe(TRAIN, "literal")
def test_tune_module(tf, hub, subject, form, inputs, note):
    """hub.Module(model, trainable=True, tags=...), a step of tf.train.GradientDescentOptimizer in a session."""
    module = public(hub, "Module")(subject.path, trainable=True, tags=set(form["tags"] or ()))
    specs = calls.specs_of(form)
    outputs = module(calls.tensors(tf, inputs.arrays(specs), specs), signature=form["signature"], as_dict=True)
    training.in_session(tf, outputs, note)


@probe(SAVE, "literal")
def test_saved_again(tf, hub, subject, form, inputs, fresh, tmp_path, look):
    """tf.saved_model.save of what hub.load gave; the source is deleted, and a fresh process loads and computes."""
    source, target = str(tmp_path / "source"), str(tmp_path / "saved")
    shutil.copytree(subject.path, source)
    loaded = public(hub, "load")(source, tags=form["tags"])
    specs = calls.specs_of(form)
    arrays = inputs.arrays(specs)
    tf.saved_model.save(loaded, target, signatures={form["signature"]: loaded.signatures[form["signature"]]})
    # Only then is it called: what has a state, a counter for instance, would be saved with another one.
    before, once_more = [
        calls.arrays_of(calls.of_signature(tf, loaded, form["signature"], arrays, specs)) for _ in range(2)
    ]
    for folder, _, _ in os.walk(source):
        os.chmod(folder, 0o700)
    shutil.rmtree(source)
    after = fresh.ask(again.of_signature, target, form["signature"], arrays, [tuple(spec) for spec in specs])
    unsteady = look(before, once_more)
    checks.holds(sorted(after) == sorted(before), "the outputs have the same names", sorted(after))
    for name in sorted(before.keys() - unsteady):
        checks.equal(after[name], again.portable(before[name]), 'saved again, the output "{}" is the same'.format(name))


def _given(tf, hub, subject, form, inputs):
    """What a layer is called with: the only input of a signature, or a dict of them, or the first argument."""
    if not form["signature"]:
        positional, named = calls.arguments(tf, calls.concrete(hub.load(subject.path), False), inputs)
        given = [
            one for one in (*positional, *named.values()) if not isinstance(one, (type(None), bool, int, float, str))
        ]
        if len(given) != 1:
            raise Blocked("A layer passes on one argument, and what this model's __call__ takes is another number.")
        return given[0]
    specs = calls.specs_of(form)
    given = calls.tensors(tf, inputs.arrays(specs), specs)
    return next(iter(given.values())) if len(given) == 1 else given


def _layer_options(form):
    """What hub.KerasLayer has to be told of a model that cannot be called itself."""
    if not form["signature"]:
        return {}
    options = {"signature": form["signature"], "signature_outputs_as_dict": True}
    return dict(options, tags=form["tags"]) if form["tags"] is not None else options
