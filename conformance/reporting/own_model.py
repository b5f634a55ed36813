"""The reports of a user's own model: a page, a badge for shields.io, and a block of Markdown for its model card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from conformance import json_file
from conformance.inspecting.text import FORMATS, fact_rows, sentence, spans, static_answer_rows
from conformance.markdown import code, text
from conformance.own_models.conclusions import Conclusions
from conformance.own_models.report import ModelReport
from conformance.own_models.results import ModelTrial, TriedCall, TriedCell, TriedForm
from conformance.own_models.text import how_it_was_tried, outcomes_of
from conformance.own_models.unlike import CorpusDifferences, markdown_lines
from conformance.reporting.badges import Badge
from conformance.reporting.legend import OPERATIONS
from conformance.reporting.pages import environment, inlined

_STYLES = ("style.css", "screens.css")


class FormColumn(msgspec.Struct, frozen=True):
    """A call form with what came of it in each cell, in the order of cells; None where it does not apply."""

    form: TriedForm
    calls: tuple[TriedCall | None, ...]


def model_files(report: ModelReport) -> dict[str, bytes]:
    """The files of a model that was tried, by their names."""
    trial, found = report.tried, report.conclusions
    if trial is None or found is None:
        return {}
    return {
        "index.html": _page(report, trial, found).encode(),
        "badge.json": json_file.encode(badge_of(trial, found)),
        "card.md": "\n".join(card_lines(report, trial, found)).encode() + b"\n",
    }


def corpus_files(models: Sequence[ModelReport], found: CorpusDifferences) -> dict[str, bytes]:
    """The files about the models of the corpus, by their names."""
    page = environment().get_template("corpus.html.j2").render(models=models, found=found, style=inlined(*_STYLES))
    return {
        "corpus.html": page.encode(),
        "corpus.json": json_file.encode(found),
        "corpus.md": "\n".join(markdown_lines(found, models)).encode() + b"\n",
    }


def badge_of(trial: ModelTrial, found: Conclusions) -> Badge:
    """Where it loads, for a model card."""
    message = spans(found.loads, trial.known_releases) or "nowhere that was tried"
    tried = {trial.cell(call.cell).release for call in trial.calls}
    whole = bool(found.loads) and set(found.loads) == tried
    return Badge(
        schema_version=1,
        label="TensorFlow",
        message=message,
        color="brightgreen" if whole else "yellow" if found.loads else "red",
    )


def card_lines(report: ModelReport, trial: ModelTrial, found: Conclusions) -> Iterator[str]:
    """The block of Markdown."""
    yield "## TensorFlow compatibility"
    yield ""
    yield text(found.sentence)
    yield ""
    yield "| call | outcome |"
    yield "|---|---|"
    for form in trial.forms:
        if outcomes := outcomes_of(trial, form):
            yield f"| {code(form.call)} | {text(outcomes)} |"
    yield ""
    yield text(f"{how_it_was_tried(trial, found)} Model: {report.description.format}, {trial.hash[:19]}.")


def _page(report: ModelReport, trial: ModelTrial, found: Conclusions) -> str:
    cells = tuple(reversed(trial.cells))  # the newest release is what is looked for first
    calls = {(call.probe, call.cell): call for call in trial.calls}
    columns = [
        FormColumn(form, tuple(calls.get((form.probe, cell.cell)) for cell in cells))
        for form in trial.forms
        if any((form.probe, cell.cell) in calls for cell in cells)
    ]
    return (
        environment()
        .get_template("own_model.html.j2")
        .render(
            report=report,
            trial=trial,
            found=found,
            format=FORMATS[report.description.format],
            facts=list(fact_rows(report)),
            static=sentence(report),
            static_rows=list(static_answer_rows(report)),
            cells=cells,
            gaps=any(None in column.calls for column in columns),
            groups=[
                (OPERATIONS[operation], group)
                for operation in OPERATIONS
                if (group := [column for column in columns if column.form.operation is operation])
            ],
            how=how_it_was_tried(trial, found),
            known=trial.known_releases,
            spans=spans,
            settings=_settings,
            card="\n".join(card_lines(report, trial, found)),
            style=inlined(*_STYLES),
        )
    )


def _settings(cell: TriedCell) -> str:
    """A cell without its release: "tf2, keras3, hub 0.16.1"."""
    keras = [] if cell.keras.value == "bundled" else [cell.keras.value]
    hub = [f"hub {cell.versions['tensorflow-hub']}"] if "tensorflow-hub" in cell.versions else []
    return ", ".join((cell.mode.value, *keras, *hub))
