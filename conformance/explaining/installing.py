"""The errors of installations without a pin, as entries beside those that the probes met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from conformance.cells import ReleaseAxis, minor_of, release_order
from conformance.environments.catalogue import Releases
from conformance.environments.without_pins import Try
from conformance.evidence import Error
from conformance.explaining.alike import groups_of_alike
from conformance.explaining.index import Entry, KnownCause, Met, Remedy, printed
from conformance.explaining.intervals import spans
from conformance.grouping import grouped


def install_entries(tries: Sequence[Try], releases: Releases) -> tuple[Entry, ...]:
    """An entry for each error that an installation without a pin ended with, for the releases that need the pin.

    And those of a Python that a release is not made for, and of a Keras 2 that is not there.
    """
    of_pin = grouped((one.pin, one) for one in tries if one.pin in releases.pins)
    without = tuple(entry for pin, some in of_pin.items() for entry in _entries(pin, some, releases))
    return (*without, *_python_entries(releases), *_tf_keras_entries(releases))


# What pip prints where a package has no wheel for the Python that it runs in; people paste either line.
_NOT_FOR_THIS_PYTHON = (
    "ERROR: Could not find a version that satisfies the requirement tensorflow (from versions: none)",
    "ERROR: No matching distribution found for tensorflow",
)
# What importing tensorflow_hub 0.16.1 ends with beside a TensorFlow whose Keras is Keras 3, where tf_keras is not
# installed, or is that of TensorFlow 2.15; with what was done there, and where, if not in each of those releases.
_OF_TF_KERAS = (
    (
        "ModuleNotFoundError: No module named 'tf_keras'",
        "tensorflow_hub",
        "import tensorflow_hub, beside a TensorFlow with Keras 3, without tf_keras.",
        (),
    ),
    (
        "AttributeError: module 'tensorflow._api.v2.compat.v2.__internal__' has no attribute"
        " 'register_load_context_function'",
        "tf_keras",
        "import tensorflow_hub, beside TensorFlow 2.16.2 and tf_keras 2.15.",
        (Met("with tf_keras 2.15", "2.16"),),
    ),
)


def _python_entries(releases: Releases) -> Iterator[Entry]:
    """What pip says of a TensorFlow that was made for other versions of Python, and on which each release runs."""
    pythons = _spans_by(releases, {release.tf: release.python for release in releases.releases if not release.floating})
    for text in _NOT_FOR_THIS_PYTHON:
        yield Entry(
            text=text,
            classes=(),
            origins=("pip",),
            met=tuple(Met(f"runs on Python {python}", where) for python, where in pythons.items()),
            steps=("pip install tensorflow==1.15, in a Python for which that release has no wheel.",),
            causes=(
                KnownCause(
                    "environment",
                    "this TensorFlow is not made for your Python",
                    "Each release of TensorFlow has wheels for a few versions of Python, and pip finds no others.",
                ),
            ),
            instead=tuple(
                Remedy(f"Make a virtualenv with Python {python}, and install it there.", where)
                for python, where in pythons.items()
            ),
        )


def _tf_keras_entries(releases: Releases) -> Iterator[Entry]:
    """What tensorflow_hub says without tf_keras, or with another one, and which one each release takes."""
    wanted = _spans_by(
        releases, {one.tf: one.tf_keras for one in releases.releases if one.tf_keras and not one.floating}
    )
    for text, origin, step, met in _OF_TF_KERAS:
        yield Entry(
            text=text,
            classes=(text.partition(":")[0],),
            origins=(origin,),
            met=met or tuple(Met(f"without {requirement}", where) for requirement, where in wanted.items()),
            steps=(step,),
            causes=(
                KnownCause(
                    "tensorflow_hub",
                    "tensorflow_hub needs tf_keras beside Keras 3",
                    "Since TensorFlow 2.16 tf.keras is Keras 3; tensorflow_hub is written for Keras 2, which is"
                    " tf_keras. That of TensorFlow 2.15 cannot be imported beside 2.16.",
                ),
            ),
            instead=tuple(
                Remedy(f'Install "{requirement}" beside it: every environment of these releases has it.', where)
                for requirement, where in wanted.items()
            ),
        )


def _spans_by(releases: Releases, values: Mapping[str, str]) -> dict[str, str]:
    """Of each value that releases have, in which they have it."""
    axis = _axis(releases)
    grouped_by = grouped((value, tf) for tf, value in values.items())
    return {value: spans(axis, axis.releases, set(some)) for value, some in grouped_by.items()}


def _entries(pin: str, tries: Sequence[Try], releases: Releases) -> list[Entry]:
    met = [(one, error) for one in tries for error in one.errors]
    return [
        _entry(pin, [met[number] for number in group], releases)
        for group in groups_of_alike([printed(error) for _, error in met])
    ]


def _entry(pin: str, met: Sequence[tuple[Try, Error]], releases: Releases) -> Entry:
    needed = releases.pins[pin]
    where = _releases(pin, releases)
    return Entry(
        text=printed(met[0][1]),
        classes=tuple(dict.fromkeys(error.type for _, error in met if error.type)),
        origins=tuple(dict.fromkeys(error.origin for _, error in met)),
        met=(Met(f"installed without {needed.requirement}", where),),
        steps=tuple(
            f"Install {one.environment} without {needed.requirement}: {one.brought} comes."
            for one in dict.fromkeys(one for one, _ in met)
        ),
        causes=(KnownCause(needed.blame, f"nothing holds {needed.requirement}", needed.why),),
        instead=(
            Remedy(f'Install "{needed.requirement}" beside it: every environment of these releases has it.', where),
        ),
        pin=needed.requirement,
    )


def _axis(releases: Releases) -> ReleaseAxis:
    known = sorted({release.tf for release in releases.releases}, key=release_order)
    return ReleaseAxis(tuple(known), {tf: minor_of(tf) for tf in known})


def _releases(pin: str, releases: Releases) -> str:
    axis = _axis(releases)
    return spans(axis, axis.releases, {release.tf for release in releases.releases if pin in release.pins})
