"""
What the platforms' quotas will be asked for: the present roster at the present pace, against each bucket.

Counted from the plan, not from the past, so it answers before the first request is refused. It leaves out
refreshes, probes and repeats, which are few, and reads no more than a handful of sums, however large the
roster is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from linkroll_sdk import Budget, Login, MetricFetcher, Window, Work

from server.database import Record
from server.host import Host
from server.services.platforms.budget_windows import LENGTHS, Span, estimate, span_at
from server.services.polling.account_polling import account_interval
from server.services.polling.post_polling import shortest_cadence
from server.services.polling.rhythm import POST_AGES
from server.services.polling.story_polling import story_interval


@dataclass(frozen=True, slots=True)
class WorkDemand:
    """What one kind of fetching asks of a bucket in one window."""

    platform: str
    work: Work
    requests: float


@dataclass(frozen=True, slots=True)
class QuotaForecast:
    """
    One bucket of a login, and what the roster asks of it in one window.

    *limit* is what the platform allows, as the plugin declares it or as its answers let us reckon
    (*limit_is_told*); None where nobody knows. *demand* and *used* are in the bucket's own units, *percent*
    is the demand's share of the limit, *told_percent* what the platform said last. *runs_out_at* is when the
    bucket is empty in the present window at this pace, None when it lasts. With *per_account* the numbers are
    those of the account that asks most.
    """

    login: str
    budget: str
    window: Window
    per_account: bool
    accounts: int
    limit: float | None
    limit_is_told: bool
    demand: float
    used: float
    percent: float | None
    told_percent: float | None
    window_ends_at: datetime
    blocked_until: datetime | None
    runs_out_at: datetime | None
    works: tuple[WorkDemand, ...]
    source: str


@dataclass(frozen=True, slots=True)
class _Pace:
    """How often one platform's accounts are worked on by a login: *units* of *work* an hour, for all and at most."""

    platform: str
    work: Work
    units: float
    largest: float


ACCOUNTS = """
SELECT p.platform, p.work, count(*) AS accounts FROM poll p
JOIN social_account a ON a.id = p.account_id JOIN oauth_grant g ON g.id = a.grant_id
WHERE g.login = $1 GROUP BY 1, 2
"""

# Posts of one account and age are read together, so they cost batches.
POSTS = """
SELECT f.platform, f.class, sum(f.posts) AS posts, sum(ceil(f.posts / b.size)) AS batches,
  max(ceil(f.posts / b.size)) AS largest
FROM (
  SELECT p.platform, p.account_id, count(*)::float8 AS posts, CASE WHEN p.kind = 'STORY' THEN -1
    ELSE width_bucket(extract(epoch FROM $2 - p.published_at)::float8, $3::float8[]) END AS class
  FROM post p JOIN social_account a ON a.id = p.account_id JOIN oauth_grant g ON g.id = a.grant_id
  WHERE g.login = $1 AND p.next_read_at IS NOT NULL GROUP BY 1, 2, 4
) f JOIN unnest($4::text[], $5::float8[]) AS b(platform, size) USING (platform)
GROUP BY 1, 2
"""

BUCKETS = """
SELECT DISTINCT ON (key) key, used, previous_used, window_start, told_percent, told_at, blocked_until
FROM budget WHERE login = $1 ORDER BY key, (window_start = ANY($2::timestamptz[])) DESC, used DESC
"""


async def quota_forecast(host: Host) -> list[QuotaForecast]:
    """Every bucket of every login that has accounts, what runs out first before the others."""
    found: list[QuotaForecast] = []
    for login in host.platforms.logins.values():
        found += await _of_login(host, login)
    never = host.now() + timedelta(days=36_500)
    return sorted(found, key=lambda f: (f.runs_out_at or never, -(f.percent or 0.0), f.login, f.budget))


async def _of_login(host: Host, login: Login) -> list[QuotaForecast]:
    fetchers = {p.key: p.metrics for p in host.platforms if p.metrics is not None and p.key in login.serves}
    accounts = await host.database.fetch(ACCOUNTS, login.key)
    if not accounts or not fetchers:
        return []
    paces = [*_account_paces(host, login, fetchers, accounts), *await _post_paces(host, login, fetchers)]
    spans = {budget.key: span_at(budget.window, host.now()) for budget in login.budgets}
    starts = [span.start for span in spans.values()]
    rows = {row["key"]: row for row in await host.database.fetch(BUCKETS, login.key, starts)}
    by_platform: dict[str, int] = {}
    for row in accounts:
        by_platform[row["platform"]] = max(by_platform.get(row["platform"], 0), row["accounts"])
    number = sum(by_platform.values())
    return [
        _forecast(host, login, budget, paces, fetchers, number, spans[budget.key], rows.get(budget.key))
        for budget in login.budgets
    ]


def _account_paces(
    host: Host, login: Login, fetchers: Mapping[str, MetricFetcher], accounts: Iterable[Record]
) -> list[_Pace]:
    paces = []
    for row in accounts:
        fetcher = fetchers.get(row["platform"])
        if fetcher is not None:
            an_hour = _an_hour(_interval(host, fetcher, login.key, Work(row["work"])))
            work = Work(row["work"])
            paces.append(_Pace(row["platform"], work, row["accounts"] * an_hour, an_hour))
    return paces


def _interval(host: Host, fetcher: MetricFetcher, login: str, work: Work) -> timedelta:
    match work:
        case Work.ACCOUNT:
            return account_interval(fetcher, login)
        case Work.STORIES:
            return story_interval(host)
        case _:
            return timedelta(minutes=host.settings.posts_every_minutes)


def _an_hour(every: timedelta) -> float:
    return timedelta(hours=1) / every


async def _post_paces(host: Host, login: Login, fetchers: Mapping[str, MetricFetcher]) -> list[_Pace]:
    rows = await host.database.fetch(
        POSTS,
        login.key,
        host.now(),
        [limit.total_seconds() for limit, _ in POST_AGES],
        list(fetchers),
        [float(max(1, fetcher.post_batch)) for fetcher in fetchers.values()],
    )
    return [pace for row in rows if (pace := _post_pace(host, login, fetchers[row["platform"]], row))]


def _post_pace(host: Host, login: Login, fetcher: MetricFetcher, row: Record) -> _Pace | None:
    """Readings of one class of age; class -1 are stories, those past the last age are not read."""
    number = row["class"]
    if number == -1:
        every = story_interval(host)
    elif number < len(POST_AGES):
        every = max(POST_AGES[number][1], shortest_cadence(fetcher, login.key))
    else:
        return None
    if number == 0 and fetcher.listing_has_metrics:
        # The listing brings them along.
        return None
    an_hour = _an_hour(every)
    return _Pace(row["platform"], Work.POST_METRICS, row["batches"] * an_hour, row["largest"] * an_hour)


def _forecast(
    host: Host,
    login: Login,
    budget: Budget,
    paces: Iterable[_Pace],
    fetchers: Mapping[str, MetricFetcher],
    accounts: int,
    span: Span,
    row: Record | None,
) -> QuotaForecast:
    now = host.now()
    works = _demands(login, budget, paces, fetchers)
    demand = sum(work.requests for work in works)
    used = _used(row, span, now)
    told = row["told_percent"] if row else None
    limit = (
        budget.limit
        if budget.limit is not None
        else _told_limit(used, told if _is_new(row, span, now) else None)
    )
    return QuotaForecast(
        login=login.key,
        budget=budget.key,
        window=budget.window,
        per_account=budget.per_account,
        accounts=accounts,
        limit=limit,
        limit_is_told=budget.limit is None and limit is not None,
        demand=demand,
        used=used,
        percent=None if limit is None else 100 * demand / limit if limit else 100.0,
        told_percent=told,
        window_ends_at=span.end,
        blocked_until=row["blocked_until"] if row and (row["blocked_until"] or now) > now else None,
        runs_out_at=_runs_out_at(limit, used, demand, span, now),
        works=works,
        source=budget.source,
    )


def _demands(
    login: Login, budget: Budget, paces: Iterable[_Pace], fetchers: Mapping[str, MetricFetcher]
) -> tuple[WorkDemand, ...]:
    """What each kind of work takes from the bucket in one window, largest first."""
    hours = LENGTHS[budget.window] / timedelta(hours=1)
    sums: dict[tuple[str, Work], float] = {}
    for pace in paces:
        units = pace.largest if budget.per_account else pace.units
        for cost in fetchers[pace.platform].costs:
            if cost.work is pace.work and cost.login in (None, login.key) and budget.covers(cost.operation):
                key = (pace.platform, pace.work)
                sums[key] = sums.get(key, 0.0) + units * hours * cost.requests * budget.cost
    works = [WorkDemand(platform, work, requests) for (platform, work), requests in sums.items()]
    return tuple(sorted(works, key=lambda work: -work.requests))


def _used(row: Record | None, span: Span, now: datetime) -> float:
    if row is None:
        return 0.0
    if row["window_start"] == span.start:
        return estimate(row["used"], row["previous_used"], span, now)
    return estimate(0, row["used"], span, now) if row["window_start"] == span.before else 0.0


def _is_new(row: Record | None, span: Span, now: datetime) -> bool:
    """Whether the platform's word is about what counts as used now."""
    return row is not None and row["told_at"] is not None and row["told_at"] > now - (span.end - span.start)


def _told_limit(used: float, told: float | None) -> float | None:
    """What the whole must be where the platform told a share of it; None where that says nothing."""
    return used / (told / 100) if told and used else None


def _runs_out_at(
    limit: float | None, used: float, demand: float, span: Span, now: datetime
) -> datetime | None:
    if limit is None:
        return None
    left = limit - used
    if left <= 0:
        return now
    if demand <= 0:
        return None
    at = now + (span.end - span.start) * (left / demand)
    return at if at < span.end else None
