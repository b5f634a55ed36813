"""Which call forms apply to a model, as data that the inside reads: a probe of `conformance/inside/own_model` each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from conformance.inspecting.description import Description, MetaGraph, ModelFormat, Signature, TensorSpec
from conformance.words import Keras, Mode, Operation

_GRAPH, _EAGER, _ALL = (Mode.TF1, Mode.TF1_COMPAT), (Mode.TF2,), tuple(Mode)
_MOST_SIGNATURES = 8  # of each graph, which docs/model.md says
_PREFERRED = ("serving_default", "default")
_V1 = (ModelFormat.TF1_HUB, ModelFormat.V1_SAVEDMODEL)

CALLS = {
    "signature": (Operation.LOAD, 'hub.load(model).signatures["{signature}"](...)'),
    "call": (Operation.LOAD, "hub.load(model)(...)"),
    "hub_module": (Operation.LOAD, 'hub.Module(model)(..., signature="{signature}", as_dict=True)'),
    "loader": (Operation.LOAD, 'tf.compat.v1.saved_model.loader.load(session, {tags}, model), signature "{signature}"'),
    "graph_load": (Operation.LOAD, 'hub.load(model).signatures["{signature}"](...) in a graph'),
    "keras_layer": (Operation.LOAD, "hub.KerasLayer(model)(...)"),
    "keras_model": (Operation.LOAD, "keras.Sequential([hub.KerasLayer(model)]).predict(...)"),
    "tfsm_layer": (Operation.LOAD, "keras.layers.TFSMLayer(model)(...)"),
    "tune_by_tape": (Operation.FINE_TUNE, "hub.load(model), trained by tf.GradientTape"),
    "tune_by_optimizer": (Operation.FINE_TUNE, "hub.load(model), trained by a Keras optimizer"),
    "tune_by_fit": (Operation.FINE_TUNE, "keras.Sequential([hub.KerasLayer(model, trainable=True)]).fit(...)"),
    "tune_by_tfsm_fit": (Operation.FINE_TUNE, "keras.Sequential([TFSMLayer(model, trainable=True)]).fit(...)"),
    "tune_module": (Operation.FINE_TUNE, "hub.Module(model, trainable=True), trained in a session"),
    "saved_again": (Operation.CREATE, "tf.saved_model.save(hub.load(model), path), loaded again without its source"),
}


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call form.

    Attributes:
        kind: the probe's name, a key of CALLS.
        id: the probe's parameter.
        modes: the modes in which it is tried, and `keras` the flavours.
        tags: of the graph that is loaded; null where the loader chooses.
        signature: "" where the object itself is called.
        inputs: what the signature takes.
        output: the signature's first output.
    """

    kind: str
    id: str
    modes: tuple[Mode, ...]
    keras: tuple[Keras, ...]
    tags: tuple[str, ...] | None
    signature: str
    inputs: tuple[TensorSpec, ...]
    output: str

    @property
    def probe(self) -> str:
        """The id of its observations."""
        return f"own_model.{self.kind}[{self.id}]"

    @property
    def operation(self) -> Operation:
        """What it tries."""
        return CALLS[self.kind][0]

    @property
    def call(self) -> str:
        """How it is called, for people; the names in it are the model's."""
        call = CALLS[self.kind][1]
        if self.signature and "{" not in call:
            call += ', signature "{signature}"'
        if self.tags and "{tags}" not in call:
            call += ", tags {tags}"
        return call.format(signature=self.signature, tags=list(self.tags or ()))


def forms_of(description: Description) -> tuple[Form, ...]:
    """What can be tried on a model."""
    return tuple(_unique(_forms(description)))


def _forms(description: Description) -> Iterator[Form]:
    v1 = description.format in _V1
    for graph in description.graphs:
        tags = graph.tags if v1 else None
        for signature in graph.signatures[:_MOST_SIGNATURES]:
            yield _form("signature", _EAGER, tags, signature)
            yield _form("graph_load", _GRAPH, tags, signature)
            if description.format is ModelFormat.TF1_HUB:
                yield _form("hub_module", _GRAPH, tags, signature)
            else:
                modes = _ALL if description.format is ModelFormat.V1_SAVEDMODEL else _GRAPH
                yield _form("loader", modes, graph.tags, signature)
    graph = description.graphs[0]
    main = main_signature(graph)
    called = _called(description)
    trains = bool(description.variables.trainable)
    if called:
        yield from _of_callable(called, trains, several=bool(main and main.inputs and len(main.outputs) > 1))
    elif main:
        # An endpoint that Keras 3 exported takes what the model took; its signature, keyword arguments only.
        endpoints = {one.name for one in description.callables}
        endpoint = next((one for one in graph.signatures if one.name in endpoints and one.inputs == main.inputs), main)
        yield from _of_signature(graph.tags if v1 else None, main, endpoint, v1, trains)
    if trains and main and description.format is ModelFormat.TF1_HUB:
        training = next((one for one in description.graphs if "train" in one.tags), graph)
        yield _form("tune_module", _GRAPH, training.tags, main_signature(training) or main)
    if main:
        yield _form("saved_again", _EAGER, graph.tags if v1 else None, main)


def _of_callable(called: Signature, trains: bool, several: bool) -> Iterator[Form]:
    """Those of an object that can be called; `several`: it seems to give several outputs, which no Sequential takes."""
    yield _form("call", _EAGER, None, called)
    yield _form("keras_layer", _ALL, None, called)
    yield _form("tfsm_layer", _EAGER, None, called, Keras.KERAS3)
    alone = _takes_one(called) and not several
    if alone:
        yield _form("keras_model", _EAGER, None, called)
    if trains:
        yield _form("tune_by_tape", _EAGER, None, called)
        yield _form("tune_by_optimizer", _EAGER, None, called)
    if trains and alone:
        yield _form("tune_by_fit", _EAGER, None, called)
        yield _form("tune_by_tfsm_fit", _EAGER, None, called, Keras.KERAS3)


def _of_signature(
    tags: tuple[str, ...] | None, main: Signature, endpoint: Signature, v1: bool, trains: bool
) -> Iterator[Form]:
    yield _form("keras_layer", _EAGER, tags, main)
    yield _form("tfsm_layer", _EAGER, tags, endpoint, Keras.KERAS3)
    if _takes_one(main):
        yield _form("keras_model", _EAGER, tags, main)
    if trains and not v1:  # what TF1 wrote cannot be trained in TF2 by anybody's word
        yield _form("tune_by_tape", _EAGER, tags, main)
        yield _form("tune_by_optimizer", _EAGER, tags, main)


def main_signature(graph: MetaGraph) -> Signature | None:
    """The signature that stands for the model."""
    named = {signature.name: signature for signature in graph.signatures}
    with_inputs = [signature for signature in graph.signatures if signature.inputs]
    preferred = [named[name] for name in _PREFERRED if name in named and named[name].inputs]
    return next(iter((*preferred, *with_inputs, *graph.signatures)), None)


def _called(description: Description) -> Signature | None:
    """The loaded object as if it were a signature without a name; None where it cannot be called."""
    found = next((one for one in description.callables if one.name == "__call__"), None)
    return Signature("", found.inputs, ()) if found else None


def _takes_one(signature: Signature) -> bool:
    """Whether it takes one batch: Keras' models give their layers nothing else."""
    return len(signature.inputs) == 1 and signature.inputs[0].kind == "dense" and signature.inputs[0].shape != ()


def _form(
    kind: str, modes: tuple[Mode, ...], tags: tuple[str, ...] | None, signature: Signature, *keras: Keras
) -> Form:
    readable = "-".join((signature.name or "model", *(tags or ())))
    return Form(
        kind=kind,
        id=re.sub(r"[^A-Za-z0-9_.-]+", "-", readable)[:60],
        modes=modes,
        keras=keras or tuple(Keras),
        tags=tags,
        signature=signature.name,
        inputs=signature.inputs,
        output=signature.outputs[0].name if signature.outputs else "",
    )


def _unique(forms: Iterator[Form]) -> Iterator[Form]:
    """Gives forms of one kind whose ids came out the same a number each."""
    taken: set[tuple[str, str]] = set()
    for form in forms:
        names: Sequence[str] = [form.id, *(f"{form.id}-{number}" for number in range(2, 999))]
        free = next(name for name in names if (form.kind, name) not in taken)
        taken.add((form.kind, free))
        yield msgspec.structs.replace(form, id=free)
