"""The answer box's data: for a format, an operation and a release, what was observed to work, and how to get it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec
from packaging.version import InvalidVersion, Version

from conformance.cells import CellInfo, minor_of, release_order
from conformance.claims.catalogue import Catalogue, Claim
from conformance.reporting.headline import release_name
from conformance.results import Results, Setting, VerdictRow
from conformance.words import Format, Keras, Level, Mode, Operation, Outcome, Source, Standing, Verdict, Word

OPERATIONS = (Operation.LOAD, Operation.FINE_TUNE, Operation.CREATE)

# What decides whether TensorFlow imports and hub works, under the names that pip knows; the rest follows from it.
_TENSORFLOWS = ("tensorflow", "tensorflow-cpu", "tf-nightly", "tf-nightly-cpu")
_PINNED = (*_TENSORFLOWS, "tensorflow-hub", "tf-keras", "tf-keras-nightly", "keras", "numpy", "protobuf", "setuptools")

_IMPORTS: dict[Mode, str] = {
    Mode.TF1: "import tensorflow as tf\nimport tensorflow_hub as hub",
    Mode.TF1_COMPAT: "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\nimport tensorflow_hub as hub",
    Mode.TF2: "import tensorflow as tf\nimport tensorflow_hub as hub",
}


class Support(Word):
    """The short answer."""

    YES = "yes"  # works in the release as it installs today
    PARTLY = "partly"  # works in some settings only, with a loss, or against the documentation
    NO = "no"  # tried, and works in no setting
    UNKNOWN = "unknown"  # not tried, or the evidence does not settle it


class Recipe(msgspec.Struct, frozen=True):
    """One way that was observed to work, in one cell, with what it takes to do the same.

    Attributes:
        call: the call form, as the claim gives it.
        imports: what to import, and how to set TensorFlow up, before that call.
        environ: what to set before TensorFlow is imported: "TF_USE_LEGACY_KERAS=1".
        pins: what to install, in pip's words: "tensorflow-cpu==2.15.1".
        python: the Python it was observed on.
        caveats: what is lost, what the page says against it, which condition it holds on.
        probes: the probes that showed it.
    """

    claim: str
    cell: str
    release: str
    hub: str
    mode: Mode
    keras: Keras
    call: str
    imports: str
    environ: tuple[str, ...]
    pins: tuple[str, ...]
    python: str
    caveats: tuple[str, ...]
    probes: tuple[str, ...]


class Answer(msgspec.Struct, frozen=True):
    """What the evidence says to one question.

    Attributes:
        sentence: the answer in one sentence.
        recipes: the ways that work in that very release, best first; empty where none does.
        instead: what to do where a claim does not hold; all of it proved by the run.
        elsewhere: how it is done in the nearest release in which it works as promised, where it does so in none of this
            one's settings.
        broken: claims about it that do not hold in some setting of the release, those of the guides included.
    """

    format: Format
    operation: Operation
    release: str
    support: Support
    sentence: str
    recipes: tuple[Recipe, ...] = ()
    instead: tuple[str, ...] = ()
    elsewhere: Recipe | None = None
    broken: tuple[str, ...] = ()


class _Candidate(msgspec.Struct, frozen=True):
    """A recipe with what its rank and the short answer depend on."""

    recipe: Recipe
    way: str
    lost: bool  # whether it runs and loses something
    lossless: bool  # whether it is promised, and nothing is lost
    default: bool  # in the release as it installs today: its newest hub, its default Keras
    plain: bool  # whether pip, asked for the pins, installs them and nothing against them

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, bool, tuple[int, ...]]:
        """Sorts the best first."""
        older = tuple(-number for number in minor_of(self.recipe.hub))
        return (
            not self.lossless,
            _version(self.recipe.hub).is_prerelease,
            self.recipe.keras is Keras.LEGACY,
            not self.plain,
            self.recipe.mode is Mode.TF1_COMPAT,
            older,
        )


def find_answers(results: Results, claims: Catalogue, cells: Sequence[CellInfo]) -> tuple[Answer, ...]:
    """An answer for every format, operation and release of the run."""
    kitchen = _Kitchen(results, claims)
    releases = sorted({cell.release for cell in cells}, key=release_order)
    answers: list[Answer] = []
    for fmt in Format:
        for operation in OPERATIONS:
            mine = [kitchen.answer(fmt, operation, release) for release in releases]
            answers.extend(_with_elsewhere(mine))
    return tuple(answers)


class _Kitchen:
    """What recipes are made of: the claims, and by cell the verdicts, observations and settings."""

    def __init__(self, results: Results, claims: Catalogue) -> None:
        self._claims = claims
        self._settings = {row.cell: row for row in results.environments if not row.unavailable}
        self._observed = {(row.cell, row.probe): row for row in results.observations}
        self._verdicts: dict[tuple[str, str], list[VerdictRow]] = {}
        self._implied: dict[tuple[str, str], list[VerdictRow]] = {}
        for row in results.verdicts:
            if row.standing is Standing.LITERAL:
                self._verdicts.setdefault((row.claim, row.release), []).append(row)
            else:
                self._implied.setdefault((row.claim, row.cell), []).append(row)
        self._newest_hub = {
            release: max(
                (_version(row.hub) for row in results.environments if row.release == release),
                key=lambda version: (not version.is_prerelease, version),  # a nightly comes to nobody unasked
            )
            for release in {row.release for row in results.environments}
        }

    def answer(self, fmt: Format, operation: Operation, release: str) -> tuple[Answer, bool]:
        """What the evidence says, and whether the first of its recipes is one that the page promises."""
        rows = [(claim, row) for claim in self._about(fmt, operation) for row in self._rows(claim, release)]
        mine = [(claim, row) for claim, row in rows if claim.source is Source.PAGE]
        candidates = sorted(
            (
                self._candidate(claim, row, self._notes_on(claim, row, mine))
                for claim, row in mine
                if not _is_note(claim) and _works(row) and row.cell in self._settings
            ),
            key=lambda candidate: candidate.rank,
        )
        support = _support(candidates, [row for _, row in mine])
        answer = Answer(
            format=fmt,
            operation=operation,
            release=release,
            support=support,
            sentence=_sentence(support, release, candidates, [row for _, row in mine]),
            recipes=tuple(_best_of_each(candidates)),
            instead=tuple(dict.fromkeys(one.do for _, row in mine if _fails(row) for one in row.instead)),
            broken=tuple(dict.fromkeys(claim.id for claim, row in rows if _fails(row))),
        )
        return answer, bool(candidates) and candidates[0].lossless

    def _about(self, fmt: Format, operation: Operation) -> Iterator[Claim]:
        for claim in self._claims.claims:
            place = self._claims.place_of(claim)
            if place.format is fmt and place.operation is operation:
                yield claim

    def _rows(self, claim: Claim, release: str) -> Sequence[VerdictRow]:
        return self._verdicts.get((claim.id, release), ())

    def _candidate(self, claim: Claim, row: VerdictRow, notes: Iterable[str]) -> _Candidate:
        setting = self._settings[row.cell]
        observed = [seen for probe in row.outcomes if (seen := self._observed.get((row.cell, probe)))]
        losses = tuple(
            dict.fromkeys(note for seen in observed for note in seen.notes if seen.outcome is not Outcome.WORKS)
        )
        plain = _installs_plainly(setting)
        caveats = [
            *([f"On condition: {claim.condition}"] if claim.condition else []),
            *(["The page says that this is not supported."] if claim.level is Level.NOT_SUPPORTED else []),
            *(["It runs without an error, but silently loses something."] if row.qualifier == "hazard" else []),
            *(f"Lost: {loss}" for loss in losses),
            *([row.expectation.reason] if row.expectation else []),
            *self._around(claim, row),
            *notes,
            *([] if plain else [_NO_DEPENDENCIES]),
        ]
        return _Candidate(
            recipe=Recipe(
                claim=claim.id,
                cell=row.cell,
                release=row.release,
                hub=row.hub,
                mode=row.mode,
                keras=row.keras,
                call=(claim.ways.get(row.way, "") or claim.call).strip(),
                imports=_IMPORTS[row.mode],
                environ=("TF_USE_LEGACY_KERAS=1",) if row.keras is Keras.LEGACY else (),
                pins=pins_of(setting),
                python=setting.python,
                caveats=tuple(caveats),
                probes=tuple(row.outcomes),
            ),
            way=row.way,
            lost=bool(losses),
            lossless=row.verdict is Verdict.AGREES and not losses,
            default=row.keras is not Keras.LEGACY and _version(row.hub) == self._newest_hub[row.release],
            plain=plain,
        )

    def _around(self, claim: Claim, row: VerdictRow) -> Iterator[str]:
        """What ordinary use around the call, as implied probes tried it, does not do in the same cell."""
        for implied in self._implied.get((claim.id, row.cell), ()):
            if implied.way in ("", row.way) and _fails(implied):
                why = implied.expectation.reason if implied.expectation else f"{implied.why}."
                instead = " Or: ".join(one.do for one in implied.instead)
                yield f"Ordinary use around it does not work: {why}{f' Instead: {instead}' if instead else ''}"

    def _notes_on(self, claim: Claim, row: VerdictRow, rows: Iterable[tuple[Claim, VerdictRow]]) -> Iterator[str]:
        """The page's notes on the same table cell, where they hold in the same cell of the run."""
        column = self._claims.place_of(claim).column
        for note, verdict in rows:
            same_place = _is_note(note) and self._claims.place_of(note).column is column
            if same_place and verdict.cell == row.cell and verdict.verdict is Verdict.AGREES:
                yield note.statement


_NO_DEPENDENCIES = (
    "Install tensorflow-hub and tf-keras with --no-deps: their dependencies would bring another TensorFlow along."
)


def pins_of(setting: Setting) -> tuple[str, ...]:
    """What decides, of a cell's packages, as pip takes it."""
    installed = {_normalized(name): version for name, version in setting.packages.items()}
    return tuple(f"{name}=={installed[name]}" for name in _PINNED if name in installed)


def _installs_plainly(setting: Setting) -> bool:
    """Whether pip gets the cell's packages by their pins: tf-keras asks for the TensorFlow of its own minor."""
    installed = {_normalized(name): version for name, version in setting.packages.items()}
    tf_keras = installed.get("tf-keras", "")
    tensorflow = next((installed[name] for name in _TENSORFLOWS if name in installed), "")
    return not tf_keras or minor_of(tf_keras) == minor_of(tensorflow)


def _works(row: VerdictRow) -> bool:
    """Whether a user can do it: it is promised and holds, or works although it is not."""
    promised = row.level is not Level.NOT_SUPPORTED
    return row.verdict is Verdict.EXCEEDS or (row.verdict is Verdict.AGREES and promised)


def _fails(row: VerdictRow) -> bool:
    return row.verdict is Verdict.CONTRADICTS


def _is_note(claim: Claim) -> bool:
    return claim.place.endswith(".note")


def _support(candidates: Collection[_Candidate], rows: Sequence[VerdictRow]) -> Support:
    if any(candidate.lossless and candidate.default for candidate in candidates):
        return Support.YES
    if candidates:
        return Support.PARTLY
    settled = any(row.verdict is not Verdict.INCONCLUSIVE for row in rows)
    return Support.NO if settled else Support.UNKNOWN


def _sentence(support: Support, release: str, candidates: Sequence[_Candidate], rows: Sequence[VerdictRow]) -> str:
    name = release_name(release)
    if support is Support.YES:
        return f"Works on {name}{', though not with every call that is documented' if any(map(_fails, rows)) else ''}."
    if support is Support.NO:
        tried = len({row.cell for row in rows})
        return f"Does not work on {name}: tried in {tried} setting{'s' if tried != 1 else ''}."
    if support is Support.UNKNOWN:
        return f"Not settled on {name}: {next((row.why for row in rows if row.why), 'it was not tried')}."
    best = candidates[0]
    if not best.lossless:
        loss = "silently loses something, and the page says that it is not supported"
        return f"Runs on {name}, but {loss if best.lost else 'the page says that it is not supported'}."
    return f"Works on {name} only with {_needs(best, candidates)}."


def _needs(best: _Candidate, candidates: Sequence[_Candidate]) -> str:
    """What the best recipe has that the release as it installs today has not."""
    needs = list(best.recipe.environ)
    if not any(other.lossless and other.recipe.hub != best.recipe.hub for other in candidates):
        needs.append(f"tensorflow_hub {best.recipe.hub}")
    return " and ".join(needs)


def _best_of_each(candidates: Iterable[_Candidate]) -> Iterator[Recipe]:
    """Of each call form in each mode the best recipe; the other settings say the same."""
    told: set[tuple[str, str, Mode]] = set()
    for candidate in candidates:
        key = (candidate.recipe.claim, candidate.way, candidate.recipe.mode)
        if key not in told:
            told.add(key)
            yield candidate.recipe


def _with_elsewhere(answers: Sequence[tuple[Answer, bool]]) -> Iterator[Answer]:
    """Completes the answers to one question, in the order of releases, with the nearest one that works as promised."""
    promised = [index for index, (_, works) in enumerate(answers) if works]
    for index, (answer, works) in enumerate(answers):
        if works or not promised:
            yield answer
        else:
            nearest = min(promised, key=lambda other: abs(other - index))
            yield msgspec.structs.replace(answer, elsewhere=answers[nearest][0].recipes[0])


def _normalized(name: str) -> str:
    return name.lower().replace("_", "-")


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")
