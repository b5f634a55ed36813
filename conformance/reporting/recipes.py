"""Recipes: one way that was observed to work, in one cell, with the code to run and the versions to install."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from conformance.cells import minor_of
from conformance.claims.catalogue import Catalogue, Claim
from conformance.grouping import grouped
from conformance.reporting.hazards import Hazard
from conformance.reporting.snippets import ProvedSnippets
from conformance.results import Instead, Results, VerdictRow
from conformance.words import Keras, Level, Mode, Outcome, Standing, Verdict

# What decides whether TensorFlow imports, hub works and models can be saved, under the names that pip knows; what the
# index gives for the rest is what was measured, or newer: tests/real/test_install_lines.py tries every line.
_TENSORFLOWS = ("tensorflow", "tensorflow-cpu", "tf-nightly", "tf-nightly-cpu")
_PULLS_TENSORFLOW = ("tensorflow-hub", "tf-keras", "tf-keras-nightly")  # pip would bring another TensorFlow with them
_DECIDES = (*_TENSORFLOWS, "keras", "numpy", "h5py", "protobuf", "setuptools")

_IMPORTS: dict[Mode, str] = {
    Mode.TF1: "import tensorflow as tf\nimport tensorflow_hub as hub",
    Mode.TF1_COMPAT: "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\nimport tensorflow_hub as hub",
    Mode.TF2: "import tensorflow as tf\nimport tensorflow_hub as hub",
}

PLACEHOLDERS: dict[str, str] = {
    "handle": "the folder, or the address, of your model",
    "inputs": "what your model takes",
    "labels": "what its outputs should be",
    "sig": 'the name of a signature: m.signatures.keys() lists them; often "default" or "serving_default"',
    "path": "the folder to write the model to; it must not exist yet",
    "session": "a tf.compat.v1.Session in which the variables are initialized",
    "is_training": "True while you train, False otherwise",
    "module_fn": "your function that builds the graph and calls hub.add_signature",
    "obj": "the tf.Module or the model that you want to save",
}


class Recipe(msgspec.Struct, frozen=True):
    """One way that was observed to work.

    Attributes:
        code: what to run; a snippet that was run as it stands, or the call form with its imports.
        snippet: the id of that snippet; "" where the code is the documented call form alone.
        call: the call form in words, where it is no Python; "" where the claim names none.
        environ: what to set before TensorFlow is imported: "TF_USE_LEGACY_KERAS=1".
        install: commands that install what was measured.
        python: the Python it was observed on.
        caveats: what the page says against it, which condition it holds on.
        losses: what is lost without any error.
        hazards: the numbers of the hazards that this very call was observed to have there.
        probes: the probes that showed it.
    """

    claim: str
    cell: str
    release: str
    hub: str
    mode: Mode
    keras: Keras
    code: str
    snippet: str
    call: str
    environ: tuple[str, ...]
    install: tuple[str, ...]
    python: str
    caveats: tuple[str, ...]
    losses: tuple[str, ...]
    hazards: tuple[int, ...]
    probes: tuple[str, ...]


class Candidate(msgspec.Struct, frozen=True):
    """A recipe with what its rank and the short answer depend on.

    Attributes:
        promised: whether the documentation says that it works.
        default: whether it is in the release as it installs today: its newest hub, its default Keras.
    """

    recipe: Recipe
    way: str
    promised: bool
    default: bool

    @property
    def lossless(self) -> bool:
        """Whether it is promised, and nothing is lost."""
        return self.promised and not self.recipe.losses

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, tuple[int, ...]]:
        """Sorts the best first."""
        older = tuple(-number for number in minor_of(self.recipe.hub))
        return (
            not self.lossless,
            version_of(self.recipe.hub).is_prerelease,
            self.recipe.keras is Keras.LEGACY,
            self.recipe.mode is Mode.TF1_COMPAT,
            older,
        )


class RecipeBook:
    """What recipes are made of: the claims, and by cell the verdicts, observations, settings, hazards and snippets."""

    def __init__(self, results: Results, claims: Catalogue, hazards: Sequence[Hazard]) -> None:
        self._claims = claims
        self._hazards = hazards
        self._snippets = ProvedSnippets(results.observations)
        self._settings = {row.cell: row for row in results.environments if not row.unavailable}
        self._observed = {(row.cell, row.probe): row for row in results.observations}
        literal = [row for row in results.verdicts if row.standing is Standing.LITERAL]
        implied = (row for row in results.verdicts if row.standing is Standing.IMPLIED)
        self._verdicts = grouped(((row.claim, row.release), row) for row in literal)
        self._of_cell = grouped(((row.cell, row.claim), row) for row in literal)
        self._implied = grouped(((row.cell, row.claim), row) for row in implied)
        self._candidates: dict[tuple[str, str, str], Candidate | None] = {}
        self._newest_hub = {
            release: max(
                (version_of(row.hub) for row in results.environments if row.release == release),
                key=lambda version: (not version.is_prerelease, version),  # a nightly comes to nobody unasked
            )
            for release in {row.release for row in results.environments}
        }

    def verdicts(self, claim: Claim, release: str) -> Sequence[VerdictRow]:
        """The literal verdicts on a claim in a release."""
        return self._verdicts.get((claim.id, release), ())

    def candidate(self, claim: Claim, row: VerdictRow) -> Candidate | None:
        """How to do what the verdict says can be done; None where it says that it cannot, or nobody knows how."""
        key = row.cell, claim.id, row.way
        if key not in self._candidates:
            self._candidates[key] = self._candidate(claim, row)
        return self._candidates[key]

    def _candidate(self, claim: Claim, row: VerdictRow) -> Candidate | None:
        setting = self._settings.get(row.cell)
        if setting is None or not _can_be_done(row):
            return None
        snippet = self._snippets.of(row.cell, claim.id, row.way)
        call = (claim.ways.get(row.way, "") or claim.call).strip()
        code = snippet.code.strip() if snippet else f"{_imports(row.mode, call)}\n\n{call}" if _is_python(call) else ""
        recipe = Recipe(
            claim=claim.id,
            cell=row.cell,
            release=row.release,
            hub=row.hub,
            mode=row.mode,
            keras=row.keras,
            code=code,
            snippet=snippet.id if snippet else "",
            call="" if code else call,
            environ=("TF_USE_LEGACY_KERAS=1",) if row.keras is Keras.LEGACY else (),
            install=install_lines(setting.packages),
            python=setting.python,
            caveats=tuple(self._caveats(claim, row)),
            losses=tuple(self._losses(row)),
            hazards=tuple(
                number for number, hazard in enumerate(self._hazards) if hazard.is_of(claim, row.way, row.cell)
            ),
            probes=(*((snippet.probe,) if snippet else ()), *row.outcomes),
        )
        return Candidate(
            recipe=recipe,
            way=row.way,
            promised=row.verdict is Verdict.AGREES,
            default=row.keras is not Keras.LEGACY and version_of(row.hub) == self._newest_hub[row.release],
        )

    def proof(self, proofs: Iterable[Instead]) -> Recipe | None:
        """How to do what several cells prove: a program that ran, before a call, before what is said in words only.

        None where the probes speak to no claim that says how.
        """
        shown = (found for one in dict.fromkeys(proofs) for found in self._shown(one.cell, one.probes))
        best = min(shown, key=lambda found: (not found.recipe.snippet, not found.recipe.code, found.rank), default=None)
        return best.recipe if best else None

    def _shown(self, cell: str, probes: Sequence[str]) -> Iterator[Candidate]:
        """What probes of a cell show how to do."""
        observed = (self._observed.get((cell, probe)) for probe in probes)
        for tested in dict.fromkeys(tested for row in observed if row for tested in row.claims):
            claim = self._claims.claim_by_id.get(tested.id)
            for row in self._of_cell.get((cell, tested.id), ()) if claim else ():
                if claim and row.way == tested.way and (found := self.candidate(claim, row)):
                    yield found

    def _losses(self, row: VerdictRow) -> Iterator[str]:
        """What the row's own probes noted where they did not simply work."""
        seen = (self._observed.get((row.cell, probe)) for probe in row.outcomes)
        yield from dict.fromkeys(note for one in seen if one and one.outcome is not Outcome.WORKS for note in one.notes)

    def _caveats(self, claim: Claim, row: VerdictRow) -> Iterator[str]:
        if claim.condition:
            yield f"On condition: {claim.condition}."
        if claim.level is Level.NOT_SUPPORTED:
            yield "The page says that this is not supported."
        if row.expectation:
            yield row.expectation.reason
        yield from self._around(claim, row)
        yield from self._notes(claim, row)

    def _around(self, claim: Claim, row: VerdictRow) -> Iterator[str]:
        """What ordinary use around the call, as implied probes tried it, does not do in the same cell."""
        for implied in self._implied.get((row.cell, claim.id), ()):
            if implied.way in ("", row.way) and implied.verdict is Verdict.CONTRADICTS:
                why = implied.expectation.reason if implied.expectation else f"{implied.why}."
                instead = " Or: ".join(one.do for one in implied.instead)
                yield f"Ordinary use around it does not work: {why}{f' Instead: {instead}' if instead else ''}"

    def _notes(self, claim: Claim, row: VerdictRow) -> Iterator[str]:
        """The page's notes on the same table cell, where they hold in the same cell of the run."""
        place = self._claims.place_of(claim)
        for note in self._claims.claims:
            theirs = self._claims.place_of(note)
            if is_note(note) and (theirs.format, theirs.operation, theirs.column) == (
                place.format,
                place.operation,
                place.column,
            ):
                rows = self._of_cell.get((row.cell, note.id), ())
                if any(each.verdict is Verdict.AGREES for each in rows):
                    yield note.statement


def install_lines(packages: Mapping[str, str]) -> tuple[str, ...]:
    """What decides, of a cell's packages, as commands; what would bring another TensorFlow along comes by itself."""
    installed = {str(canonicalize_name(name)): version for name, version in packages.items()}

    def line(names: Sequence[str], option: str = "") -> tuple[str, ...]:
        pins = [f'"{name}=={installed[name]}"' for name in names if name in installed]
        return (f"python -m pip install {option}{' '.join(pins)}",) if pins else ()

    return (*line(_DECIDES), *line(_PULLS_TENSORFLOW, "--no-deps "))


def is_note(claim: Claim) -> bool:
    """Whether a claim is a note on its table cell."""
    return claim.place.endswith(".note")


def version_of(text: str) -> Version:
    """A version to compare with; the lowest for a text that is none."""
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")


def _can_be_done(row: VerdictRow) -> bool:
    """Whether a user can do it: it is promised and holds, or runs although it is not."""
    promised = row.level is not Level.NOT_SUPPORTED
    return row.verdict is Verdict.EXCEEDS or (row.verdict is Verdict.AGREES and promised)


def _imports(mode: Mode, call: str) -> str:
    """What a call form needs to be imported."""
    return _IMPORTS[mode] + ("\nimport tf_keras" if "tf_keras." in call else "")


def _is_python(call: str) -> bool:
    try:
        compile(call, "call", "exec")
    except SyntaxError:
        return False
    return bool(call)
