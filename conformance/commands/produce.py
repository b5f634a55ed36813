"""`produce`: lets each release make its models."""

from __future__ import annotations

from rich.console import Console

from conformance import json_file
from conformance.command_line.parsing import Arguments
from conformance.commands.selecting import jobs_of, limits_of
from conformance.environments.catalogue import load_releases
from conformance.errors import ExitCode, matching
from conformance.exchange.golden import ARCHIVE, changed, pack, unpack_into
from conformance.exchange.producing import produce, store_in, summary_lines
from conformance.exchange.store import classes_of
from conformance.inside.exchange.roles import ROLES
from conformance.plain_text import some
from conformance.running.exclusive import only_one
from conformance.running.options import Options
from conformance.running.places import default_places
from conformance.running.progress import say
from conformance.running.selection import Selection


def run(arguments: Arguments) -> int:
    """Makes what is not in the store yet, and says what came of it."""
    releases, console = load_releases(), Console()
    cells = releases.cells_matching(arguments.only or ("*",))
    chosen = matching(arguments.role, ROLES, what="role", where="--role")
    roles = tuple(role for role in ROLES if role in chosen)
    places = default_places(arguments.reports)
    options = Options(Selection(only=arguments.only), places, jobs_of(arguments), limits_of(arguments), arguments.fresh)
    places.prepare()
    with only_one(places.work / "matrix.lock", "a matrix of this checkout"):
        measured = produce(cells, options, console, roles)
    say(console, "")
    for line in summary_lines(measured):
        say(console, line)
    store = store_in(places.reports)
    manifests = list(store.manifests())
    classes = classes_of(manifests, [cell.id for cell in releases.cells])
    say(console, f"The store has {len(manifests)} models of {len(classes)} classes: {store.folder}")
    known = unpack_into(store) if ARCHIVE.is_file() else ()
    differing = changed(known, manifests)
    if differing:  # no failure: some of what TensorFlow and Keras write has another order each time
        what = f"{some(differing)}: `nox -s exchange` uses these like any others."
        say(console, f"Of another class than in the golden archive, {what}")
    if arguments.golden:
        json_file.replace({ARCHIVE: pack(store, classes, manifests)})
        say(console, f"Packed: {ARCHIVE}, {ARCHIVE.stat().st_size:,} bytes; look at the difference, and commit it.")
    if measured.interrupted or len(measured.records) < len(cells) or any(one.missing for one in measured.records):
        return ExitCode.INCOMPLETE
    return ExitCode.AS_EXPECTED
