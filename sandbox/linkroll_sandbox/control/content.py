"""Publishing and deleting as a person of the cast, and telling the truth about everybody's numbers."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from linkroll_sandbox.cast import Person
from linkroll_sandbox.content import accounts, library, numbers
from linkroll_sandbox.content.accounts import Account
from linkroll_sandbox.content.days import ZONE, day_of, days_from, end_of, iso, start_of
from linkroll_sandbox.content.posts import KINDS, STORY, Post
from linkroll_sandbox.control.inputs import ControlError, Input, one_of, only, text
from linkroll_sandbox.control.people import PLATFORMS, account_named
from linkroll_sandbox.world import World

_LEVELS = ("ACCOUNT", "POST", "STORY")
_MOST_DAYS = 800


def publish(world: World, person: Person, given: Input) -> dict[str, Any]:
    """Publish a post now; its id and address come back."""
    only(given, ("platform", "account", "kind", "text"))
    account = accounts.of(account_named(world.cast, person, given))
    kinds = list(dict.fromkeys(KINDS[account.platform])) + ([STORY] if account.has_stories else [])
    kind = one_of(given, "kind", kinds, default=kinds[0])
    words = text(given, "text") if "text" in given else ""
    return _post_facts(library.publish(world, account, kind, words), world.now())


def delete_post(world: World, person: Person, given: Input) -> dict[str, Any]:
    """Take a post down; it is named by the id that the platform's API takes."""
    only(given, ("platform", "account", "post"))
    account = accounts.of(account_named(world.cast, person, given))
    name = text(given, "post")
    post = library.find(world, account, name)
    if post is None:
        raise ControlError(f"{account.handle} has no post {name!r} on {account.platform}.", 404)
    library.delete(world, post)
    return {"id": post.id, "deleted_at": iso(world.now())}


#: What people do that has an answer of its own.
POSTINGS: dict[str, Callable[[World, Person, Input], dict[str, Any]]] = {
    "publish": publish,
    "delete-post": delete_post,
}


def truth_of(world: World, given: Input) -> dict[str, Any]:
    """What is so, whatever the platform tells of it."""
    only(given, ("platform", "account", "level", "from", "to", "at"))
    platform, level = one_of(given, "platform", PLATFORMS), one_of(given, "level", _LEVELS, "ACCOUNT")
    name = text(given, "account")
    account = accounts.named(world.cast, platform, name)
    if account is None:
        raise ControlError(f"Nobody is called {name!r} on {platform}.", 404)
    at = _moment(given, world.now())
    first, last = _days(given, at)
    head = {"platform": platform, "account": account.id, "handle": account.handle, "level": level}
    told = _account_truth if level == "ACCOUNT" else _posts_truth
    return {**head, "zone": ZONE, "at": iso(at), **told(world, account, level, first, last, at)}


def _account_truth(
    world: World, account: Account, level: str, first: date, last: date, at: float
) -> dict[str, Any]:
    metrics = numbers.DAY_METRICS[account.platform]
    days = [
        {
            "day": day.isoformat(),
            "complete": end_of(day) <= world.now(),
            "values": {metric: numbers.account_day(account, metric, day) for metric in metrics},
        }
        for day in days_from(first, last)
    ]
    totals = {metric: numbers.account_total(account, metric, at) for metric in numbers.TOTAL_METRICS}
    return {"days": days, "totals": {**totals, "posts": library.count(world, account)}}


def _posts_truth(
    world: World, account: Account, level: str, first: date, last: date, at: float
) -> dict[str, Any]:
    listed = library.stories if level == STORY else library.posts
    found = listed(world, account, start_of(first), end_of(last))
    return {"posts": [_post_facts(post, at) for post in found]}


def _post_facts(post: Post, at: float) -> dict[str, Any]:
    return {
        "id": post.id,
        "url": post.url,
        "kind": post.kind,
        "text": post.text,
        "published_at": iso(post.published_at),
        "ends_at": None if post.ends_at is None else iso(post.ends_at),
        "totals": {metric: numbers.post_total(post, metric, at) for metric in numbers.metrics_of(post)},
    }


def _moment(given: Input, now: float) -> float:
    """`at`, an aware time or Unix seconds; the present when it is not given."""
    words = given.get("at")
    if words is None:
        return now
    try:
        return float(words) if words.replace(".", "", 1).isdigit() else _aware(words)
    except ValueError as error:
        raise ControlError("at must be Unix seconds or a time with its offset.") from error


def _aware(words: str) -> float:
    read = datetime.fromisoformat(words)
    if read.tzinfo is None:
        raise ValueError(words)
    return read.timestamp()


def _days(given: Input, at: float) -> tuple[date, date]:
    """`from` and `to`, both included; the last thirty days when they are not given."""
    last = _day(given, "to") or day_of(at)
    first = _day(given, "from") or date.fromordinal(last.toordinal() - 29)
    if not 0 <= (last - first).days < _MOST_DAYS:
        raise ControlError(f"from must not be after to, nor {_MOST_DAYS} days before it.")
    return first, last


def _day(given: Input, name: str) -> date | None:
    words = given.get(name)
    try:
        return None if words is None else date.fromisoformat(words)
    except ValueError as error:
        raise ControlError(f"{name} must be a day such as 2026-11-20, not {words!r}.") from error
