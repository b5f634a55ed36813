"""`python -m conformance`: the commands, their help, and how their errors reach the user."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from conformance.errors import ExitCode, HarnessError

# Command -> what it does. Each is a module of this package with `add_arguments(parser)` and `run(arguments) -> int`,
# imported only when it is asked for: `cell` must work where rich and jinja2 are not installed.
COMMANDS = {
    "matrix": "measure the selected cells side by side, then judge and report",
    "list": "show what a selection would run",
    "report": "judge and render the records of earlier runs again",
    "render": "render the reports of any run again, from its results.json alone",
    "diff": "compare two runs: what changed, and which packages changed with it",
    "nightly": "measure the nightlies and the release candidate, and tell what no longer holds",
    "bisect": "find the version in which an outcome changed, and whose doing it is",
    "shard": "measure a part of a run, to be merged with the others",
    "merge": "judge shards as one run",
    "jobs": "turn nox's listing into the jobs of a CI system",
    "accept": "make what was observed the reviewed baseline, after showing the difference",
    "annotate": "show what a run asks somebody to look at in GitHub Actions",
    "issues": "keep one issue for each regression of a run",
    "history": "list the runs of the history, show a claim's line over them, and render its page and feed",
    "cell": "measure one cell into its record",
    "lock": "resolve the environments' lock files anew and import-test them",
    "models": "remake the golden fixture models from their recipes",
    "trial": "plant defects, and show whether the probes notice",
    "plant": "measure one cell with one defect planted",
    "steadiness": "repeat cells, whose outcomes must not differ",
}

DESCRIPTION = (
    'Measures how far TensorFlow Hub\'s "Model compatibility for TF1/TF2" page is true of TensorFlow releases.'
)

EPILOG = """\
examples:
  python -m conformance list --hub 0.15
  python -m conformance matrix --quick
  python -m conformance matrix --only 'tf2.1[5-9]*' --mode tf2
  python -m conformance cell tf2.15-hub0.16-tf2 --operation load

exit codes:
  0  everything is as the page says, or as a reviewed expectation forecasts
  1  a verdict that nobody forecast, or a regression against the baseline that nobody forecast
  2  usage: an option, a data file or a folder that has to be mended first
  3  an expectation is stale: its forecast no longer comes true
  4  evidence is incomplete: a planned cell or probe has no usable record
"""


def main(arguments: Sequence[str]) -> int:
    """Runs one command and gives its exit code; says in one paragraph, without a traceback, what the user can mend."""
    try:
        parsed = _parser(arguments).parse_args(arguments)
        return int(importlib.import_module(f"conformance.commands.{parsed.command}").run(parsed))
    except ModuleNotFoundError as error:
        if (error.name or "conformance").startswith("conformance"):
            raise
        print(
            f"error: {sys.executable}: the package {error.name} is not installed. Run the command through nox (`nox -l`"
            " lists them), or install requirements/host.txt.",
            file=sys.stderr,
        )
        return int(ExitCode.USAGE)
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)
        return int(error.exit_code)


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m conformance",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name in arguments[:1]:
            importlib.import_module(f"conformance.commands.{name}").add_arguments(command)
    return parser
