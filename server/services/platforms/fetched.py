"""
What a fetcher answered, checked before it is believed.

An answer of another shape than the contract's is refused whole. Single readings and posts that cannot be
true or cannot be stored are left out and counted (`odd`): one slip of a plugin must not cost the rest.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from linkroll_sdk import (
    AccountFacts,
    AccountReadings,
    Availability,
    DeadMetric,
    FoundPost,
    Measure,
    Metric,
    MetricName,
    PostKind,
    PostPage,
    PostReadings,
    Reading,
    UnexpectedAnswer,
)

from server.services.platforms.answers import MAX_COUNT, mended

EARLIEST = date(2004, 1, 1)
"""No platform is older."""
LARGEST = 1e18
MAX_ID = 200
MAX_URL = 2000
MAX_TEXT = 10_000
MAX_WORD = 100
MAX_CURSOR = 10_000
MAX_READINGS = 50_000
"""In one answer about an account: a hundred metrics over more than a year of days."""
MAX_POSTS = 2_000
"""On one page of a listing."""
MAX_POST_READINGS = 1_000
MAX_DEAD = 1_000
TOMORROW = timedelta(days=1)
"""How far ahead of our calendar a platform's may be."""
SLACK = timedelta(days=7)
"""How much further back than its plugin says a platform may tell: each month is a table of its own."""


@dataclass(frozen=True, slots=True)
class Believed:
    """The readings that can be believed, and how many could not."""

    readings: tuple[Reading, ...]
    odd: int = 0


Entry = tuple[MetricName, str]
"""A catalogue entry of one level: its common name, and the platform's."""


def entries_of(metrics: Iterable[Metric]) -> dict[Entry, Metric]:
    """Catalogue entries by what a reading calls them."""
    return {(metric.name, metric.platform_name): metric for metric in metrics}


def believed(readings: Iterable[object], entries: Mapping[Entry, Metric], today: date) -> Believed:
    """Those of *readings* that have an entry and that can be true."""
    given = list(readings)
    good = tuple(r for r in given if isinstance(r, Reading) and _is_sound(r, entries, today))
    return Believed(good, len(given) - len(good))


def _is_sound(reading: Reading, entries: Mapping[Entry, Metric], today: date) -> bool:
    metric = entries.get((reading.metric, reading.platform_name))
    return (
        metric is not None
        and isinstance(reading.availability, Availability)
        and (reading.value is not None) == (reading.availability is Availability.SUPPORTED)
        and (reading.value is None or _is_number(reading.value))
        and _is_day(reading, metric, today)
    )


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= LARGEST and math.isfinite(value)


def _is_day(reading: Reading, metric: Metric, today: date) -> bool:
    """Whether a number of a `DAY` metric has a day that its platform tells of, and others have none."""
    day, by_day = reading.day, metric.measure is Measure.DAY
    if day is None:
        return not by_day or reading.value is None
    if not by_day or not isinstance(day, date) or isinstance(day, datetime):
        return False
    first = today - min(metric.history or timedelta(), today - EARLIEST) - SLACK
    return max(first, EARLIEST) <= day <= today + TOMORROW


def checked_account(answer: object) -> AccountReadings:
    """The answer of `read_account`; `UnexpectedAnswer` when it is none."""
    if not isinstance(answer, AccountReadings) or not _is_word(answer.api_version):
        raise _odd("read_account")
    readings = _items(answer.readings, "read_account", MAX_READINGS)
    return replace(answer, readings=tuple(readings), dead=_dead(answer.dead))


def checked_page(answer: object, operation: str) -> PostPage:
    """The answer of `list_posts` or `list_stories`; `UnexpectedAnswer` when it is none."""
    if not isinstance(answer, PostPage) or not _is_word(answer.api_version):
        raise _odd(operation)
    if answer.after is not None and not (isinstance(answer.after, str) and len(answer.after) <= MAX_CURSOR):
        raise _odd(operation)
    posts = [_taken_in(post, operation) for post in _items(answer.posts, operation, MAX_POSTS)]
    return replace(answer, posts=tuple(posts), dead=_dead(answer.dead))  # type: ignore[arg-type]


def _taken_in(post: object, operation: str) -> object:
    """A listed post with its readings read out: whatever they come from is the plugin's."""
    if not isinstance(post, FoundPost):
        return post
    return replace(post, readings=tuple(_items(post.readings, operation, MAX_POST_READINGS)))


def checked_posts(answer: object, asked: Collection[str]) -> PostReadings:
    """The answer of `read_posts`, about posts that were *asked* about; `UnexpectedAnswer` when it is none."""
    if (
        not isinstance(answer, PostReadings)
        or not isinstance(answer.by_post, Mapping)
        or not _is_word(answer.api_version)
    ):
        raise _odd("read_posts")
    by_post = {
        key: tuple(_items(answer.by_post[key], "read_posts", MAX_POST_READINGS))
        for key in asked
        if key in answer.by_post
    }
    gone = frozenset(_items(answer.gone, "read_posts", MAX_POSTS)).intersection(asked) - by_post.keys()
    return replace(answer, by_post=by_post, gone=gone, dead=_dead(answer.dead))


def storable_post(post: object, now: datetime) -> FoundPost | None:
    """A listed post as it can be stored; None when it cannot."""
    if (
        not isinstance(post, FoundPost)
        or not isinstance(post.kind, PostKind)
        or not is_text(post.post_id, MAX_ID)
        or not _is_moment(post.published_at, now + TOMORROW)
    ):
        return None
    ends_at = post.ends_at if _is_moment(post.ends_at, now + timedelta(days=30)) else None
    return replace(
        post,
        url=post.url if is_text(post.url, MAX_URL) else None,
        text=mended(post.text[: 2 * MAX_TEXT].replace("\0", ""), MAX_TEXT)
        if isinstance(post.text, str)
        else "",
        thumbnail_url=post.thumbnail_url if is_text(post.thumbnail_url, MAX_URL) else None,
        ends_at=ends_at,
    )


def storable_facts(facts: object) -> AccountFacts | None:
    """What an account tells about itself, without what cannot be stored; None when it tells nothing."""
    if not isinstance(facts, AccountFacts):
        return None
    name = facts.display_name
    followers = facts.followers
    return AccountFacts(
        handle=facts.handle if is_text(facts.handle, MAX_ID) else None,
        display_name=mended(name[:600].replace("\0", ""), 300) if isinstance(name, str) and name else None,
        avatar_url=facts.avatar_url if is_text(facts.avatar_url, MAX_URL) else None,
        followers=followers if type(followers) is int and 0 <= followers <= MAX_COUNT else None,
    )


UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""What PostgreSQL keeps in no text: NUL, and halves of a character."""


def is_text(value: object, most: int) -> bool:
    """Whether a value is a text that can be stored as it is."""
    return isinstance(value, str) and 0 < len(value) <= most and not UNSTORABLE.search(value)


def _is_word(value: object) -> bool:
    return is_text(value, MAX_WORD)


def _is_moment(moment: object, latest: datetime) -> bool:
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        return False
    return datetime(EARLIEST.year, 1, 1, tzinfo=UTC) <= moment <= latest


def _dead(dead: object) -> tuple[DeadMetric, ...]:
    given = itertools.islice(dead, MAX_DEAD) if isinstance(dead, Iterable) else ()
    return tuple(d for d in given if isinstance(d, DeadMetric) and _is_word(d.platform_name))


def _items(given: Any, operation: str, most: int) -> list[Any]:
    """All there is, in memory; `UnexpectedAnswer` where it is no list, or may have no end."""
    if not isinstance(given, Iterable) or isinstance(given, str | bytes):
        raise _odd(operation)
    items = list(itertools.islice(given, most + 1))
    if len(items) > most:
        raise _odd(operation)
    return items


def _odd(operation: str) -> UnexpectedAnswer:
    return UnexpectedAnswer("the fetcher's answer is none", operation=operation, platform_code="answer")
