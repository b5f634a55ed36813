"""Answers: for a format, an operation and a release, what was observed to work, what was not, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from conformance.cells import CellInfo, release_order
from conformance.claims.catalogue import Catalogue, Claim
from conformance.grouping import grouped
from conformance.reporting.headline import release_name
from conformance.reporting.recipes import Candidate, Recipe, RecipeBook, is_note
from conformance.results import ExpectationRow, VerdictRow
from conformance.words import Format, Mode, Operation, Source, Verdict, Word

OPERATIONS = (Operation.LOAD, Operation.FINE_TUNE, Operation.CREATE)


class ShortAnswer(Word):
    """The answer in a word."""

    YES = "yes"  # works in the release as it installs today
    PARTLY = "partly"  # works with another tensorflow_hub or Keras only, or against the documentation
    LOSES = "loses"  # runs, and silently loses something in every way that was tried
    NO = "no"  # tried, and works in no setting
    UNKNOWN = "unknown"  # not tried, or the evidence does not settle it


SHORT_WORDS: dict[ShortAnswer, str] = {
    ShortAnswer.YES: "Works",
    ShortAnswer.PARTLY: "Works in part",
    ShortAnswer.LOSES: "Loses something",
    ShortAnswer.NO: "Does not work",
    ShortAnswer.UNKNOWN: "Not known",
}


class Way(msgspec.Struct, frozen=True):
    """Something to do instead, and how: the recipe of what proves it, where that says how."""

    do: str
    recipe: Recipe | None = None


class BrokenHere(msgspec.Struct, frozen=True):
    """Claims about the question that do not hold, or that lose something, in some setting, for one reason.

    Attributes:
        expectation: the reviewed cause; None where nobody has reviewed it.
        why: the verdict's own explanation, for where there is no cause.
        ways: what to do instead, as far as the run proves it.
    """

    expectation: ExpectationRow | None
    why: str
    claims: tuple[str, ...]
    ways: tuple[Way, ...]


class ReleaseAnswer(msgspec.Struct, frozen=True):
    """What the evidence says to one question.

    Attributes:
        sentence: the answer in one sentence.
        note: what it takes, or what is lost, in a few words; "" where it simply works or does not.
        recipes: the ways that work in that very release, best first; empty where none does.
        broken: what does not hold, by cause; claims of the guides included.
        elsewhere: how it is done in the nearest release in which it works as promised, where it does so in none of this
            one's settings.
    """

    format: Format
    operation: Operation
    release: str
    short: ShortAnswer
    sentence: str
    note: str = ""
    recipes: tuple[Recipe, ...] = ()
    broken: tuple[BrokenHere, ...] = ()
    elsewhere: Recipe | None = None


def find_answers(book: RecipeBook, claims: Catalogue, cells: Sequence[CellInfo]) -> tuple[ReleaseAnswer, ...]:
    """An answer for every format, operation and release of the run."""
    releases = sorted({cell.release for cell in cells}, key=release_order)
    answers: list[ReleaseAnswer] = []
    for fmt in Format:
        for operation in OPERATIONS:
            about = [claim for claim in claims.claims if _is_about(claims, claim, fmt, operation)]
            answers.extend(_with_elsewhere([_answer(book, about, fmt, operation, release) for release in releases]))
    return tuple(answers)


def _is_about(claims: Catalogue, claim: Claim, fmt: Format, operation: Operation) -> bool:
    place = claims.place_of(claim)
    return place.format is fmt and place.operation is operation


def _answer(
    book: RecipeBook, about: Sequence[Claim], fmt: Format, operation: Operation, release: str
) -> tuple[ReleaseAnswer, bool]:
    """What the evidence says, and whether the first of its recipes is one that the page promises."""
    rows = [(claim, row) for claim in about for row in book.verdicts(claim, release)]
    mine = [(claim, row) for claim, row in rows if claim.source is Source.PAGE]
    found = (book.candidate(claim, row) for claim, row in mine if not is_note(claim))
    candidates = sorted((one for one in found if one), key=lambda one: one.rank)
    verdicts = [row for _, row in mine]
    short = _short(candidates, verdicts)
    note = _note(short, candidates, verdicts)
    answer = ReleaseAnswer(
        format=fmt,
        operation=operation,
        release=release,
        short=short,
        sentence=_sentence(short, note, release, verdicts),
        note=note,
        recipes=tuple(_best_of_each(candidates)),
        broken=tuple(_broken(book, (row for _, row in rows if _asks_for_another_way(row)))),
    )
    return answer, bool(candidates) and candidates[0].lossless


def _asks_for_another_way(row: VerdictRow) -> bool:
    """Whether it does not hold, or runs against the documentation and silently loses something."""
    return row.verdict is Verdict.CONTRADICTS or (row.verdict is Verdict.EXCEEDS and row.qualifier == "hazard")


def _broken(book: RecipeBook, rows: Iterable[VerdictRow]) -> Iterator[BrokenHere]:
    by_cause = grouped((_cause(row), row) for row in rows)
    for group in by_cause.values():
        advice = grouped((one.do, one) for row in group for one in row.instead)
        yield BrokenHere(
            expectation=group[0].expectation,
            why=group[0].why,
            claims=tuple(dict.fromkeys(row.claim for row in group)),
            ways=tuple(Way(do, book.proof(proofs)) for do, proofs in advice.items()),
        )


def _cause(row: VerdictRow) -> str:
    """What rows have in common that are told together: some causes are reviewed once per mode or per kind of claim."""
    return (row.expectation.cause or row.expectation.id) if row.expectation else row.claim


def _short(candidates: Sequence[Candidate], rows: Sequence[VerdictRow]) -> ShortAnswer:
    if any(candidate.lossless and candidate.default for candidate in candidates):
        return ShortAnswer.YES
    if any(not candidate.recipe.losses for candidate in candidates):
        return ShortAnswer.PARTLY
    if candidates:
        return ShortAnswer.LOSES
    settled = any(row.verdict is not Verdict.INCONCLUSIVE for row in rows)
    return ShortAnswer.NO if settled else ShortAnswer.UNKNOWN


def _note(short: ShortAnswer, candidates: Sequence[Candidate], rows: Sequence[VerdictRow]) -> str:
    if short is ShortAnswer.YES or short is ShortAnswer.NO:
        return ""
    if short is ShortAnswer.UNKNOWN:
        return next((row.why for row in rows if row.why), "it was not tried")
    best = candidates[0]
    if short is ShortAnswer.LOSES:
        return f"lost: {'; '.join(best.recipe.losses)}"
    return f"only with {_needs(best, candidates)}" if best.promised else "the page says that it is not supported"


def _sentence(short: ShortAnswer, note: str, release: str, rows: Sequence[VerdictRow]) -> str:
    name = release_name(release)
    if short is ShortAnswer.YES:
        partly = any(row.verdict is Verdict.CONTRADICTS for row in rows)
        return f"Works on {name}{', though not with every call that is documented' if partly else ''}."
    if short is ShortAnswer.NO:
        tried = len({row.cell for row in rows})
        return f"Does not work on {name}: tried in {tried} setting{'s' if tried != 1 else ''}."
    if short is ShortAnswer.UNKNOWN:
        return f"Not settled on {name}: {note}."
    if short is ShortAnswer.LOSES:
        return f"Runs on {name} without an error, but silently loses something."
    return f"Works on {name} {note}." if note.startswith("only") else f"Runs on {name}, but {note}."


def _needs(best: Candidate, candidates: Sequence[Candidate]) -> str:
    """What the best recipe has that the release as it installs today has not."""
    needs = list(best.recipe.environ)
    if not any(other.lossless and other.recipe.hub != best.recipe.hub for other in candidates):
        needs.append(f"tensorflow_hub {best.recipe.hub}")
    return " and ".join(needs)


def _best_of_each(candidates: Iterable[Candidate]) -> Iterator[Recipe]:
    """Of each call form in each mode the best recipe; the other settings say the same."""
    seen: set[tuple[str, str, Mode]] = set()
    for candidate in candidates:
        key = (candidate.recipe.claim, candidate.way, candidate.recipe.mode)
        if key not in seen:
            seen.add(key)
            yield candidate.recipe


def _with_elsewhere(answers: Sequence[tuple[ReleaseAnswer, bool]]) -> Iterator[ReleaseAnswer]:
    """Completes the answers to one question, in the order of releases, with the nearest one that works as promised."""
    promised = [index for index, (_, works) in enumerate(answers) if works]
    for index, (answer, works) in enumerate(answers):
        if works or not promised:
            yield answer
        else:
            nearest = min(promised, key=lambda other: abs(other - index))
            yield msgspec.structs.replace(answer, elsewhere=answers[nearest][0].recipes[0])
