"""The numbers of posts, each post by a call of its own, and what a silence about one means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from linkroll_meta.insights import reading
from linkroll_meta.verdicts import Untold
from linkroll_sdk import (
    Availability,
    DeadMetric,
    KnownPost,
    Metric,
    PostGone,
    PostKind,
    PostReadings,
    Reading,
    ask_narrowing,
)

STORY_LIFE = timedelta(hours=24)
MOST_STORY_PAGES = 5
"""Nobody has 250 stories in a day."""

Ask = Callable[[KnownPost, Sequence[Metric]], Awaitable[list[Reading]]]
"""Asks for these numbers of a post in one call."""


class PostBatch:
    """The posts of one fetch. A metric refused for one post is not asked again for others of its kind."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._by_post: dict[str, tuple[Reading, ...]] = {}
        self._gone: set[str] = set()
        # By name, as two catalogue entries may read one metric.
        self._dead: dict[str, DeadMetric] = {}
        self._refused: dict[PostKind, set[str]] = {}

    async def read(self, post: KnownPost, metrics: Sequence[Metric]) -> None:
        """Ask for the *metrics* of *post*, and note them, or that it is gone."""
        refused = self._refused.setdefault(post.kind, set())

        async def ask(some: Sequence[Metric]) -> list[Reading]:
            try:
                return await self._ask(post, some)
            except Untold as untold:
                return [Reading.none(m, untold.availability) for m in some]

        try:
            found = await ask_narrowing([m for m in metrics if m.platform_name not in refused], ask)
        except PostGone:
            self._gone.add(post.post_id)
            return
        self._dead |= {one.platform_name: one for one in found.dead}
        refused |= {one.platform_name for one in found.dead}
        untold = [Reading.none(m, Availability.NOT_SUPPORTED) for m in metrics if m.platform_name in refused]
        self._by_post[post.post_id] = (*(one for answer in found.answers for one in answer), *untold)

    def readings(self, api_version: str) -> PostReadings:
        """What was noted."""
        return PostReadings(self._by_post, api_version, frozenset(self._gone), tuple(self._dead.values()))


def post_reading(
    post: KnownPost, metric: Metric, value: float | None, *, is_omitted: bool, now: datetime
) -> Reading:
    """The reading of a post's number. *is_omitted*: the answer speaks of other metrics and not of this one."""
    if value is not None:
        return reading(metric, value)
    if post.kind is PostKind.STORY and post.published_at + STORY_LIFE <= now:
        return Reading.none(metric, Availability.LOST)
    # What a kind of post does not have may be left out in silence (meta sheet 4.2, measured for Instagram).
    return Reading.none(metric, Availability.NOT_SUPPORTED if is_omitted else Availability.NOT_YET)
