"""The errors of models, as entries beside those that the probes met: what one release made and another cannot use, and
ops that are in no TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.cells import release_order
from conformance.exchange.result import LOADING, RIGHT, ExchangeResult, ObservedUse
from conformance.exchange.text import plain, reason_of
from conformance.explaining.alike import groups_of_alike
from conformance.explaining.index import OF_PROBES, Entry, KnownCause, Met, Remedy, by_frequency, printed
from conformance.grouping import grouped
from conformance.inspecting.op_packages import OpPackage
from conformance.inspecting.text import spans
from conformance.words import Outcome

_NOT_REGISTERED = (
    "tensorflow.python.framework.errors_impl.NotFoundError: Op type not registered {} in binary running on vm. Make"
    " sure the Op and Kernel are registered in the binary running in this process."
)
_CLASSES_OF_IT = ("tensorflow.python.framework.errors_impl.NotFoundError", "FileNotFoundError")  # of load: the latter
_FROM_THE_GRAPH = "Found in the model's graph."

_Use = tuple[str, str, str, str]  # the role, the release that made it, the one that uses it, and what is tried


def op_entries(packages: Sequence[OpPackage]) -> tuple[Entry, ...]:
    """An entry for each op that another package brings, and one for all others."""
    return (_any_op(), *(entry for package in packages for entry in _ops_of(package)))


def _any_op() -> Entry:
    """The probes of custom ops show both: the error, and that registering the op before mends it."""
    return Entry(
        text=_NOT_REGISTERED.format("<op>"),
        classes=_CLASSES_OF_IT,
        origins=("tensorflow",),
        met=(Met("a model with an op that this TensorFlow has not", "any, until it is registered"),),
        causes=(
            KnownCause(
                "environment",
                "the op is of another package, or of a newer TensorFlow",
                "`nox -s model -- PATH --static` says which ops a model needs, and which releases register them.",
            ),
        ),
        instead=(
            Remedy(
                "Import the package that brings the op (or `tf.load_op_library` its file) before the model is loaded.",
                "all that were measured",
            ),
        ),
    )


def _ops_of(package: OpPackage) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            text=_NOT_REGISTERED.format(f"'{op}'"),
            classes=_CLASSES_OF_IT,
            origins=("tensorflow",),
            met=(Met(f"a model that was made with {package.id}", "any, until it is imported"),),
            causes=(
                KnownCause(
                    "environment", f"the op is one of {package.id}", f"Importing {package.module} registers it."
                ),
            ),
            instead=(
                Remedy(
                    f"Install {package.id} in the version of your TensorFlow, and `import {package.module}` before the"
                    " model is loaded.",
                    f"{package.release}, with {package.id} {package.version}",
                ),
            ),
        )
        for op in package.ops
    )


def exchange_entries(result: ExchangeResult) -> tuple[Entry, ...]:
    """An entry for each error by which a release could not use what another one made."""
    by_text = grouped((printed(use.error), use) for use in result.uses if use.error and _failed(use))
    ordered = sorted(by_text.items(), key=lambda item: -len(item[1]))
    known = _Exchange(result)
    return tuple(
        known.entry([use for number in group for use in ordered[number][1]])
        for group in groups_of_alike([text for text, _ in ordered])
    )


def _failed(use: ObservedUse) -> bool:
    """Whether it ended with an error that is not only ours."""
    return use.outcome not in (*RIGHT, Outcome.TIMED_OUT) and not (use.error and use.error.type.startswith(OF_PROBES))


class _Exchange:
    """What worked between whom."""

    def __init__(self, result: ExchangeResult) -> None:
        self._release = {one.cell: one.release for one in (*result.producers, *result.consumers)}
        self._made = {
            one.id: (one.role, sorted({self._release[name] for name in one.producers})) for one in result.models
        }
        self._makers = sorted({one.release for one in result.producers}, key=release_order)
        self._users = sorted({one.release for one in result.consumers}, key=release_order)
        self._works: dict[_Use, bool] = {}
        for use in result.uses:
            for tried in self._tried(use):
                self._works[tried] = self._works.get(tried, True) and use.outcome in RIGHT

    def _tried(self, use: ObservedUse) -> Iterator[_Use]:
        role, makers = self._made[use.model]
        return ((role, maker, self._release[use.cell], use.use) for maker in makers)

    def entry(self, uses: Sequence[ObservedUse]) -> Entry:
        """What is known of one error."""
        errors = [use.error for use in uses if use.error]
        tried = dict.fromkeys(one for use in uses for one in self._tried(use))
        loading = [one for one in tried if one[-1] in LOADING]  # what cannot be loaded, can be nothing else either
        makers, users = {maker for _, maker, _, _ in tried}, {user for _, _, user, _ in tried}
        return Entry(
            text=printed(errors[0]),
            classes=by_frequency(error.type for error in errors),
            origins=by_frequency(error.origin for error in errors),
            met=(Met(f"a model made by {spans(makers, self._makers)}", spans(users, self._users)),),
            steps=tuple(
                f"{plain(use).capitalize()} of what another release made."
                for use in by_frequency(one.use for one in uses)
            ),
            causes=tuple(
                KnownCause("tensorflow", cause, _FROM_THE_GRAPH)
                for cause in by_frequency(reason_of(one) for one in uses if one.cause)[:3]
            ),
            instead=tuple(self._remedies(loading or list(tried))),
        )

    def _remedies(self, tried: Sequence[_Use]) -> Iterator[Remedy]:
        """A release that can use them all, or one whose models all of these can use; both were tried."""
        users = [
            one for one in self._users if all(self._works.get((role, maker, one, use)) for role, maker, _, use in tried)
        ]
        if users:
            yield Remedy(f"Use it in TensorFlow {spans(users, self._users)}.", spans(users, self._users))
        makers = [
            one for one in self._makers if all(self._works.get((role, one, user, use)) for role, _, user, use in tried)
        ]
        if makers:
            there = spans({user for _, _, user, _ in tried}, self._users)
            yield Remedy(f"Make it with TensorFlow {spans(makers, self._makers)}: these models work there.", there)
