"""`model`: says of a user's own model where it can load, from its files alone, and then tries it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from fnmatch import fnmatchcase

from rich.console import Console

from conformance import json_file
from conformance.claims.catalogue import load_claims
from conformance.command_line.declaration import CommandResult
from conformance.command_line.parsing import Arguments
from conformance.commands.selecting import jobs_of, limits_of, selection_of
from conformance.corpus import CorpusModel, load_corpus
from conformance.environments.catalogue import Releases, load_releases
from conformance.errors import ExitCode, UsageError, near_miss
from conformance.explaining.explain import Explainer
from conformance.explaining.known_errors import entries_of_models, read_known_errors
from conformance.fixtures import load_models
from conformance.inspecting.description import ModelFormat
from conformance.inspecting.files import ModelFileError
from conformance.inspecting.inspection import Inspection, load_inspector
from conformance.inspecting.locating import FoundModel, found_models
from conformance.inspecting.text import lines_of as static_lines
from conformance.inspecting.text import one_line
from conformance.own_models.conclusions import conclusions
from conformance.own_models.corpus import found_in_corpus
from conformance.own_models.given import Arrays, read_arrays, require_fit
from conformance.own_models.observing import Copies, copies, observe
from conformance.own_models.report import ModelReport, report_of, report_schema
from conformance.own_models.results import tried
from conformance.own_models.text import lines_of
from conformance.own_models.unlike import corpus_differences, text_lines
from conformance.own_models.values import packed
from conformance.reporting.own_model import corpus_files, model_files
from conformance.running.enclosure import available
from conformance.running.options import Options
from conformance.running.places import Places, default_places
from conformance.running.selection import Selection, select
from conformance.words import Outcome

FILE, SCHEMA_FILE = "model.json", "model.schema.json"
_RUN = ".cells"  # beside the folders of the models: the logs of the cells, and how far each is


def run(arguments: Arguments) -> CommandResult:
    """Looks at each model that is meant, and tries them; one that cannot be read keeps no other from its turn."""
    places = default_places(arguments.reports)
    inspector = load_inspector(places.baseline)
    releases = load_releases()
    required = _required(arguments.require, [release.tf for release in releases.releases])
    trial = None if arguments.static else _Trial(arguments, places, releases)
    reports: dict[str, ModelReport] = {}
    unreadable, said = False, set[tuple[ModelFormat, bool]]()
    corpus = load_corpus(one.id for one in load_models(releases)) if arguments.corpus else ()
    with copies(places) as copied:
        with _meant(arguments, corpus) as found:
            for model in found:
                try:
                    inspection = inspector.inspect(model)
                    reports[model.name] = report_of(inspection)
                    _write(reports[model.name], places)
                    kind = inspection.description.format, inspection.only_signatures
                    print("\n".join(static_lines(inspection, said=kind in said)), end="\n\n", flush=True)
                    said.add(kind)
                    if trial and not inspection.description.faults:
                        trial.take(model, inspection, copied)
                except ModelFileError as error:
                    unreadable = True
                    print(f"error: {_one_paragraph(error)}", file=sys.stderr)
        if trial and copied.models:
            for report in trial.of(copied, reports):
                reports[report.name] = report
                _write(report, places)
    found_out = list(reports.values())
    if corpus and trial:
        _write_differences(corpus, found_out, places)
    failing = dict.fromkeys(line for report in found_out for line in _failing(report, required))
    unseen = dict.fromkeys(line for report in found_out for line in _unseen(report, required))
    for line in (*failing, *unseen):
        print(line)
    return CommandResult(_exit_code(found_out, unreadable or bool(unseen), bool(failing)), found_out)


def _meant(arguments: Arguments, corpus: Sequence[CorpusModel]) -> AbstractContextManager[tuple[FoundModel, ...]]:
    """The models that are meant."""
    if corpus:
        return found_in_corpus(corpus, [arguments.path] if arguments.path else [])
    if not arguments.path:
        raise UsageError("no model is named.", where="model", remedy="Give a PATH, or --corpus.")
    return found_models(arguments.path)


def _write_differences(corpus: Sequence[CorpusModel], reports: Sequence[ModelReport], places: Places) -> None:
    """Says where the real models behave unlike the fixtures of their kind."""
    by_name = {report.name: report for report in reports}
    pairs = [(by_name[one.id], by_name[one.fixture]) for one in corpus if {one.id, one.fixture} <= by_name.keys()]
    found = corpus_differences(pairs)
    json_file.replace_files(
        places.reports / "models",
        corpus_files([model for model, _ in pairs], found),
        remedy="Give another folder with --reports.",
        what="what was found of the corpus",
    )
    print("\n".join(text_lines(found)), end="\n\n")


class _Trial:
    """Tries models as the arguments say; what is wrong with these is refused before anything is done."""

    def __init__(self, arguments: Arguments, places: Places, releases: Releases) -> None:
        selection = selection_of(arguments)
        if selection == Selection():
            selection = Selection(only=arguments.require) if arguments.require else Selection(quick=True)
        self._reports = places.reports / "models"
        run = default_places(self._reports / _RUN)
        self._options = Options(selection, run, jobs_of(arguments), limits_of(arguments), arguments.fresh)
        select(selection, releases, load_claims())
        self._releases = releases
        self._console = Console(stderr=arguments.json)
        self._inputs: Arrays = read_arrays(arguments.inputs, "--inputs") if arguments.inputs else {}
        self._expected: Arrays = read_arrays(arguments.expect, "--expect") if arguments.expect else {}
        self._explainer = Explainer((*entries_of_models(), *read_known_errors(places.known_errors).entries))

    def take(self, model: FoundModel, inspection: Inspection, copied: Copies) -> None:
        """Has a model be one of those that are tried.

        Raises:
            UsageError: the user's own inputs are none that it takes.
        """
        described = inspection.description
        signatures = [signature for graph in described.graphs for signature in graph.signatures]
        takes = [one for signature in signatures for one in signature.inputs]
        takes += [one for function in described.callables for one in function.inputs]
        require_fit(self._inputs, takes, "--inputs")
        copied.add(model, described, self._inputs, self._reports / model.name)

    def of(self, copied: Copies, inspected: Mapping[str, Inspection]) -> Iterator[ModelReport]:
        """Tries them, and gives the report of each, which it prints too."""
        several = len(copied.models) > 1
        for subject, observed in zip(
            copied.models, observe(copied, self._options, self._releases, self._console), strict=True
        ):
            inspection = inspected[subject.name]
            expected = {name: packed(array) for name, array in self._expected.items()}
            producer = inspection.description.tensorflow
            found = tried(observed, producer, expected, str(self._options.selection), available())
            concluded = conclusions(found, self._explainer)
            if several:
                print(f"{subject.name}:")
            report = report_of(inspection, found, concluded)
            print("\n".join(lines_of(found, concluded, report.contradictions)), end="\n\n", flush=True)
            print(f"The whole of it: {self._reports / subject.name / 'index.html'}", end="\n\n")
            yield report


def _required(globs: Iterable[str], releases: Sequence[str]) -> tuple[str, ...]:
    names = {f"tf{release}": release for release in releases}
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in names):
            raise UsageError(f'no release matches "{glob}".', where="--require", remedy=near_miss(glob, names))
    return tuple(release for name, release in names.items() if any(fnmatchcase(name, glob) for glob in globs))


def _failing(report: ModelReport, required: Sequence[str]) -> Iterator[str]:
    """Where the model has to work, and does not: by what was observed, or else by what its files say."""
    for release in required:
        if report.conclusions and release in _seen(report):
            if release not in report.conclusions.loads:
                yield f"{report.name}: no call works in TensorFlow {release}, where it is required to load."
        elif any(answer.release == release and not answer.can_load for answer in report.releases):
            yield f"{report.name}: cannot load in TensorFlow {release}, where it is required to."


def _unseen(report: ModelReport, required: Sequence[str]) -> Iterator[str]:
    """The releases in which the model has to work, and of which nothing was observed."""
    for release in required:
        if report.tried and release not in _seen(report):
            yield f"{report.name}: nothing was observed in TensorFlow {release}, where it is required to load."


def _seen(report: ModelReport) -> set[str]:
    """The releases in which some call was really tried, and not only inputs that it takes nowhere."""
    if not report.tried:
        return set()
    tried = [call for call in report.tried.calls if call.outcome not in (Outcome.BLOCKED, Outcome.UNAVAILABLE)]
    return {report.tried.cell(call.cell).release for call in tried}


def _exit_code(reports: Iterable[ModelReport], incomplete: bool, failing: bool) -> ExitCode:
    if incomplete or any(one.description.faults or (one.tried and one.tried.missing) for one in reports):
        return ExitCode.INCOMPLETE
    return ExitCode.UNEXPECTED if failing else ExitCode.AS_EXPECTED


def _write(report: ModelReport, places: Places) -> None:
    json_file.replace_files(
        places.reports / "models" / report.name,
        {FILE: json_file.encode(report), SCHEMA_FILE: json_file.encode(report_schema()), **model_files(report)},
        remedy="Give another folder with --reports.",
        what="what was found of the model",
    )


def _one_paragraph(error: ModelFileError) -> str:
    return one_line(str(error)) if len(str(error)) > 400 else " ".join(re.split(r"\s+", str(error)))
