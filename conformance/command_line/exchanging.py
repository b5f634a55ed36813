"""Commands about models that one environment makes and another one uses."""

from __future__ import annotations

from conformance.command_line.declaration import Argument, Command, Example
from conformance.command_line.options import FRESH, JOBS, JSON, REPORTS, USAGE, limits, repeated

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
        Argument("--golden", "afterwards pack one model of each class into fixtures/exchange/golden.tar.xz"),
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

EXCHANGE = Command(
    name="exchange",
    summary="Say which release can use what another one made, and hold it against TensorFlow's promises.",
    details="""\
Each selected cell loads what `nox -s produce` has put into the store: its values and signatures against NumPy, a step
of training, its assets after a move, and saving it again. Of models that are equal but for names only one is used. What
is known from an earlier run is not tried again, where nothing that it depends on has changed. The verdicts are on the
promises of TensorFlow's version guide; that an older release reads what a newer one wrote is promised nowhere, so it is
reported without a verdict.
""",
    arguments=(
        repeated(
            "--only",
            "GLOB",
            "consumers: cells, environments or releases by id (default: of each release the cell of its own mode, with"
            " its newest tensorflow_hub and default Keras)",
        ),
        Argument(
            "--from",
            "producers, likewise (default: all that are in the store)",
            metavar="GLOB",
            many=True,
            destination="producers",
        ),
        ROLE,
        Argument(
            "--check-equivalent",
            "use so many pairs outright as well whose model another one stands for, drawn at random: none may differ",
            metavar="N",
            kind=int,
            default=0,
        ),
        Argument(
            "--index",
            "afterwards write what its errors mean into conformance/explaining/exchange_errors.json, by which explain"
            " and the report find them again",
        ),
        JOBS,
        FRESH,
        limits(examples=False),
        REPORTS,
        JSON,
    ),
    examples=(
        Example("", "everything that was made, in every release"),
        Example("--from tf2.12 --only tf2.4", "made with 2.12, used in 2.4"),
        Example("--role 'tf2-keras*' --from tf2.21", "what Keras 3 writes, in every release"),
        Example("--check-equivalent 100", "whether models that count as equal do behave the same"),
    ),
    notes="It writes reports/exchange/: index.html, and exchange.json (exchange.schema.json) for programs.\n",
    exit_codes={
        0: "no promise is contradicted",
        1: "a promise is contradicted, or two models that count as equal behave differently",
        2: USAGE,
        4: "evidence is incomplete: a cell could not be measured, or a use left no observation",
    },
)

COMMANDS = (PRODUCE, EXCHANGE)
