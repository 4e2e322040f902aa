"""
A process's share in a bucket: what it took in advance, and what it knows of the bucket's state.

The table `budget` is the truth; a purse saves asking it for every request.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from linkroll_sdk import Budget

from server.database import Database
from server.host import Host
from server.services.platforms.budget_windows import LENGTHS, Span, room_at, span_at

LEASE = 20
"""How many units a process takes in advance at first."""
MOST_LEASES = 8
"""How many times as many it takes where it goes on asking: all that it asks waits while it takes some."""
LEASES_A_LIMIT = 50
"""A lease is at most this part of the limit: what a process that dies takes with it is little."""
PATIENT = 0.9
"""How full a bucket may get by leases; beyond it units are taken one by one."""
MEMORY = timedelta(seconds=30)
"""How long a process believes that a bucket is empty before it looks again."""
MAX_PURSES = 10_000

# A request that was slow, or whose clock is, may come when others have turned the window already: it counts in
# theirs, as turning back would forget what they used.
OPEN = "b.window_start IN ($4, $12)"
USED = f"CASE WHEN {OPEN} THEN b.used ELSE 0 END"
BEFORE = f"CASE WHEN {OPEN} THEN b.previous_used WHEN b.window_start = $6 THEN b.used ELSE 0 END"
WEIGHT = "CASE WHEN b.window_start = $12 THEN $13::float8 ELSE $7::float8 END"

TAKE = f"""
INSERT INTO budget AS b (login, key, account_key, window_start, used) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (login, key, account_key) DO UPDATE
  SET previous_used = {BEFORE}, used = {USED} + $5,
    window_start = CASE WHEN {OPEN} THEN b.window_start ELSE $4 END
  WHERE ($8::float8 IS NULL OR {USED} + ({BEFORE}) * {WEIGHT} + $5 <= $8)
    AND (b.blocked_until IS NULL OR b.blocked_until <= $9)
    AND (b.told_percent IS NULL OR b.told_percent < $10 OR b.told_at <= $11)
RETURNING b.used
"""

GIVE_BACK = """
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::float8[])
    AS g(login, key, account_key, window_start, units)
), locked AS MATERIALIZED (
  SELECT b.login, b.key, b.account_key, g.units FROM budget b JOIN given g
    USING (login, key, account_key, window_start) ORDER BY 1, 2, 3 FOR UPDATE OF b
)
UPDATE budget b SET used = GREATEST(0, b.used - l.units) FROM locked l
WHERE (b.login, b.key, b.account_key) = (l.login, l.key, l.account_key)
"""


class Wait(Exception):
    """The bucket is empty, or blocked, *until* then."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


@dataclass(slots=True)
class Purse:
    """What this process holds of one bucket: *left* units of the window that began at *start*."""

    login: str
    budget: Budget
    account_key: str
    left: float = 0
    refills: int = 0
    start: datetime | None = None
    told: float = 0
    told_at: datetime | None = None
    empty: dict[float, tuple[datetime, datetime]] = field(default_factory=dict)
    """By share: until when the bucket counts as empty, and until when that is believed."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def key(self) -> tuple[str, str, str]:
        """Where the bucket stands."""
        return self.login, self.budget.key, self.account_key

    def cap(self, share: float) -> float | None:
        """How much of the bucket may be used; None where there is no limit of ours."""
        return None if self.budget.limit is None else self.budget.limit * share

    def turn(self, span: Span) -> None:
        """A new window began: what is left of the old one is worth nothing."""
        if self.start != span.start:
            self.left, self.refills, self.start, self.empty = 0, 0, span.start, {}


_purses: WeakKeyDictionary[Database, dict[tuple[str, str, str], Purse]] = WeakKeyDictionary()


def purse_of(host: Host, login: str, budget: Budget, account_key: str) -> Purse:
    """This process's purse for a bucket."""
    purses = _purses.setdefault(host.database, {})
    key = (login, budget.key, account_key)
    if key not in purses and len(purses) >= MAX_PURSES:
        # The oldest goes, with the few units in it: they count as used until the window is over.
        purses.pop(next(iter(purses)))
    return purses.setdefault(key, Purse(login, budget, account_key))


async def take(host: Host, purse: Purse, cost: int, share: float) -> None:
    """Take *cost* units, using at most *share* of the bucket. Raises `Wait`."""
    async with purse.lock:
        now = host.now()
        span = span_at(purse.budget.window, now)
        purse.turn(span)
        _check_memory(purse, share, now)
        if purse.left < cost and not await _refill(host, purse, cost, share, span):
            until = await _why_not(host, purse, cost, share, span)
            purse.empty[share] = (until, min(until, now + MEMORY))
            raise Wait(until)
        purse.left -= cost


def _check_memory(purse: Purse, share: float, now: datetime) -> None:
    until, believed_until = purse.empty.get(share, (now, now))
    if now < believed_until:
        raise Wait(until)


async def _refill(host: Host, purse: Purse, cost: int, share: float, span: Span) -> bool:
    """Fill the purse by a lease, or where that is too much, by what is needed now."""
    lease = _lease(purse, cost)
    # Units taken in advance must be good for anybody: never from what only urgent requests may use.
    for units, part in ((lease, min(share, PATIENT)), (cost, share)):
        if await _take(host, purse, units, part, span):
            purse.left += units
            purse.refills += 1
            return True
    return False


def _lease(purse: Purse, cost: int) -> int:
    times, limit = LEASE * min(1 + purse.refills, MOST_LEASES), purse.budget.limit
    if limit is None:
        return cost * times
    return cost * max(1, min(times, limit // (LEASES_A_LIMIT * cost)))


async def _take(host: Host, purse: Purse, units: float, share: float, span: Span) -> bool:
    cap, now = purse.cap(share), host.now()
    if cap is not None and units > cap:
        return False
    rows = await host.database.fetch(
        TAKE,
        *purse.key,
        span.start,
        units,
        span.before,
        span.weight(now),
        cap,
        now,
        share * 100,
        now - _trust(purse.budget),
        span.end,
        span.weight(span.start),
    )
    return bool(rows)


def _trust(budget: Budget) -> timedelta:
    """
    How long a bucket that was told to be full is left alone where nothing says when it regains.

    Then one request goes through, whose answer tells anew.
    """
    return max(LENGTHS[budget.window] / 12, timedelta(minutes=1))


async def _why_not(host: Host, purse: Purse, cost: int, share: float, span: Span) -> datetime:
    """Until when to wait."""
    row = await host.database.fetchrow(
        "SELECT window_start, used, previous_used, told_percent, told_at, blocked_until FROM budget"
        " WHERE login = $1 AND key = $2 AND account_key = $3",
        *purse.key,
    )
    now, cap = host.now(), purse.cap(share)
    waits = [now + timedelta(seconds=1)]
    if row is None:
        return span.end if cap is not None else waits[0]
    if row["blocked_until"] is not None:
        waits.append(row["blocked_until"])
    if row["told_percent"] is not None and row["told_percent"] >= share * 100:
        waits.append(row["told_at"] + _trust(purse.budget))
    if cap is not None and row["window_start"] == span.start:
        used, previous = row["used"], row["previous_used"] if span.slides else 0
        if used + previous * span.weight(now) + cost > cap:
            waits.append(room_at(used, previous, cap, cost, span, now))
    return max(waits)


async def block(host: Host, purse: Purse, retry_after: float | None) -> None:
    """The platform refused: nobody takes from the bucket until *retry_after* seconds are over."""
    now = host.now()
    until = now + _pause(purse.budget, retry_after, now)
    purse.empty = dict.fromkeys((PATIENT, 1.0), (until, min(until, now + MEMORY)))
    await host.database.fetch(
        "INSERT INTO budget AS b (login, key, account_key, window_start, blocked_until)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (login, key, account_key) DO UPDATE"
        " SET blocked_until = GREATEST(b.blocked_until, $5)",
        *purse.key,
        span_at(purse.budget.window, now).start,
        until,
    )


def _pause(budget: Budget, retry_after: float | None, now: datetime) -> timedelta:
    if retry_after is not None and math.isfinite(retry_after):
        return timedelta(seconds=min(max(retry_after, 1), 2 * 86_400))
    span = span_at(budget.window, now)
    return span.end - now if not span.slides else _trust(budget)


async def tell(host: Host, purse: Purse, percent: float, regains: timedelta | None) -> None:
    """Keep what an answer told: *percent* of the bucket are used, and it *regains* after that time."""
    if not isinstance(percent, int | float) or not math.isfinite(percent) or percent < 0:
        return
    now = host.now()
    if purse.told_at is not None and now - purse.told_at < MEMORY and abs(percent - purse.told) < 1:
        return
    purse.told, purse.told_at = percent, now
    blocked = now + regains if regains is not None and percent >= 100 else None
    await host.database.fetch(
        "INSERT INTO budget AS b (login, key, account_key, window_start, told_percent, told_at, blocked_until)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (login, key, account_key) DO UPDATE"
        " SET told_percent = $5, told_at = $6, blocked_until = GREATEST(b.blocked_until, $7)",
        *purse.key,
        span_at(purse.budget.window, now).start,
        float(percent),
        now,
        blocked,
    )
    if percent >= PATIENT * 100:
        # What was taken in advance was taken in better times.
        await settle(host, purse.login)


async def settle(host: Host, login: str) -> None:
    """Give back what this process did not need of a login's buckets, and forget their purses."""
    purses = _purses.setdefault(host.database, {})
    mine = [purse for purse in purses.values() if purse.login == login]
    given = [(*p.key, p.start, p.left) for p in mine if p.left > 0 and p.start is not None]
    # Emptied before anybody waits for the database: whoever asks meanwhile takes a lease of its own.
    for purse in mine:
        purse.left = 0
        if purse.account_key and not purse.lock.locked():
            purses.pop(purse.key, None)
    if given:
        await host.database.fetch(GIVE_BACK, *(list(column) for column in zip(*given, strict=True)))
