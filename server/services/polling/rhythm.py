"""
When to read what. Pure.

Every account has its own phase, and all intervals keep it: accounts spread over the hour and the day, while
the readings of one account fall together, so that its posts fit into few requests. A reading that comes late
moves none of the next.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 5, tzinfo=UTC)
WEEK = timedelta(weeks=1)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SPREAD = 92_821
"""A prime: neighbouring accounts stand far apart."""

FRESH = DAY
"""Posts younger than this come before accounts."""
POST_AGES = ((FRESH, HOUR), (WEEK, 6 * HOUR), (timedelta(days=30), DAY), (timedelta(days=365), WEEK))
"""Up to which age a post is read how often; older ones are left alone."""

LAST_CALL = timedelta(minutes=10)
"""How long before its end a story is read for the last time."""
CLOSE_ENOUGH = timedelta(minutes=15)
"""A reading at most that long before a story's end counts as its last numbers."""
STORY_LIFE = DAY


def _phase(account_id: int) -> timedelta:
    return timedelta(seconds=account_id * SPREAD % int(WEEK.total_seconds()))


def beat_before(account_id: int, every: timedelta, now: datetime) -> datetime:
    """The account's last beat of an interval, at or before *now*."""
    return now - (now - EPOCH - _phase(account_id)) % every


def next_beat(account_id: int, every: timedelta, now: datetime) -> datetime:
    """The account's next beat that is at least half the interval away."""
    beat = beat_before(account_id, every, now) + every
    return beat if beat - now >= every / 2 else beat + every


def has_beaten(account_id: int, every: timedelta, since: datetime | None, now: datetime) -> bool:
    """Whether a beat fell between *since* and *now*: what was read at *since* is due again."""
    return since is None or beat_before(account_id, every, now) > since


def post_interval(published_at: datetime, now: datetime) -> timedelta | None:
    """How often a post of its age is read; None when it no longer is."""
    age = now - published_at
    return next((every for limit, every in POST_AGES if age < limit), None)


def next_post_reading(
    account_id: int, published_at: datetime, now: datetime, at_most_every: timedelta = HOUR
) -> datetime | None:
    """When a post is read again, and no oftener than its numbers change."""
    every = post_interval(published_at, now)
    return None if every is None else next_beat(account_id, max(every, at_most_every), now)


def next_story_reading(ends_at: datetime, now: datetime, every: timedelta) -> datetime:
    """When a story is read again: close before its end in any case. After that its end is what is left."""
    last_call = ends_at - LAST_CALL
    return min(now + every, last_call) if now < last_call else max(ends_at, now)
