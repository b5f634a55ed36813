"""What a choice of probes finds of small changes of tensorflow_hub, and what it costs.

    python -m tests.candidate.ratio CELL [GLOB ...]

Ten defects and ten harmless changes are planted in the place of the cell's tensorflow_hub, by the means of the trial.
The cell is measured with each defect, with all harmless ones together, and without any; of each change, what differs is
held against what the probes that `--impacted` chooses would have shown. With globs, all of it is about these probes
only. What was measured is kept in reports/candidate-ratio/, and not measured again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

from conformance import json_file
from conformance.candidate.choosing import Choice, choose
from conformance.candidate.reach import PLANTED, SCHEMA, ReachMap, reach_of
from conformance.candidate.sources import differences
from conformance.claims.catalogue import load_claims
from conformance.comparing.direction import SeenOutcome, outcome_change
from conformance.comparing.error_texts import alike_but_for_numbers, one_line
from conformance.environments.catalogue import Cell, load_releases
from conformance.evidence import Observation, Record, read_record
from conformance.judging.narrowing import Narrowing
from conformance.limits import Limits
from conformance.running.cell import Task, measure_cell
from conformance.running.places import Places, default_places
from conformance.trial.planted import overlay
from conformance.trial.runs import RunSettings, TrialRun, run_all
from conformance.words import Change

LOADER, LAYER = "tensorflow_hub/module_v2.py", "tensorflow_hub/keras_layer.py"
FOLDER = "candidate-ratio"  # below the reports
LIMITS = Limits(probe=900.0, cell=6000.0)  # nothing is to be cut short, however busy the machine is
Edits = tuple[tuple[str, str, str], ...]  # file, what is replaced, by what

DEFECTS: dict[str, Edits] = {
    "tags": ((LOADER, "    tags = []\n", "    tags = ['serve']\n"),),
    "options-ignored": ((LOADER, "module_path, tags=tags, options=options)", "module_path, tags=tags)"),),
    "not-v1": ((LOADER, "obj._is_hub_module_v1 = is_hub_module_v1", "obj._is_hub_module_v1 = False"),),
    "untrainable": ((LAYER, "(v, trainable=True)", "(v, trainable=False)"),),
    "training": ((LAYER, "lambda: f(training=False))", "lambda: f(training=True))"),),
    "output-key": ((LAYER, "result = result[self._output_key]", "result = list(result.values())[0] * 2"),),
    "inputs-of-a-dict": ((LAYER, "and isinstance(inputs, dict)", "and isinstance(inputs, list)"),),
    "loss-of-frozen": ((LAYER, "loss() if self.trainable else 0.", "loss()"),),
    "arguments-dropped": ((LAYER, "kwargs = self._arguments.copy()", "kwargs = {}"),),
    "trains-v1": ((LAYER, "    if self._is_hub_module_v1:\n      raise", "    if False:\n      raise"),),
}
HARMLESS: dict[str, Edits] = {
    "renamed": ((LOADER, "saved_model_pbtxt_path", "path_of_the_text"),),
    "helper": (
        (
            LOADER,
            "  if (not tf.io.gfile.exists(saved_model_path) and\n      not tf.io.gfile.exists(",
            "  if (not tf.io.gfile.exists(saved_model_path) and not _exists(",
        ),
        (LOADER, "def load(handle,", "def _exists(path):\n  return tf.io.gfile.exists(path)\n\n\ndef load(handle,"),
    ),
    "f-string": ((LOADER, '"Expected a string, got %s" % handle', 'f"Expected a string, got {handle}"'),),
    "loss": (
        (
            LAYER,
            "    return lambda: loss() if self.trainable else 0.\n",
            "    def conditional_loss():\n      if not self.trainable:\n        return 0.\n      return loss()\n"
            "    return conditional_loss\n",
        ),
    ),
    "flattened": (
        (
            LAYER,
            "    if callable(self._func) and not self._signature:\n",
            "    wants_signature = bool(self._signature)\n    if not wants_signature and callable(self._func):\n",
        ),
    ),
    "ternary": (
        (
            LAYER,
            "    if trainable is None: trainable = weight.trainable\n",
            "    trainable = weight.trainable if trainable is None else trainable\n",
        ),
    ),
    "appended": ((LAYER, "args.append(inputs)", "args = [inputs]"),),
    "set-of-ids": (
        (
            LAYER,
            "{id(v) for v in self._func.trainable_variables}",
            "set(id(v) for v in self._func.trainable_variables)",
        ),
    ),
    "moved": (
        (LAYER, "    self._handle = handle\n", "    self._load_options = load_options\n    self._handle = handle\n"),
        (LAYER, "\n    self._load_options = load_options\n    self._func", "\n    self._func"),
    ),
    "early-return": (
        (
            LAYER,
            "    if not self.trainable: return  # Nothing to do.\n",
            "    if not self.trainable:\n      return None\n",
        ),
    ),
}


def changed(sources: Mapping[str, str], edits: Edits) -> dict[str, str]:
    """The files that the edits change, with their new text."""
    new: dict[str, str] = {}
    for file, old, text in edits:
        before = new.get(file, sources[file])
        assert old in before, (file, old)
        new[file] = before.replace(old, text)
    return new


def chosen(reach: ReachMap, edits: Edits) -> Choice:
    """What `--impacted` would run."""
    found = {
        file: differences(reach.sources[file].encode(), text.encode())
        for file, text in changed(reach.sources, edits).items()
    }
    return choose(reach, found)


def read_map(cell: Cell, places: Places, globs: tuple[str, ...]) -> ReachMap:
    """Traces the cell, once."""
    folder = places.reports / FOLDER
    path = folder / "map.json"
    if not path.is_file():
        run = TrialRun("traced", cell.id, PLANTED, LIMITS.probe, globs, LIMITS.cell)
        run_all([run], RunSettings(folder, places.root, 1, lambda *_: None))
        made = reach_of(cell.id, {}, run.trace(folder), run.record(folder), places.virtualenvs / cell.id)
        path.write_bytes(json_file.encode(made))
    return json_file.read(path, ReachMap, SCHEMA, remedy="Remove it.")


class Measuring:
    """Measures the cell with changed files, once: a record that is there is read again."""

    def __init__(self, cell: Cell, places: Places, reach: ReachMap) -> None:
        self._cell = cell
        self._places = places
        self._reach = reach
        self._probes = tuple(probe.id for probe in reach.probes)

    def with_edits(self, name: str, edits: Edits) -> Record:
        """What is observed with them."""
        reports = self._places.reports / FOLDER / name
        places = Places(self._places.root, reports, narrowed=True)
        if places.record(self._cell.id).is_file():
            return read_record(places.record(self._cell.id))
        places.prepare()
        copies = reports / "site-packages"
        for file, text in changed(self._reach.sources, edits).items():
            (copies / file).parent.mkdir(parents=True, exist_ok=True)
            (copies / file).write_text(text, encoding="utf-8")
        trace = reports / "trace"
        task = Task(self._cell, Narrowing(probes=self._probes), overlay=overlay(trace, places.root, copies=copies))
        return measure_cell(task, places, load_claims(), LIMITS)


def differing(before: Record, after: Record) -> dict[str, tuple[str, ...]]:
    """Probe -> what it shows, the same for one cause."""
    was = {one.probe: one for one in before.observations}
    return {one.probe: _cause(was[one.probe], one) for one in after.observations if _differs(was[one.probe], one)}


def _differs(was: Observation, now: Observation) -> bool:
    return outcome_change(SeenOutcome.of(was), SeenOutcome.of(now), promised=True) is not Change.UNCHANGED


def _cause(was: Observation, now: Observation) -> tuple[str, ...]:
    error = alike_but_for_numbers(one_line(now.error).partition(": got ")[0]) if now.error else ""
    return str(was.outcome), str(now.outcome), error


def row(name: str, choice: Choice, found: Mapping[str, tuple[str, ...]], seconds: Mapping[str, float]) -> str:
    """A line of the table."""
    seen = {probe: cause for probe, cause in found.items() if probe in choice.chosen}
    share = 100 * sum(seconds[probe] for probe in choice.chosen) / sum(seconds.values())
    reaching = len(choice.chosen) + len(choice.others)
    causes = f"{len(set(seen.values()))} of {len(set(found.values()))}"
    return f"| {name} | {reaching} | {len(choice.chosen)} | {share:.0f} % | {len(seen)} of {len(found)} | {causes} |"


def main(arguments: Iterable[str]) -> None:
    """Prints the table, a line as soon as it is known."""
    cell_id, *globs = arguments
    places, cell = default_places(), load_releases().cell(cell_id)
    reach = read_map(cell, places, tuple(globs))
    measuring = Measuring(cell, places, reach)
    reference = measuring.with_edits("reference", ())
    seconds = {one.probe: one.seconds for one in reference.observations}
    print("| change | probes that reach it | chosen | their time | findings | causes |\n|---|---|---|---|---|---|")
    together = measuring.with_edits("harmless", tuple(edit for edits in HARMLESS.values() for edit in edits))
    for name, edits in HARMLESS.items():
        print(row(f"{name} (harmless)", chosen(reach, edits), differing(reference, together), seconds), flush=True)
    for name, edits in DEFECTS.items():
        found = differing(reference, measuring.with_edits(name, edits))
        print(row(name, chosen(reach, edits), found, seconds), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
