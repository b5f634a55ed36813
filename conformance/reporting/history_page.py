"""history.html: what changed from run to run, and each claim's line over the runs. It has no script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from conformance.claims.catalogue import Catalogue, Claim
from conformance.grouping import grouped
from conformance.history.retracing import Retraced
from conformance.reporting.history_news import Item
from conformance.reporting.history_strips import LineGroup, glyph, group_lines
from conformance.reporting.pages import environment, inlined
from conformance.words import Source, Standing

PAGE = "history.html"
_RUNS_SHOWN = 60  # runs with changes that the page lists; the feed and the store have more


class ClaimHistory(msgspec.Struct, frozen=True):
    """A claim with its lines."""

    claim: Claim
    literal: tuple[LineGroup, ...]
    implied: tuple[LineGroup, ...]

    @property
    def changed(self) -> bool:
        """Whether any line ever said something else."""
        return any(group.changed for group in (*self.literal, *self.implied))


def render_page(retraced: Retraced, news: Sequence[Item], claims: Catalogue, feed: str) -> str:
    """The page.

    Args:
        retraced: of at least one run.
        news: the latest first.
        feed: where the feed is, relative to the page.
    """
    by_claim = group_lines(retraced.lines)
    histories = [_history(claim, by_claim[claim.id]) for claim in claims.claims if claim.id in by_claim]
    by_run = grouped((item.run.path.name, item) for item in news)
    return (
        environment()
        .get_template("history.html.j2")
        .render(
            first=retraced.runs[0].finished,
            last=retraced.runs[-1].finished,
            runs=len(retraced.runs),
            kinds=Counter(info.kind for info in retraced.runs),
            news=list(by_run.values())[:_RUNS_SHOWN],
            untold=max(0, len(by_run) - _RUNS_SHOWN),
            page=[each for each in histories if each.claim.source is Source.PAGE],
            companions=[each for each in histories if each.claim.source is not Source.PAGE],
            feed=feed,
            style=inlined("style.css", "screens.css"),
            glyph=glyph,
        )
    )


def _history(claim: Claim, groups: tuple[LineGroup, ...]) -> ClaimHistory:
    return ClaimHistory(
        claim,
        literal=tuple(one for one in groups if one.standing is Standing.LITERAL),
        implied=tuple(one for one in groups if one.standing is Standing.IMPLIED and one.changed),
    )
