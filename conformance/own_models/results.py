"""What came of a model in each cell and call form: outcomes, held against what it computes where it was made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from conformance.cells import minor_of
from conformance.environments.catalogue import Cell
from conformance.evidence import Error, Observation, Record, Versions
from conformance.own_models.forms import Form
from conformance.own_models.observing import Observed
from conformance.own_models.values import OutputDifference, PackedOutput, differences
from conformance.running.enclosure import Enclosure
from conformance.words import Keras, Mode, Operation, Outcome

_RIGHT = (Outcome.WORKS, Outcome.DEGRADED)
_REFUSES = re.compile(r"InvalidArgumentError: |ValueError: .*\b([Dd]imensions?|[Ss]hapes?)\b", re.DOTALL)
_OF_ITSELF = re.compile(r"pyfunc_\d+")  # what no other input would mend
_NOT_TAKEN = "in no release does the model take the inputs that were made from its signature: give others with --inputs"
# Checks of conformance/inside/own_model/training.py that inputs can be to blame for.
_NO_STEP = re.compile(r"the (loss is|weights are) finite|a step of training moves weights")
_TRAINS_NOWHERE = (
    "in no release does a step of training on the inputs that were made from its signature move weights and leave them"
    " finite: give others with --inputs"
)
_AGAIN = "computed again from the same input"  # begins the note of a model that gives other outputs each time


class TriedForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call form.

    Attributes:
        probe: the id of its observations.
    """

    probe: str
    operation: Operation
    call: str


class TriedCell(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cell.

    Attributes:
        versions: what was installed of TensorFlow, tensorflow_hub and Keras, with "python".
        unavailable: why nothing could be tried there; "" where something was.
    """

    cell: str
    release: str
    mode: Mode
    keras: Keras
    versions: dict[str, str]
    unavailable: str = ""


class TriedCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of a call form in a cell.

    Attributes:
        outcome: as observed, but wrong-values where an output differs from the reference's.
        differences: from the reference, or from the outputs that the user expects.
    """

    cell: str
    probe: str
    outcome: Outcome
    error: Error | None
    notes: tuple[str, ...]
    differences: tuple[OutputDifference, ...]
    seconds: float

    @property
    def works(self) -> bool:
        """Whether it worked, whatever is to be said of it."""
        return self.outcome in _RIGHT

    @property
    def takes_no_inputs(self) -> bool:
        """Whether the model refuses, everywhere, the inputs that were made from its signature."""
        return _NOT_TAKEN in self.notes

    @property
    def by_loader(self) -> bool:
        """Whether it is one by the loader of TF1."""
        return self.probe.startswith("own_model.loader[")


class ModelTrial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that was observed of a model.

    Attributes:
        hash: of the model's files.
        enclosure: how far it was shut in.
        reference: the cell whose outputs the others were compared with; "" where nothing was computed, or where the
            user said what is expected.
        reference_is: why that one: "its producer's release" or "the oldest that computes it".
    """

    hash: str
    selection: str
    enclosure: Enclosure
    reference: str
    reference_is: str
    forms: tuple[TriedForm, ...]
    cells: tuple[TriedCell, ...]
    calls: tuple[TriedCall, ...]
    missing: tuple[str, ...]
    known_releases: tuple[str, ...]

    def form(self, probe: str) -> TriedForm:
        """A call form."""
        return next(form for form in self.forms if form.probe == probe)

    def cell(self, name: str) -> TriedCell:
        """A cell."""
        return next(cell for cell in self.cells if cell.cell == name)

    def releases(self) -> tuple[str, ...]:
        """The releases, oldest first."""
        return tuple(dict.fromkeys(cell.release for cell in self.cells))


def tried(
    observed: Observed, producer: str, expected: Mapping[str, PackedOutput], selection: str, enclosure: Enclosure
) -> ModelTrial:
    """Judges what was observed.

    Args:
        producer: the TensorFlow version that wrote the model; "" where it is not known.
        expected: the outputs that the user expects, by name; empty where he said nothing.
    """
    forms = {form.probe: form for form in observed.forms}
    records = {record.header.cell: record for record in observed.records}
    reference, why = _reference(observed, records, forms, producer)
    truth = _Truth(expected, observed, forms, reference)
    return ModelTrial(
        hash=observed.hash,
        selection=selection,
        enclosure=enclosure,
        reference="" if expected else reference,
        reference_is="those that are expected" if expected else why,
        forms=tuple(TriedForm(form.probe, form.operation, form.call) for form in observed.forms),
        cells=tuple(_cell(cell, records.get(cell.id)) for cell in observed.cells),
        calls=tuple(_calls(observed, records, forms, truth)),
        missing=tuple(_missing(observed.cells, records)),
        known_releases=observed.known_releases,
    )


def _calls(
    observed: Observed, records: Mapping[str, Record], forms: Mapping[str, Form], truth: _Truth
) -> Iterator[TriedCall]:
    seen = [
        (cell.id, one)
        for cell in observed.cells
        if cell.id in records
        for one in records[cell.id].observations
        if one.probe in forms
    ]
    taken = {forms[one.probe].signature for _, one in seen if one.outcome in _RIGHT}
    trained = any(one.outcome in _RIGHT for _, one in seen if forms[one.probe].operation is Operation.FINE_TUNE)
    for cell_id, one in seen:
        form = forms[one.probe]
        if not observed.given and form.signature not in taken and one.error and _refuses(one.error):
            # Nowhere does the model take what was made from its signature: no fault of any release.
            one = msgspec.structs.replace(one, outcome=Outcome.BLOCKED, notes=(*one.notes, _NOT_TAKEN))
        elif not observed.given and not trained and one.error and _NO_STEP.search(one.error.message):
            one = msgspec.structs.replace(one, outcome=Outcome.BLOCKED, notes=(*one.notes, _TRAINS_NOWHERE))
        yield _call(cell_id, one, truth.differences(cell_id, one))


def _refuses(error: Error) -> bool:
    text = f"{error.type}: {error.message}"
    return bool(_REFUSES.search(text)) and not _OF_ITSELF.search(text)


class _Truth:
    """What the outputs of each signature ought to be."""

    def __init__(
        self, expected: Mapping[str, PackedOutput], observed: Observed, forms: Mapping[str, Form], reference: str
    ) -> None:
        self._expected = expected
        self._computed = observed.computed
        self._forms = forms
        self._of_reference: dict[tuple[str, tuple[str, ...]], dict[str, PackedOutput]] = {}
        for probe, computed in observed.computed.get(reference, {}).items():
            if form := forms.get(probe):
                self._of_reference.setdefault(_what(form), computed.outputs)

    def differences(self, cell_id: str, one: Observation) -> tuple[OutputDifference, ...]:
        """How what was computed differs; nothing where it is not known, or random."""
        form, computed = self._forms[one.probe], self._computed.get(cell_id, {}).get(one.probe)
        if computed is None or one.outcome not in _RIGHT or any(note.startswith(_AGAIN) for note in one.notes):
            return ()
        if self._expected:
            return differences(computed.outputs, self._expected)
        if "train" in (form.tags or ()):
            return ()  # what it computes while training may be random
        return differences(computed.outputs, self._of_reference.get(_what(form), {}))


def _what(form: Form) -> tuple[str, tuple[str, ...]]:
    """What a form calls: forms that call the same are given the same."""
    tags = () if form.tags is None or form.kind == "loader" else form.tags
    return form.signature, tags if tags != ("serve",) else ()


def _reference(
    observed: Observed, records: Mapping[str, Record], forms: Mapping[str, Form], producer: str
) -> tuple[str, str]:
    computing = [cell for cell in observed.cells if cell.id in records and _computes(records[cell.id], forms)]
    number = minor_of(producer)
    of_producer = [cell for cell in computing if number and minor_of(cell.environment.release.tf) == number]
    if of_producer:
        return of_producer[0].id, "its producer's release"
    return (computing[0].id, "the oldest release tried that computes it") if computing else ("", "")


def _computes(record: Record, forms: Mapping[str, Form]) -> bool:
    return any(
        one.outcome in _RIGHT and one.probe in forms and forms[one.probe].operation is Operation.LOAD
        for one in record.observations
    )


def _call(cell_id: str, one: Observation, found: Sequence[OutputDifference]) -> TriedCall:
    differing = [each for each in found if not each.same]
    notes = [*one.notes, *(f'the output "{each.output}" {each.what}' for each in differing)]
    return TriedCall(
        cell=cell_id,
        probe=one.probe,
        outcome=Outcome.WRONG_VALUES if differing else one.outcome,
        error=one.error,
        notes=tuple(notes),
        differences=tuple(found),
        seconds=one.seconds,
    )


def _cell(cell: Cell, record: Record | None) -> TriedCell:
    unavailable = record.unavailable.reason if record and record.unavailable else ""
    return TriedCell(
        cell=cell.id,
        release=cell.environment.release.tf,
        mode=cell.mode,
        keras=cell.keras,
        versions=_versions(record.setting) if record and record.setting else {},
        unavailable=unavailable,
    )


def _versions(setting: Versions) -> dict[str, str]:
    installed = {name.lower().replace("_", "-"): version for name, version in setting.packages.items()}
    tensorflow = next((name for name in ("tensorflow-cpu", "tensorflow", "tf-nightly-cpu") if name in installed), "")
    found = {tensorflow or "tensorflow": setting.tf, "tensorflow-hub": setting.hub, "keras": setting.keras_version}
    return found | {"python": setting.python} | ({"tf-keras": installed["tf-keras"]} if "tf-keras" in installed else {})


def _missing(cells: Iterable[Cell], records: Mapping[str, Record]) -> Iterable[str]:
    for cell in cells:
        record = records.get(cell.id)
        if record is None:
            yield f"{cell.id}: no record"
        elif record.missing:
            yield f"{cell.id}: {', '.join(record.missing)}"
