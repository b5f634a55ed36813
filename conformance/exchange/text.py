"""An exchange on one screen of the terminal, and as intervals: "made by 2.12 or later: not before 2.11"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from conformance.cells import release_order
from conformance.comparing.error_texts import without_folders
from conformance.exchange.result import RIGHT, ExchangeResult, ObservedUse, worst
from conformance.inspecting.text import spans
from conformance.words import Verdict

_MOST = 12  # rows of what does not work


class RoleInterval(msgspec.Struct, frozen=True):
    """What producers of a role made alike, as consumers see it: all of these have the same answers.

    Attributes:
        makers, works, fails: releases; in `fails` something was tried and did not work.
        why: the causes, a sentence each; the error's line where the graph shows none.
    """

    role: str
    makers: tuple[str, ...]
    works: tuple[str, ...]
    fails: tuple[str, ...]
    why: tuple[str, ...]


def intervals(result: ExchangeResult, uses: Sequence[str] = ()) -> tuple[RoleInterval, ...]:
    """The answers of each role, producers with the same answers taken together.

    Args:
        uses: those that count; all by default.
    """
    release = {one.cell: one.release for one in (*result.producers, *result.consumers)}
    found: dict[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for model in result.models:
        seen: dict[str, list[ObservedUse]] = {}
        for use in result.uses:
            if use.model == model.id and (not uses or use.use in uses):
                seen.setdefault(release[use.cell], []).append(use)
        bad = {name: one for name, all_of in seen.items() if (one := worst(all_of)) and one.outcome not in RIGHT}
        works = tuple(name for name in seen if name not in bad)
        why = tuple(dict.fromkeys(reason_of(one) for one in bad.values()))
        makers = [release[name] for name in model.producers]
        found.setdefault((model.role, works, tuple(bad), why), []).extend(makers)
    rows = [
        RoleInterval(role, tuple(sorted(set(makers), key=release_order)), works, fails, why)
        for (role, works, fails, why), makers in found.items()
    ]
    return tuple(sorted(rows, key=lambda one: (one.role, release_order(one.makers[0]))))


def reason_of(use: ObservedUse) -> str:
    """Why a use did not work: the cause in the graph, or else the error in one line."""
    if use.cause:
        return use.cause.detail
    if use.error:
        line = next(iter(use.error.message.strip().splitlines()), "")
        return f"{use.error.type.rsplit('.', 1)[-1]}: {without_folders(line)[:120]}"
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
        yield "Everything that was made can be used everywhere."
    for row in failing[:_MOST]:
        yield f"{row.role}, made by {spans(row.makers, made)}: not in {spans(row.fails, used)}"
        yield from (f"    {why}" for why in row.why[:2])
        if len(row.why) > 2:
            yield f"    and {len(row.why) - 2} more reasons"
    if len(failing) > _MOST:
        yield f"and {len(failing) - _MOST} more"
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
