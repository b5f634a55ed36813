"""Commands that maintain the harness and put it to the test."""

from __future__ import annotations

from conformance.command_line.declaration import Argument, Command, Example, Group
from conformance.command_line.options import (
    CELL,
    INTERRUPTED,
    JOBS,
    JSON,
    NARROWING,
    REPORTS,
    USAGE,
    limits,
    repeated,
)

MUTATED_CELLS = ("tf1.15-hub0.15-tf1", "tf2.15-hub0.15-tf2", "tf2.15-hub0.15-tf1-compat", "tf2.21-hub0.16-tf2-legacy")
MUTATED_MODULES = ("tensorflow_hub.*",)
STEADY_CELLS = ("tf1.15-hub0.15-tf1", "tf2.15-hub0.16-tf2", "tf2.21-hub0.16-tf2-keras3")

LOCK = Command(
    name="lock",
    summary="Resolve the environments' hashed lock files again and import-test them.",
    details="A new lock replaces the old one only after it has been installed and imported.",
    arguments=(
        repeated("--only", "GLOB", "environments by id: 'tf2.1[5-9]*' (default: all)"),
        Argument("--host", "only the requirements of the harness itself (requirements/)"),
        Argument(
            "--without-pins", "lock nothing: install each without each of its pins, and keep the errors for `explain`"
        ),
        Argument("--jobs", "environments side by side (default: 2)", metavar="N", kind=int, default=2),
        JSON,
    ),
    examples=(
        Example("--only 'tf2.23*'", "the environments of a new release"),
        Example("--host", "requirements/host.txt and develop.txt"),
        Example("--only 'tf2.9*' --without-pins", "what it ends with if NumPy 2 comes"),
    ),
    exit_codes={
        0: "all locks were made",
        2: USAGE,
        4: "some environments could not be locked; they keep their old lock",
        130: "interrupted; what had been locked stays locked",
    },
)

MODELS = Command(
    name="models",
    summary="Remake the golden fixture models from their recipes.",
    arguments=(Argument("model", "a model by id (default: all)", metavar="MODEL", many=True),),
    examples=(Example("tf2-dense", "one model; `git diff fixtures` then shows what changed"),),
    exit_codes={0: "the models were made", 2: USAGE, 4: "a model could not be made, or is damaged"},
)

SCHEMAS = Command(
    name="schemas",
    summary="Write the JSON Schemas by which editors check the TOML data files.",
    details="Needed after a change of the types that claims, releases, expectations or fixture models are read to.",
    examples=(Example("", "then commit; `nox -s lint` checks the files by them"),),
    exit_codes={0: "the schemas were written", 2: USAGE},
)

OPS = Command(
    name="ops",
    summary="Write the table of the ops that each release registers, from the real environments.",
    details="""\
Builds one virtualenv per release, imports TensorFlow in it and asks what it registers. Writes ops.json and
messages.binpb in conformance/inspecting, by which `nox -s model` says where a model can load.
""",
    examples=(Example("", "then commit; needed after a release was added, and now and then for the nightly"),),
    exit_codes={
        0: "the table was written",
        2: USAGE,
        4: "a release could not be asked; the table is as it was",
        130: "interrupted; the table is as it was",
    },
)

TRIAL = Command(
    name="trial",
    summary="Plant defects in TensorFlow, hub and Keras, and show whether the probes notice.",
    arguments=(
        repeated("--cell", "GLOB", "cells by id"),
        JOBS,
        REPORTS,
        JSON,
        Group(
            title="the library of defects (the default)",
            arguments=(
                repeated("--only", "GLOB", "defects by id: 'layer-*'"),
                Argument("--quick", "the few defects that represent all"),
                Argument("--brief", "end each run once a probe has noticed"),
                repeated("--probe", "GLOB", "run only these probes, by id: does a new probe notice?"),
            ),
        ),
        Group(
            title="mutants",
            description="Small random changes of what a cell has installed, in the functions that its probes reach;"
            " each run ends once a probe has noticed. Writes mutants.md, which shows the change of each mutant that"
            " survived. A survivor may change nothing that a user can notice, so survivors do not fail the command.",
            arguments=(
                Argument("--mutants", "try N mutants per cell, instead of the library", metavar="N", kind=int),
                Argument("--seed", "draw other mutants (default: 0)", metavar="S", kind=int, default=0),
                repeated(
                    "--module",
                    "GLOB",
                    "modules to change: tensorflow_hub.keras_layer, 'tensorflow.python.saved_model.load*'"
                    f" (default: {', '.join(MUTATED_MODULES)})",
                ),
            ),
        ),
    ),
    examples=(
        Example("", "every planted defect, in each of its cells"),
        Example("--brief", "the same, ending each run once a probe has noticed"),
        Example("--only 'layer-*' --cell 'tf2.21*'", "some defects in some cells"),
        Example("--only 'layer-*' --probe 'order.*'", "whether these probes alone would notice"),
        Example("--mutants 25 --seed 1 --cell 'tf1.15*'", "25 mutants in each of these cells"),
    ),
    exit_codes={
        0: "every defect was noticed, without a false alarm; for mutants: no false alarm",
        1: "a defect was not noticed, or a cell without a defect raised an alarm",
        2: USAGE,
        4: "evidence is incomplete: something could not be tried",
        130: "interrupted before any defect was tried; nothing is reported",
    },
)

PLANT = Command(
    name="plant",
    summary="Measure one cell with one defect planted, into a folder of its own.",
    arguments=(
        Argument(
            "defect",
            'its id in conformance/trial/defects.toml; or "none"; or MODULE@LINE.COLUMN-OPERATOR, a mutant that'
            " `trial --mutants` named; or reach:GLOB, which only traces the lines reached in the modules",
            metavar="DEFECT",
        ),
        CELL,
        NARROWING,
        limits(),
        REPORTS,
    ),
    examples=(
        Example("layer-gradient-scaled tf2.15-hub0.15-tf1-compat", "look at the record of one defect"),
        Example("tensorflow_hub.module_v2@118.32-keyword-dropped tf2.15-hub0.15-tf2", "look at a mutant"),
    ),
    exit_codes={0: "the cell was measured, whatever was observed", 2: USAGE, 130: INTERRUPTED},
    in_nox=False,
)

STEADINESS = Command(
    name="steadiness",
    summary="Repeat cells, whose outcomes must not differ.",
    arguments=(
        repeated("--cell", "GLOB", f"cells by id (default: {', '.join(STEADY_CELLS)})"),
        Argument("--repeat", "runs of each cell (default: 10)", metavar="N", kind=int, default=10),
        JOBS,
        REPORTS,
        JSON,
    ),
    examples=(
        Example("", "three cells, ten times each"),
        Example("--cell 'tf2.4*' --repeat 3", "other cells, three times each"),
    ),
    exit_codes={
        0: "no outcome differed",
        1: "an outcome differed",
        2: USAGE,
        4: "evidence is incomplete: a run left no complete record",
        130: "interrupted; nothing is reported",
    },
)

COMMANDS = (LOCK, MODELS, SCHEMAS, OPS, TRIAL, STEADINESS, PLANT)
