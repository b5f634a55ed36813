"""`exchange`: says which release can use what another one made."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from conformance import json_file
from conformance.command_line.declaration import CommandResult
from conformance.command_line.parsing import Arguments
from conformance.commands.selecting import jobs_of, limits_of
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode, UsageError
from conformance.exchange.causes import Causes
from conformance.exchange.consuming import chosen_models, consume, default_consumers
from conformance.exchange.equivalence import EquivalenceCheck, compare, draw
from conformance.exchange.golden import all_manifests
from conformance.exchange.producing import FOLDER, store_in
from conformance.exchange.promises import load_promises
from conformance.exchange.result import FILE, SCHEMA_FILE, ExchangeEvidence, ExchangeResult, exchange_schema, result_of
from conformance.exchange.store import classes_of
from conformance.exchange.text import lines_of
from conformance.explaining.known_errors import EXCHANGE_ERRORS, KnownErrors, replace_known_errors
from conformance.explaining.known_errors import SCHEMA as KNOWN_ERRORS
from conformance.explaining.of_models import exchange_entries
from conformance.reporting.exchange_report import exchange_page
from conformance.running.cell import harness_version
from conformance.running.exclusive import only_one
from conformance.running.options import Options
from conformance.running.places import Places, default_places
from conformance.running.progress import say
from conformance.running.selection import Selection


def run(arguments: Arguments) -> CommandResult:
    """Uses the models, judges, writes, and says what came of it."""
    _refuse_index_of_a_part(arguments)
    began, started = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    console, places = Console(stderr=arguments.json), default_places(arguments.reports)
    evidence, found, interrupted = _use(arguments, places, console)
    about = {
        "selection": " ".join([str(Selection(only=arguments.only)), *(f"--from {one}" for one in arguments.producers)]),
        "harness": harness_version(places.root),
        "started": started,
        "seconds": round(time.monotonic() - began, 1),
    }
    result = result_of(evidence, load_promises(), Causes(store_in(places.reports)), about)
    folder = places.reports / FOLDER
    _write(result, folder)
    if arguments.index:
        _write_index(result, console)
    say(console, "")
    for line in (*lines_of(result), *_of_check(found)):
        say(console, line)
    say(console, f"All of it: {folder / 'index.html'}")
    return CommandResult(_exit_code(result, found, interrupted=interrupted), result)


def _use(
    arguments: Arguments, places: Places, console: Console
) -> tuple[ExchangeEvidence, EquivalenceCheck | None, bool]:
    """What the cells did with the models, what the check of equivalence found, and whether that was interrupted."""
    releases, store = load_releases(), store_in(places.reports)
    cells = releases.cells_matching(arguments.only) if arguments.only else default_consumers(releases)
    manifests = all_manifests(store)
    models = chosen_models(
        classes_of(manifests, [cell.id for cell in releases.cells]), arguments.producers, arguments.role
    )
    selection, limits = Selection(only=arguments.only), limits_of(arguments)
    options = Options(selection, places, jobs_of(arguments), limits, arguments.fresh)
    places.prepare()
    with only_one(places.work / "matrix.lock", "a matrix of this checkout"):
        part = _name((*arguments.producers, *arguments.role))
        measured = consume(cells, models, store, options, console, part)
        found = None
        if arguments.check_equivalent and not measured.interrupted:
            drawn = draw(arguments.check_equivalent, models, manifests, cells)
            outright = consume(drawn.cells, drawn.models, store, options, console, "check")
            found = compare(outright, measured.records)
    return ExchangeEvidence(tuple(cells), measured.records, models, manifests), found, measured.interrupted


def _write_index(result: ExchangeResult, console: Console) -> None:
    known = KnownErrors(KNOWN_ERRORS, result.started, len(result.consumers), exchange_entries(result))
    if replace_known_errors(known, EXCHANGE_ERRORS):
        say(console, f"Written: {EXCHANGE_ERRORS}. Commit it.")


def _refuse_index_of_a_part(arguments: Arguments) -> None:
    """A part would not know all errors."""
    if arguments.index and (arguments.only or arguments.producers or arguments.role):
        raise UsageError(
            "the index of errors is of the whole exchange.",
            where="--index",
            remedy="Leave out --only, --from and --role.",
        )


def _exit_code(result: ExchangeResult, found: EquivalenceCheck | None, *, interrupted: bool) -> ExitCode:
    if found and found.differing:
        return ExitCode.UNEXPECTED
    code = result.exit_code
    return ExitCode.INCOMPLETE if interrupted and code is ExitCode.AS_EXPECTED else code


def _of_check(found: EquivalenceCheck | None) -> Iterable[str]:
    if found is None:
        return
    yield f"Equivalence: {found.pairs} pairs drawn at random were used outright; {len(found.differing)} uses differ"
    yield from (f"  {one}" for one in found.differing[:10])


def _name(globs: Iterable[str]) -> str:
    """What the records of a part are called; "" for the whole."""
    return "-".join("".join(letter if letter.isalnum() or letter in ".-" else "_" for letter in glob) for glob in globs)


def _write(result: ExchangeResult, folder: Path) -> None:
    json_file.replace_files(
        folder,
        {
            FILE: json_file.encode(result),
            SCHEMA_FILE: json_file.encode(exchange_schema()),
            "index.html": exchange_page(result).encode(),
        },
        remedy="Give another folder with --reports.",
        what="what came of the exchange",
    )
