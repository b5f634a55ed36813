"""Reviewed forecasts of verdicts that differ from the page, read from `expectations/*.toml`, and when they are met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cached_property, lru_cache
from itertools import chain, product
from pathlib import Path

import msgspec
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from conformance.claims.catalogue import Catalogue
from conformance.data_file import (
    check_keys,
    data_files,
    load_toml,
    read_rows,
    require_known,
    require_specifiers,
    require_unique_across,
)
from conformance.environments.catalogue import Releases
from conformance.errors import DataError
from conformance.grouping import grouped
from conformance.judging.advice import Advice, names
from conformance.words import Keras, Mode, Outcome, Package, Standing, Verdict

EXPECTATIONS_FOLDER = Path(__file__).with_name("expectations")
SCHEMA = "expectations/1"
LOSING = (Outcome.DEGRADED, Outcome.WRONG_VALUES)  # what a verdict that agrees can have beside what works


class Subject(msgspec.Struct, frozen=True):
    """What a verdict is about: all that an expectation can choose by."""

    claim: str
    way: str
    standing: Standing
    tf: str
    hub: str
    mode: Mode
    keras: Keras


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A forecast; `expectations/README.md` explains each key."""

    id: str
    claims: tuple[str, ...]
    verdict: Verdict
    outcomes: tuple[Outcome, ...]
    blame: Package
    reason: str
    instead: str | tuple[Advice, ...]
    review: date
    cause: str = ""
    notice: str = ""
    upstream: tuple[str, ...] = ()
    way: str | None = None
    tf: str = ""
    hub: str = ""
    modes: tuple[Mode, ...] = ()
    keras: tuple[Keras, ...] = ()
    standing: Standing = Standing.LITERAL
    probes: tuple[str, ...] = ()

    @property
    def advice(self) -> tuple[Advice, ...]:
        """What it says to do instead; a plain text is advice that nothing proves."""
        if isinstance(self.instead, str):
            return (Advice(self.instead),) if self.instead else ()
        return self.instead

    def covers(self, subject: Subject) -> bool:
        """Whether it forecasts anything about `subject`."""
        return (
            subject.claim in self.claims
            and self.way in (None, subject.way)
            and self.standing is subject.standing
            and (not self.modes or subject.mode in self.modes)
            and (not self.keras or subject.keras in self.keras)
            and in_range(self.tf, subject.tf)
            and in_range(self.hub, subject.hub)
        )

    def is_met_by(self, verdict: Verdict, outcomes: Mapping[str, Outcome]) -> bool:
        """Whether what was observed of a subject that it covers is what it forecast.

        The verdict alone does not do: another way to fail is another deviation, which nobody has reviewed.
        """
        return (
            bool(outcomes)  # that nothing was observed is nothing that anyone could have reviewed
            and verdict is self.verdict
            and self.is_of_what(outcomes)
            and all(
                outcome is Outcome.WORKS or (outcome in self.outcomes and names(self.probes, probe))
                for probe, outcome in outcomes.items()
            )
        )

    def is_of_what(self, outcomes: Mapping[str, Outcome]) -> bool:
        """Whether there is what it explains: where it forecasts agreement, that is a loss."""
        return self.verdict is not Verdict.AGREES or any(outcome in self.outcomes for outcome in outcomes.values())


class Expectations(msgspec.Struct, frozen=True, dict=True):
    """All expectations, in the order of the files.

    Attributes:
        files: the file that each is read from, by its id.
    """

    expectations: tuple[Expectation, ...]
    files: dict[str, Path]

    @cached_property
    def _by_claim(self) -> dict[str, list[Expectation]]:
        return grouped((claim, each) for each in self.expectations for claim in each.claims)

    def about(self, subject: Subject) -> Expectation | None:
        """The expectation that covers `subject`, if there is one."""
        covering = [each for each in self._by_claim.get(subject.claim, ()) if each.covers(subject)]
        if len(covering) > 1:
            first, second = covering[:2]
            raise DataError(
                f'"{first.id}" and "{second.id}" both forecast {_described(subject)}.',
                where=" and ".join(dict.fromkeys(str(self.files[each.id]) for each in (first, second))),
                remedy="Narrow one of them, so that each verdict has one forecast.",
            )
        return covering[0] if covering else None

    def due(self, today: date) -> tuple[Expectation, ...]:
        """Those whose review date has passed."""
        return tuple(each for each in self.expectations if each.review < today)

    def refuse_overlaps(self, claims: Catalogue, releases: Releases) -> None:
        """Finds two expectations about one verdict before anything is run, as far as versions are known by then."""
        forecasts = Counter((claim, each.standing) for each in self.expectations for claim in each.claims)
        for cell in releases.cells:
            tf = cell.environment.release.presumed_tf
            for claim in claims.applying_to(tf, cell.mode):
                for way, standing in product(claim.ways_or_itself(), Standing):
                    if forecasts[claim.id, standing] > 1:  # of most there is one alone
                        self.about(Subject(claim.id, way, standing, tf, cell.environment.hub, cell.mode, cell.keras))

    def refuse_unreachable_advice(self, releases: Releases) -> None:
        """Finds advice whose proof lies in an environment that does not exist, so that nothing could ever prove it."""
        for expectation in self.expectations:
            for number, advice in enumerate(expectation.advice, start=1):
                for key, named, known in (
                    ("tf", advice.tf, {release.tf for release in releases.releases}),
                    ("hub", advice.hub, {environment.hub_line for environment in releases.environments}),
                ):
                    if named:
                        where = f'[[expectation]] "{expectation.id}", instead number {number}, key `{key}`'
                        require_known(self.files[expectation.id], where, named, known)


def load_expectations(folder: Path, claims: Catalogue) -> Expectations:
    """Reads the expectations of all files of `folder` and checks them against the claims."""
    rows = {path: _read(path) for path in data_files(folder)}
    require_unique_across("expectation", {path: [row.id for row in of_file] for path, of_file in rows.items()})
    for path, of_file in rows.items():
        for row in of_file:
            _check(path, row, claims)
    return Expectations(
        expectations=tuple(chain.from_iterable(rows.values())),
        files={row.id: path for path, of_file in rows.items() for row in of_file},
    )


@lru_cache(maxsize=4096)  # a few specifiers are put to a few versions, in thousands of verdicts
def in_range(specifiers: str, version: str) -> bool:
    """Whether `version` is in the range; a pre-release counts as its release where none is named.

    Taken to the letter, 2.22.0rc0 is neither in ">=2.22" nor in "<2.22": two forecasts that meet there would both
    leave it out.
    """
    exact = Version(version)
    release = Version(exact.base_version)
    for specifier in SpecifierSet(specifiers):
        names_prerelease = Version(specifier.version.removesuffix(".*")).is_prerelease
        if not specifier.contains(exact if names_prerelease else release, prereleases=True):
            return False
    return True


def _read(path: Path) -> tuple[Expectation, ...]:
    data = load_toml(path, SCHEMA)
    check_keys(path, data, {"expectation"})
    return read_rows(path, data, "expectation", Expectation)


def _check(path: Path, row: Expectation, claims: Catalogue) -> None:
    where = f'[[expectation]] "{row.id}"'
    for name in row.claims:
        require_known(path, f"{where}, key `claims`", name, set(claims.claim_by_id))
        if row.way is not None:
            require_known(path, f"{where}, key `way`", row.way, set(claims.claim_by_id[name].ways))
    for number, advice in enumerate(row.advice, start=1):
        _check_advice(path, f"{where}, instead number {number}", advice, claims)
    for key, specifiers in (("tf", row.tf), ("hub", row.hub)):
        require_specifiers(path, f"{where}, key `{key}`", specifiers)
    _check_verdict(path, where, row)


def _check_advice(path: Path, where: str, advice: Advice, claims: Catalogue) -> None:
    for name in advice.claims:
        require_known(path, f"{where}, key `claims`", name, set(claims.claim_by_id))
        if advice.way:
            require_known(path, f"{where}, key `way`", advice.way, set(claims.claim_by_id[name].ways))


def _check_verdict(path: Path, where: str, row: Expectation) -> None:
    if row.verdict is Verdict.AGREES and not set(row.outcomes) <= set(LOSING):
        raise DataError(
            'forecasts "agrees", which needs no forecast but where something is lost.',
            where=f"{path}, {where}, key `verdict`",
            remedy=f"Drop the expectation, or forecast no other outcomes than: {', '.join(LOSING)}.",
        )
    if not row.outcomes:
        raise DataError(
            "forecasts no outcome, so no observation could meet it.",
            where=f"{path}, {where}, key `outcomes`",
            remedy=f"Name at least one of: {', '.join(Outcome)}.",
        )


def _described(subject: Subject) -> str:
    way = f" ({subject.way})" if subject.way else ""
    return (
        f"the {subject.standing} verdict on {subject.claim}{way} with tensorflow {subject.tf}, "
        f"tensorflow_hub {subject.hub}, {subject.mode}, {subject.keras} Keras"
    )
