"""The fresh process itself: `python -m conformance.inside.fresh.child SOCKET FOLDER TO_IMPORT TO_ANSWER MODE KERAS`.

It imports TensorFlow, says that it is ready (or why it is not), and answers one request after the other until nobody
holds the other end of the socket any more.
"""

from __future__ import annotations

import importlib
import os
import random
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from conformance.inside import classify, met, setting, watchdog
from conformance.words import Keras, Mode, Outcome

CURRENT_TEST = "PYTEST_CURRENT_TEST"  # by which planted defects know the probe that reaches them


class Request(NamedTuple):
    """A function to call, by its name, and what to call it with."""

    module: str
    function: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    current_test: str


class Failure(NamedTuple):
    """What the function raised, as FreshProcessError takes it."""

    outcome: Outcome
    error: dict[str, str]
    text: str
    class_names: frozenset[str]


class Answer(NamedTuple):
    """What the function returned, or a Failure; and the errors that it met before that."""

    found: Any
    errors_met: list[dict[str, str]]


def answer(request: Request, libraries: setting.Libraries) -> Answer:
    """Calls the function."""
    os.environ[CURRENT_TEST] = request.current_test
    met.forget()
    try:
        _clear(libraries.tf)
        function = getattr(importlib.import_module(request.module), request.function)
        return Answer(function(libraries.tf, libraries.hub, *request.arguments, **request.named), met.errors(None))
    except Exception as error:
        names, texts = classify.known_by(error)
        text = "\n".join(dict.fromkeys(texts))
        failure = Failure(classify.outcome_of(error), classify.error_of(error), text, names)
        return Answer(failure, met.errors(error))


def _clear(tf: Any) -> None:
    """Takes away what an earlier request left: its graph, its Keras session, its place among the random numbers."""
    if not tf.executing_eagerly():
        tf.reset_default_graph()
    tf.keras.backend.clear_session()
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)


def main(handle: str, folder: str, to_import: str, to_answer: str, mode: str, keras: str) -> None:
    """Serves until the other end is closed; `to_import` and `to_answer` are the seconds after which it is hung."""
    connection = Connection(int(handle))
    dog = watchdog.Watchdog(Path(folder), float(to_import))
    dog.begin("the import of TensorFlow")
    dog.enter(watchdog.IMPORT)
    try:
        libraries = setting.load(Mode(mode), Keras(keras))
    except setting.LibraryError as error:
        connection.send(str(error))
        return
    dog.end()
    serve(connection, Path(folder), float(to_answer), libraries)


def serve(connection: Connection, folder: Path, to_answer: float, libraries: setting.Libraries) -> None:
    """Says that it is ready, and answers until the other end is closed."""
    dog = watchdog.Watchdog(folder, to_answer)
    connection.send(None)
    while True:
        try:
            request: Request = connection.recv()
        except EOFError:
            return
        dog.begin(request.function)
        dog.enter(watchdog.CALL)
        found = answer(request, libraries)
        dog.end()
        connection.send(found)


def leave() -> NoReturn:
    """Ends this process at once: what TensorFlow does at an ordinary end takes its time, and can crash."""
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    # By its full name: what travels by pickle is looked up there, and this module is called __main__.
    importlib.import_module("conformance.inside.fresh.child").main(*sys.argv[1:])
    leave()
