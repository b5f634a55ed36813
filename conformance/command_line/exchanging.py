"""Commands about models that one environment makes and another one uses."""

from __future__ import annotations

from conformance.command_line.declaration import Command, Example
from conformance.command_line.options import FRESH, JOBS, REPORTS, USAGE, limits, repeated

ROLE = repeated("--role", "GLOB", "roles of models: tf2-dense, 'tf1-*' (default: all)")

PRODUCE = Command(
    name="produce",
    summary="Let each release make its models, for others to use.",
    details="""\
In each selected cell one process makes a model of every role that its TensorFlow, Keras and tensorflow_hub can make:
TF1 Hub modules, SavedModels of TensorFlow 1's builder and Estimator, tf.Modules, Keras models. They go into
reports/exchange/store, each in a folder named after the hash of its files, with a manifest: the recipe, the packages,
what it computes by NumPy, and the hash of its canonical form: models that are equal but for names have the same.
What a cell cannot make is kept as well, with the error.
""",
    arguments=(
        repeated("--only", "GLOB", "cells, environments or releases by id: 'tf2.1[0-5]*' (default: all)"),
        ROLE,
        JOBS,
        FRESH,
        limits(examples=False),
        REPORTS,
    ),
    examples=(
        Example("", "all roles in all cells"),
        Example("--only tf1.15 --only tf2.15", "those of two releases"),
        Example("--only tf2.21 --role 'tf2-keras*'", "what Keras writes there"),
    ),
    exit_codes={
        0: "every selected cell has made what it can, whatever that is",
        2: USAGE,
        4: "evidence is incomplete: a cell or a role left no observation",
    },
)

COMMANDS = (PRODUCE,)
