"""The page of an exchange: "made with A, used in B" answered at its top, and for each role a table of the pairs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from markupsafe import Markup

from conformance.cells import release_order
from conformance.exchange.answering import Answers, all_answers
from conformance.exchange.result import ExchangeResult, ObservedUse, lacking, refused
from conformance.exchange.text import RoleInterval, intervals, plain, reason_of
from conformance.inspecting.text import spans
from conformance.reporting.pages import environment, inlined, policy_hash
from conformance.words import Outcome, Verdict

_STYLES = ("style.css", "screens.css")
_SCRIPT = ("script/exchange.js",)


class PairMark(msgspec.Struct, frozen=True):
    """What a consumer made of what a producer made; `outcome` is None where nothing was tried."""

    outcome: Outcome | None
    words: str


class MadeRow(msgspec.Struct, frozen=True):
    """Producers with the same marks."""

    makers: str
    marks: tuple[PairMark, ...]


class RoleTable(msgspec.Struct, frozen=True):
    """The table of a role, and the same in sentences."""

    role: str
    rows: tuple[MadeRow, ...]
    sentences: tuple[str, ...]


def exchange_page(result: ExchangeResult) -> str:
    """The page."""
    made = _releases(one.release for one in result.producers)
    used = _releases(one.release for one in result.consumers)
    rows = intervals(result)
    script, data = inlined(*_SCRIPT), _data(result)
    return (
        environment()
        .get_template("exchange.html.j2")
        .render(
            result=result,
            tables=[
                RoleTable(
                    role, _rows(marks, made, used), sentences([row for row in rows if row.role == role], made, used)
                )
                for role, marks in _marks(result).items()
            ],
            roles=list(dict.fromkeys(one.role for one in result.models)),
            made=made,
            used=used,
            share=1 - result.measured / result.pairs if result.pairs else 0.0,
            counts={promise.id: _counts(result, promise.id) for promise in result.promises},
            style=inlined(*_STYLES),
            script=script,
            script_hash=policy_hash(str(script)),
            data=data,
            data_hash=policy_hash(str(data)),
        )
    )


def sentences(rows: Sequence[RoleInterval], made: Sequence[str], used: Sequence[str]) -> tuple[str, ...]:
    """ "Made by 2.12 to 2.21: not in 2.4, because ...", a sentence for each group of producers."""
    return tuple(_sentence(row, made, used) for row in rows)


def _sentence(row: RoleInterval, made: Sequence[str], used: Sequence[str]) -> str:
    parts = [f"works in {spans(row.works, used)}"] if row.works else []
    if row.fails:
        parts.append(f"not in {spans(row.fails, used)}, because {'; '.join(row.why[:3])}")
    parts += [f"in {spans(releases, used)} not {what}" for what, releases in row.lacks[:3]]
    return f"Made by {spans(row.makers, made)}: {'; '.join(parts)}"


def _rows(marks: Mapping[tuple[str, str], PairMark], made: Sequence[str], used: Sequence[str]) -> tuple[MadeRow, ...]:
    grouped: dict[tuple[PairMark, ...], list[str]] = {}
    for maker in made:
        row = tuple(marks.get((maker, user), PairMark(None, "not tried")) for user in used)
        if any(mark.outcome for mark in row):
            grouped.setdefault(row, []).append(maker)
    return tuple(MadeRow(spans(makers, made), row) for row, makers in grouped.items())


def _marks(result: ExchangeResult) -> Mapping[str, Mapping[tuple[str, str], PairMark]]:
    """Role -> the release that made it, and the one that uses it -> what came of it."""
    answers = Answers(result)
    return {
        role: {pair: _mark(uses) for pair, uses in answers.pairs_of(role).items()}
        for role in dict.fromkeys(one.role for one in result.models)
    }


def _mark(uses: Sequence[ObservedUse]) -> PairMark:
    if bad := refused(uses):
        return PairMark(bad.outcome, f"{plain(bad.use)}: {reason_of(bad)}")
    if others := lacking(uses):
        return PairMark(Outcome.DEGRADED, "; ".join(f"not {plain(one.use)}: {reason_of(one)}" for one in others))
    return PairMark(Outcome.WORKS, ", ".join(dict.fromkeys(plain(one.use) for one in uses)))


def _data(result: ExchangeResult) -> Markup:
    """The answers for the script: each once, and by role, maker and user the number of its answer."""
    numbers: dict[str, int] = {}
    answers = {
        role: [[numbers.setdefault(said, len(numbers)) for said in row] for row in rows]
        for role, rows in all_answers(result).items()
    }
    raw = json.dumps({"sentences": list(numbers), "answers": answers}, ensure_ascii=True)
    return Markup(raw.replace("<", "\\u003c"))  # noqa: S704 - JSON without any beginning of a tag


def _counts(result: ExchangeResult, promise: str) -> str:
    found = [one.verdict for one in result.verdicts if one.promise == promise]
    said = [f"{found.count(verdict)} {verdict}" for verdict in Verdict if verdict in found]
    return ", ".join(said) or "no pair to judge it by"


def _releases(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names), key=release_order))
