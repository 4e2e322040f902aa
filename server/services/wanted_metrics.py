"""What is asked for in one fetch: what the catalogue has, the person allowed, and time has made due. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from linkroll_sdk import Level, Measure, Metric, MetricFetcher, PostKind

from server.services.poll_jobs import Job
from server.services.rhythm import has_beaten

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
    ask = tuple(
        m
        for m in allowed
        if not job.refuses(m.platform_name, now)
        and (asked_since or has_beaten(job.account_id, m.cadence, read_at, now))
    )
    return Wanted(ask, tuple(m for m in told if m not in allowed))


def _fits(metric: Metric, kinds: Iterable[PostKind]) -> bool:
    return metric.kinds is None or any(kind in metric.kinds for kind in kinds)


def by_first_day(
    metrics: Sequence[Metric], read_at: datetime | None, today: date
) -> list[tuple[date, list[Metric]]]:
    """
    *metrics* with the first day to ask for, in as few calls as their histories allow.

    Metrics of the moment have no days and go along with the others.
    """
    groups: dict[timedelta | None, list[Metric]] = {}
    for metric in metrics:
        if metric.measure is Measure.DAY:
            groups.setdefault(metric.history, []).append(metric)
    calls = [(_first_day(group, history, read_at, today), group) for history, group in groups.items()]
    momentary = [m for m in metrics if m.measure is not Measure.DAY]
    if momentary and calls:
        calls[0][1].extend(momentary)
    return calls or ([(today, momentary)] if momentary else [])


def _first_day(
    group: Sequence[Metric], history: timedelta | None, read_at: datetime | None, today: date
) -> date:
    if history is None:
        return today
    # What has a slow cadence was perhaps not asked for at the last reading, but at one before.
    slowest = max(metric.cadence for metric in group)
    latest = max(metric.delay for metric in group)
    first = today - BACK_FILL * DAY
    if read_at is not None:
        first = min(read_at.date(), today - slowest.days * DAY) - (LATE + latest.days) * DAY
    return min(max(first, today - history.days * DAY), today)
