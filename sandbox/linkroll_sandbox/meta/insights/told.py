"""What Meta tells of the truth of a day, and when: late, too low at first, or not at all."""

from collections.abc import Iterable
from datetime import date

from linkroll_sandbox.clock import DAY, HOUR
from linkroll_sandbox.content import numbers
from linkroll_sandbox.content.accounts import Account
from linkroll_sandbox.content.days import end_of, start_of
from linkroll_sandbox.world import World

#: Numbers of people: those of several days cannot be added up.
_UNIQUE = frozenset({"reach", "accounts_engaged"})
#: How much of the later days' people were not already there on the best day [inference].
_NEW_PEOPLE = 0.35
_FINAL_AFTER_DAYS = 3
_LEAST = 100
_FEW = 83


def day_told(world: World, account: Account, metric: str, day: date) -> int | None:
    """The number of a day that is over, or None while Meta does not have it yet."""
    if end_of(day) > world.now() - _lag(world):
        return None
    return _revised(world, numbers.account_day(account, metric, day), day)


def window_told(world: World, account: Account, metric: str, days: Iterable[date]) -> int | None:
    """
    The total over *days*, as far as Meta has them, or None if it has none.

    Of the day that still runs it tells what has happened so far, unless insights lag.
    """
    told = [_told_so_far(world, account, metric, day) for day in days]
    values = [value for value in told if value is not None]
    if not values:
        return None
    return people_over(values) if metric in _UNIQUE else sum(values)


def people_over(values: list[int]) -> int:
    """How many different people make up the daily *values*: fewer than their sum."""
    most = max(values)
    return most + int((sum(values) - most) * _NEW_PEOPLE)


def is_too_small(world: World, account: Account) -> bool:
    """Whether the account has fewer than the hundred followers that some insights need."""
    return followers_shown(world, account) < _LEAST


def followers_shown(world: World, account: Account) -> int:
    """How many followers Meta shows: the true number, or what a small account has with the switch."""
    followers = numbers.account_total(account, "followers", world.now())
    return min(followers, _FEW) if world.is_on("meta_under_hundred_followers") else followers


def _told_so_far(world: World, account: Account, metric: str, day: date) -> int | None:
    now = world.now()
    if not _lag(world) and start_of(day) <= now < end_of(day):
        return numbers.account_day_so_far(account, metric, day, now)
    return day_told(world, account, metric, day)


def _lag(world: World) -> float:
    return int(world.switches["meta_insights_lag_hours"]) * HOUR


def _revised(world: World, value: int, day: date) -> int:
    """With the switch, six hundredths are missing for each day until the number is final."""
    age = int((world.now() - end_of(day)) // DAY)
    if not world.is_on("meta_revises") or age >= _FINAL_AFTER_DAYS:
        return value
    return int(value * (1 - 0.06 * (_FINAL_AFTER_DAYS - age)))
