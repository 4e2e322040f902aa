"""What is asked for in one fetch: what the catalogue has, the person allowed, and time has made due. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from linkroll_sdk import Level, Measure, Metric, MetricFetcher, PostKind

from server.services.polling.poll_jobs import Job
from server.services.polling.rhythm import has_beaten

BACK_FILL = 30
"""How many days are read at first."""
LATE = 3
"""How many days before the last reading are read again, beyond a metric's delay: numbers change for a while."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """*ask* is asked for now; for *lacking* the person did not grant what it needs."""

    ask: tuple[Metric, ...]
    lacking: tuple[Metric, ...]


def wanted(
    fetcher: MetricFetcher,
    job: Job,
    level: Level,
    now: datetime,
    read_at: datetime | None,
    kinds: Collection[PostKind] = (),
) -> Wanted:
    """
    What to ask for where the last reading was at *read_at*: each metric by its own cadence, or all that there
    is where somebody asked since. *kinds*: those of the posts it is for.
    """
    told = [m for m in fetcher.catalogue(level, job.login) if not kinds or _fits(m, kinds)]
    allowed = [m for m in told if not m.missing(job.login, job.scopes)]
    asked_since = job.asked_at is not None and (read_at is None or job.asked_at >= read_at)
    # A new consent may allow what was never read.
    everything = asked_since or is_new_consent(read_at, job.consented_at)
    ask = tuple(
        m
        for m in allowed
        if not job.refuses(m.platform_name, now)
        and (everything or has_beaten(job.account_id, m.cadence, read_at, now))
    )
    return Wanted(ask, tuple(m for m in told if m not in allowed))


def _fits(metric: Metric, kinds: Iterable[PostKind]) -> bool:
    return metric.kinds is None or any(kind in metric.kinds for kind in kinds)


def is_new_consent(read_at: datetime | None, consented_at: datetime | None) -> bool:
    """Whether the person consented since the last reading."""
    return read_at is not None and consented_at is not None and consented_at > read_at


@dataclass(frozen=True, slots=True)
class Call:
    """One question about an account: *metrics*, by days from *since* to *until*."""

    since: date
    until: date
    metrics: list[Metric]


def calls_for(
    metrics: Sequence[Metric],
    read_at: datetime | None,
    consented_at: datetime | None,
    today: date,
    most_days: int | None,
) -> list[Call]:
    """
    The questions about *metrics*, in as few as their histories and *most_days* allow, the newest days first.

    Metrics of the moment have no days and go along with the first.
    """
    groups: dict[timedelta | None, list[Metric]] = {}
    for metric in metrics:
        if metric.measure is Measure.DAY:
            groups.setdefault(metric.history, []).append(metric)
    calls = [
        Call(since, until, list(group))
        for group in groups.values()
        for since, until in _parts(first_day(group, read_at, consented_at, today), today, most_days)
    ]
    momentary = [m for m in metrics if m.measure is not Measure.DAY]
    if momentary and calls:
        calls[0].metrics.extend(momentary)
    return calls or ([Call(today, today, momentary)] if momentary else [])


def _parts(since: date, until: date, most_days: int | None) -> list[tuple[date, date]]:
    """First and last of each stretch of at most *most_days*, the newest first."""
    if most_days is None:
        return [(since, until)]
    lasts = [until - n * DAY for n in range(0, (until - since).days + 1, most_days)]
    return [(max(since, last - (most_days - 1) * DAY), last) for last in lasts]


def first_day(
    group: Sequence[Metric], read_at: datetime | None, consented_at: datetime | None, today: date
) -> date:
    """The first day that is asked for next of metrics of one history: what was not read before, never will be."""
    history = group[0].history
    if history is None:
        return today
    first = today - BACK_FILL * DAY
    if read_at is not None:
        # What has a slow cadence was perhaps not asked for at the last reading, but at one before.
        slowest = max(metric.cadence for metric in group)
        latest = max(metric.delay for metric in group)
        again = min(read_at.date(), today - slowest.days * DAY) - (LATE + latest.days) * DAY
        first = min(first, again) if is_new_consent(read_at, consented_at) else again
    return min(max(first, today - history.days * DAY), today)
