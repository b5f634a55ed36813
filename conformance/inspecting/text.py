"""What is shown of a model in a terminal. Its names are foreign text, and may hold anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import groupby

from conformance.inspecting.description import (
    Content,
    Description,
    MetaGraph,
    ModelFormat,
    Signature,
    TensorSpec,
    Texts,
)
from conformance.inspecting.inspection import Inspection, KnownOfRelease
from conformance.inspecting.loading import Loads, Obstacle
from conformance.inspecting.measured import MeasuredCall
from conformance.plain_text import printable, some

_LONGEST = 100  # characters of a foreign text
_MOST = 12  # lines of one sort, and things in one line

FORMATS = {
    ModelFormat.TF1_HUB: "a model in the TF1 Hub format",
    ModelFormat.V1_SAVEDMODEL: "a TF1 SavedModel (signatures only)",
    ModelFormat.TF2_OBJECTS: "a TF2 SavedModel",
    ModelFormat.KERAS_2: "a TF2 SavedModel of a Keras 2 model",
    ModelFormat.KERAS_3_EXPORT: "a TF2 SavedModel that Keras 3 exported",
}
_TRAINING = {
    "argument": "by the argument `training`",
    "tags": 'by the tag "train"',
    "": "nothing in it distinguishes training from inference",
}


def lines_of(inspection: Inspection, said: bool = False) -> Iterator[str]:
    """The lines about one model; `said`: whether what was measured of its format stands above already."""
    described = inspection.description
    by = f", written by TensorFlow {one_line(described.tensorflow)}" if described.tensorflow else ""
    yield f"{inspection.name}: {FORMATS[described.format]}{by}"
    yield f"  {sentence(inspection)}"
    yield ""
    yield from _indented(fact_rows(inspection))
    yield ""
    yield "  Where it can load (nothing of it was run):"
    yield from _indented(static_answer_rows(inspection))
    yield ""
    if not inspection.measured:
        yield "  The page says nothing of models of this format, and the matrix has measured none."
        return
    if said:
        yield "  What was measured of our own small models of this format stands above."
        return
    yield "  What was measured of our own small models of this format:"
    if inspection.only_signatures:
        yield "    (They can be called, as this model cannot: read hub.load(handle).signatures[...] for m(inputs).)"
    yield from _indented(
        (_where(one), f"{_spans_of(one, inspection)}: {one.call or f'what the page says without a call ({one.claim})'}")
        for one in inspection.measured
    )


def sentence(inspection: Inspection) -> str:
    """The answer in one sentence."""
    everywhere = [one.release for one in inspection.releases]
    can = [one.release for one in inspection.releases if one.can_load]
    whole = [one.release for one in inspection.releases if one.can_load and one.loads is Loads.NOTHING_AGAINST]
    if inspection.description.faults:
        return "Its files are incomplete or damaged, so it will load nowhere as it should."
    if not can:
        return "It cannot load in any of the releases that were looked at."
    if whole == everywhere:
        return "Nothing speaks against loading it in any of the releases that were looked at."
    parts = [f"nothing speaks against loading it in TensorFlow {spans(whole, everywhere)}"] if whole else []
    session = [one.release for one in inspection.releases if one.can_load and one.only_in_session]
    if in_part := [release for release in can if release not in (*whole, *session)]:
        parts.append(f"it loads in part in {'' if parts else 'TensorFlow '}{spans(in_part, everywhere)}")
    if session:
        where = f"{'' if parts else 'TensorFlow '}{spans(session, everywhere)}"
        parts.append(f"nothing but tf.compat.v1.saved_model.loader may load it in {where}")
    if len(can) < len(everywhere):
        parts.append("in the others it cannot load")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def spans(some: Iterable[str], every: Sequence[str]) -> str:
    """Releases as briefly as can be: "1.15 to 2.10, 2.15"."""
    places = sorted(every.index(one) for one in some if one in every)
    said = []
    for _, group in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
        run = [every[place] for _, place in group]
        said.append(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}")
    return ", ".join(said)


def count_of(things: Sized, word: str) -> str:
    """How many there are: "1 cell", "2 cells"."""
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def one_line(text: str, longest: int = _LONGEST) -> str:
    """Foreign text in one short line."""
    line = " ".join(printable(text).split())
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def fact_rows(inspection: Inspection) -> Iterator[tuple[str, str]]:
    """What the files say of the model: a word and a fact each."""
    described = inspection.description
    signatures = dict.fromkeys(signature for graph in described.graphs for signature in graph.signatures)
    yield from _rows("damaged", [one_line(fault) for fault in described.faults])
    yield from _rows("graph", [_graph(graph) for graph in described.graphs])
    yield from _rows("signature", [_signature(one) for one in signatures])
    yield from _rows("callable", [f"{one_line(one.name)}({_joined(one.arguments)})" for one in described.callables])
    if taken := _texts(described.texts):
        yield "texts", taken
    yield "variables", _variables(described)
    yield "training", _TRAINING[described.training]
    yield from _rows("asset", [f"{one_line(one.name)}, {_bytes(one.bytes)}" for one in described.assets])
    if keras := described.keras:
        version = one_line(keras.version) or "version not said"
        yield "Keras", f"{version}, {one_line(keras.root)}, {'compiled' if keras.compiled else 'not compiled'}"
    yield from _rows("custom op", [_custom(op, package) for op, package in inspection.custom_ops.items()])


def _texts(texts: Texts) -> str:
    """What those are that it takes; "" where nothing is known of them."""
    if texts.content is Content.EXAMPLE:
        features = (f"{one_line(one.name)} ({one.size} {one.dtype})" for one in texts.features)
        return f"it reads tf.train.Example messages, with the features {some(list(features), 8)}"
    return "it decodes images from their files' contents" if texts.content is Content.IMAGE else ""


def _graph(graph: MetaGraph) -> str:
    tags = one_line(", ".join(graph.tags)) or "no tags"
    return f"{tags}: {graph.nodes:,} nodes, {graph.functions:,} functions, GraphDef {graph.producer}"


def static_answer_rows(inspection: Inspection) -> Iterator[tuple[str, str]]:
    """A line for each run of releases of which the same is said."""
    releases = [one.release for one in inspection.releases]
    for _, group in groupby(
        inspection.releases, key=lambda one: (one.loads, one.only_in_session, one.obstacles, one.refused)
    ):
        run = list(group)
        yield spans([one.release for one in run], releases), _reasons(run[0])


def _reasons(answer: KnownOfRelease) -> str:
    refused = "no call loaded a model of this format there" if answer.refused else ""
    if answer.loads is Loads.NOTHING_AGAINST:
        return f"cannot load: {refused}" if refused else "nothing speaks against it"
    said = {Loads.NO: "cannot load", Loads.IN_PART: "loads in part"}[answer.loads]
    if answer.only_in_session:
        said = "hub.load cannot load it, while nothing speaks against tf.compat.v1.saved_model.loader in a session"
    details = list(dict.fromkeys(_detail(one) for one in answer.obstacles))
    more = f"; and {len(details) - 3} more, see model.json" if len(details) > 3 else ""
    return f"{said}: {'; '.join([*([refused] if refused else []), *details[:3]])}{more}"


def _detail(obstacle: Obstacle) -> str:
    return one_line(obstacle.detail) + (f" ({obstacle.package} brings it)" if obstacle.package else "")


def _where(call: MeasuredCall) -> str:
    return f"{call.operation} in {', '.join(call.modes)}"


def _spans_of(one: MeasuredCall, inspection: Inspection) -> str:
    releases = [each.release for each in inspection.releases]
    parts = (("works", one.works), ("in part", one.in_part), ("not", one.fails))
    return "; ".join(f"{word} {found}" for word, some in parts if (found := spans(some, releases)))


def _signature(signature: Signature) -> str:
    return f"{one_line(signature.name)}({_tensors(signature.inputs)}) -> ({_tensors(signature.outputs)})"


def _tensors(tensors: Sequence[TensorSpec]) -> str:
    return _joined([tensor_text(one) for one in tensors])


def tensor_text(tensor: TensorSpec) -> str:
    """A tensor: "x: float32[?, 3]"."""
    shape = "any shape" if tensor.shape is None else ", ".join("?" if one is None else str(one) for one in tensor.shape)
    kind = "" if tensor.kind == "dense" else f" {tensor.kind}"
    return f"{one_line(tensor.name)}: {tensor.dtype}[{one_line(shape)}]{kind}"


def _variables(described: Description) -> str:
    stored = described.variables
    dtypes = ", ".join(f"{count} {dtype}" for dtype, count in stored.dtypes.items())
    trainable = "" if stored.trainable is None else f"; {stored.trainable:,} can be trained"
    reusable = ", by hub.KerasLayer as well" if described.reusable and stored.trainable else ""
    return f"{stored.count:,}, {_bytes(stored.bytes)}{f' ({dtypes})' if dtypes else ''}{trainable}{reusable}"


def _custom(op: str, package: str) -> str:
    return f"{one_line(op)}: {f'{package} brings it' if package else 'no package that we know brings it'}"


def _bytes(size: int | None) -> str:
    return "missing" if size is None else f"{size:,} bytes"


def _joined(words: Sequence[str]) -> str:
    more = f", and {len(words) - _MOST} more" if len(words) > _MOST else ""
    return f"{', '.join(one_line(word) for word in words[:_MOST])}{more}"


def _rows(word: str, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A row for each of the first texts, and one that says how many are left out."""
    yield from ((word, text) for text in texts[:_MOST])
    if len(texts) > _MOST:
        yield word, f"and {len(texts) - _MOST:,} more, see model.json"


def _indented(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    rows = list(rows)
    width = max((len(first) for first, _ in rows), default=0)
    yield from (f"    {first:<{width}}  {second}".rstrip() for first, second in rows)
