"""An exchange on one screen of the terminal, and as intervals: "made by 2.12 or later: not before 2.11"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from conformance.cells import release_order
from conformance.comparing.error_texts import without_folders
from conformance.exchange.result import RIGHT, ExchangeResult, ObservedUse, lacking, refused
from conformance.inspecting.text import spans
from conformance.words import Verdict

_MOST = 10  # rows of what does not work


class RoleInterval(msgspec.Struct, frozen=True):
    """What producers of a role made alike, as consumers see it: all of these have the same answers.

    Attributes:
        makers, works, fails: releases; `works` are those in which it loads and computes what it should.
        why: the causes in `fails`, a sentence each; the error's line where the graph shows none.
        lacks: what else does not work where it loads: the use with its reason, and the releases.
    """

    role: str
    makers: tuple[str, ...]
    works: tuple[str, ...]
    fails: tuple[str, ...]
    why: tuple[str, ...]
    lacks: tuple[tuple[str, tuple[str, ...]], ...] = ()


def intervals(result: ExchangeResult) -> tuple[RoleInterval, ...]:
    """The answers of each role, producers with the same answers taken together."""
    release = {one.cell: one.release for one in (*result.producers, *result.consumers)}
    uses_of: dict[str, dict[str, list[ObservedUse]]] = {}
    for use in result.uses:
        uses_of.setdefault(use.model, {}).setdefault(release[use.cell], []).append(use)
    found: dict[RoleInterval, list[str]] = {}
    for model in result.models:
        row = _interval(model.role, uses_of.get(model.id, {}))
        found.setdefault(row, []).extend(release[name] for name in model.producers)
    rows = [
        msgspec.structs.replace(row, makers=tuple(sorted(set(makers), key=release_order)))
        for row, makers in found.items()
    ]
    return tuple(sorted(rows, key=lambda one: (one.role, release_order(one.makers[0]))))


def _interval(role: str, seen: Mapping[str, Sequence[ObservedUse]]) -> RoleInterval:
    bad = {name: one for name, uses in seen.items() if (one := refused(uses))}
    lacks: dict[str, list[str]] = {}
    for name, uses in seen.items():
        for one in () if name in bad else lacking(uses):
            lacks.setdefault(f"{plain(one.use)}: {reason_of(one)}", []).append(name)
    return RoleInterval(
        role,
        makers=(),
        works=tuple(name for name in seen if name not in bad),
        fails=tuple(bad),
        why=tuple(dict.fromkeys(reason_of(one) for one in bad.values())),
        lacks=tuple((what, tuple(names)) for what, names in lacks.items()),
    )


def plain(use: str) -> str:
    """A use in words."""
    return use.replace("_", " ")


def reason_of(use: ObservedUse) -> str:
    """Why a use did not work: the cause in the graph, or else the error in one line."""
    if use.cause:
        return use.cause.detail
    if use.error:
        line = next(iter(use.error.message.strip().splitlines()), "")
        return f"{use.error.type.rsplit('.', 1)[-1]}: {without_folders(line)[:120].strip().rstrip('.')}"
    return str(use.outcome)


def lines_of(result: ExchangeResult) -> Iterator[str]:
    """The whole screen."""
    rows = intervals(result)
    made, used = _known(one.release for one in result.producers), _known(one.release for one in result.consumers)
    share = 1 - result.measured / result.pairs if result.pairs else 0.0
    yield (
        f"{result.pairs} pairs of a producer's model and a consumer: {result.measured} tried, and {share:.0%} of them"
        " proved equivalent to one that was"
    )
    yield f"Uses: {len(result.uses)}, of which {sum(one.outcome in RIGHT for one in result.uses)} worked"
    failing = [row for row in rows if row.fails]
    yield ""
    if not failing:
        yield "Everything that was made loads everywhere, and computes what it should."
    for row in failing[:_MOST]:
        yield f"{row.role}, made by {spans(row.makers, made)}: not in {spans(row.fails, used)}"
        yield from (f"    {why}" for why in row.why[:2])
        if len(row.why) > 2:
            yield f"    and {len(row.why) - 2} more reasons"
    if len(failing) > _MOST:
        yield f"and {len(failing) - _MOST} more, see index.html"
    lacking_rows = [row for row in rows if row.lacks]
    if lacking_rows:
        names = ", ".join(dict.fromkeys(row.role for row in lacking_rows))
        yield f"Loads, but cannot be trained or saved again somewhere: {names}"
    yield ""
    for promise in result.promises:
        verdicts = [one for one in result.verdicts if one.promise == promise.id]
        counts = {verdict: sum(one.verdict is verdict for one in verdicts) for verdict in Verdict}
        said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count) or "no pair to judge it by"
        yield f"{promise.id}: {said}"
    for one in result.consumers:
        if one.unavailable:
            yield f"unavailable: {one.cell}: {one.unavailable}"
    if result.missing:
        yield f"missing: {len(result.missing)} uses, for instance {result.missing[0]}"


def _known(releases: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(releases), key=release_order))
