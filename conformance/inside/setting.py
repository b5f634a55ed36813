"""Imports TensorFlow and tensorflow_hub, puts the mode in force, and says which versions were found."""

from __future__ import annotations

import gc
import importlib
import platform
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Iterable, Iterator, NamedTuple

from conformance.inside import classify, lines, text
from conformance.words import Keras, Mode

_LONGEST_DETAIL = 4000


class LibraryError(Exception):
    """TensorFlow or tensorflow_hub cannot be used here.

    Attributes:
        unavailable: the line of the record that says why.
    """

    def __init__(self, reason: str, detail: str, error: dict[str, str] | None = None) -> None:
        super().__init__(reason)
        self.unavailable = lines.unavailable("import", reason, detail, error)


class Libraries(NamedTuple):
    """What the probes work with."""

    tf: ModuleType  # tensorflow.compat.v1 in the mode tf1-compat
    hub: ModuleType
    setting: dict[str, Any]  # the line of the record


def load(mode: Mode, keras: Keras) -> Libraries:
    """Imports both libraries, TensorFlow first, and puts it into `mode` before tensorflow_hub looks at it.

    Raises:
        LibraryError: one of them cannot be imported, or TensorFlow is not in the mode, or with the Keras, asked for.
    """
    with _out_of_the_collectors_sight():
        return _load(mode, keras)


@contextmanager
def _out_of_the_collectors_sight() -> Iterator[None]:
    """Keeps Python's garbage collector from walking through what is made meanwhile, then and ever after.

    TensorFlow's own objects are hundreds of thousands and stay as long as the process. Walking through them takes a
    fifth of a second for each full collection, and Keras 3 collects whenever its session is cleared.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _load(mode: Mode, keras: Keras) -> Libraries:
    tensorflow = _import("tensorflow")
    try:
        tf = _put_into(mode)
        _show_all_frames(tensorflow)
    except Exception as error:
        raise _failure("TensorFlow cannot be put into the mode {}".format(mode), error) from error
    hub = _import("tensorflow_hub")
    try:
        keras_version = _keras_version(tensorflow)
    except Exception as error:
        raise _failure("tf.keras cannot be imported", error) from error
    _require_keras(keras, keras_version)
    setting = lines.setting(
        tf=str(tensorflow.__version__),
        hub=str(hub.__version__),
        python=platform.python_version(),
        keras_version=keras_version,
        packages=dict(sorted(installed_packages())),
    )
    return Libraries(tf, hub, setting)


def installed_packages() -> Iterable[tuple[str, str]]:
    """The name and version of every installed distribution, whatever this Python offers to list them."""
    try:
        metadata: Any = importlib.import_module("importlib.metadata")
    except ImportError:  # Python 3.7, where pytest brings the backport
        metadata = importlib.import_module("importlib_metadata")
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name and distribution.version:
            yield str(name), str(distribution.version)


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise _failure("{} cannot be imported".format(name), error) from error


def _put_into(mode: Mode) -> ModuleType:
    if mode is not Mode.TF1_COMPAT:
        return importlib.import_module("tensorflow")
    compat: Any = importlib.import_module("tensorflow.compat.v1")
    compat.disable_v2_behavior()
    tf: ModuleType = compat
    return tf


def _show_all_frames(tensorflow: Any) -> None:
    """Keeps TensorFlow and Keras from hiding their own frames: they tell which package an error comes from."""
    for home in (getattr(tensorflow, "debugging", None), getattr(tensorflow.keras, "config", None)):
        disable = getattr(home, "disable_traceback_filtering", None)
        if disable is not None:
            disable()


def _keras_version(tensorflow: Any) -> str:
    """The version of the package that `tf.keras` comes from; not every `tf.keras` says it itself."""
    parts: list[str] = tensorflow.keras.Model.__module__.split(".")
    last = next(number for number, part in enumerate(parts) if part in ("keras", "tf_keras"))
    keras: Any = importlib.import_module(".".join(parts[: last + 1]))
    return str(keras.__version__)


def _require_keras(keras: Keras, version: str) -> None:
    is_3 = int(version.split(".", 1)[0]) >= 3
    if is_3 != (keras is Keras.KERAS3):
        raise LibraryError("tf.keras is Keras {}, but the cell asks for {}".format(version, keras), "")


def _failure(what: str, error: BaseException) -> LibraryError:
    found = classify.error_of(error)
    first_line = found["message"].strip().split("\n", 1)[0]
    detail = "{}\n{}: {}".format(found["traceback"], found["type"], found["message"])
    return LibraryError(
        "{}: {}: {}".format(what, found["type"], first_line),
        text.ending(detail, _LONGEST_DETAIL),
        classify.text_of_error(error),
    )
