"""
What a campaign's posts come to together, and everything that is not in it. Pure.

Posts come in groups, each of one account and one kind: whether there is a number, and why not, is the same
question for all of a group. So thousands of posts are a few hundred groups, and no post is lost on the way:
of every metric that a group is asked for, each of its posts is either in the sum or left out with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from linkroll_sdk import Measure, Metric, MetricName, Unit

from server.services.metrics.metric_answers import Availability, Subject, names_for, why_none


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest word on one metric of *posts* posts of a group, all from one source."""

    metric: str
    availability: str
    posts: int
    value: float | None
    oldest: datetime
    newest: datetime
    login: str
    platform_metric: str
    api_version: str
    definition: str


@dataclass(frozen=True, slots=True)
class Group:
    """The posts of one account and kind, what their platform tells of such posts, and what was read."""

    subject: Subject
    posts: int
    catalogue: Mapping[MetricName, Metric]
    readings: Sequence[Reading]


@dataclass(frozen=True, slots=True)
class Part:
    """What *posts* posts of one platform add to a sum."""

    platform: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Sum:
    """One metric over posts, in one unit."""

    name: MetricName
    unit: Unit
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, order=True, slots=True)
class LeftOut:
    """Why posts are in no sum."""

    metric: MetricName
    platform: str
    availability: Availability
    reason: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Totals:
    """All of it; what was left out with the number of posts."""

    posts: int = 0
    sums: Sequence[Sum] = ()
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)


def total_up(groups: Iterable[Group], asked: Sequence[MetricName] | None) -> Totals:
    """The totals over groups, of the metrics *asked* for; None: of each post all that its platform tells."""
    posts, sums, left_out = 0, dict[tuple[MetricName, Unit], Sum](), dict[LeftOut, int]()
    for group in groups:
        posts += group.posts
        readings: dict[str, list[Reading]] = {}
        for reading in group.readings:
            readings.setdefault(reading.metric, []).append(reading)
        for name in names_for(asked, group.catalogue, readings):
            found = readings.get(name.value, [])
            for part, unit in _parts(name, group, found):
                sums.setdefault((name, unit), Sum(name, unit)).parts.append(part)
            for why, number in _left_out(name, group, found):
                left_out[why] = left_out.get(why, 0) + number
    order = {name: place for place, name in enumerate(asked or MetricName)}
    return Totals(
        posts,
        sorted(sums.values(), key=lambda one: (order[one.name], one.unit)),
        {why: left_out[why] for why in sorted(left_out, key=lambda why: (order[why.metric], why))},
    )


def _parts(name: MetricName, group: Group, found: Sequence[Reading]) -> Iterable[tuple[Part, Unit]]:
    metric = group.catalogue.get(name)
    if metric is None or _why_not_summed(metric) is not None:
        return
    for reading in found:
        if reading.value is not None:
            yield Part(group.subject.link.platform, reading), metric.unit


def _left_out(name: MetricName, group: Group, found: Sequence[Reading]) -> Iterable[tuple[LeftOut, int]]:
    subject, metric = group.subject, group.catalogue.get(name)
    why_not = GONE if metric is None else _why_not_summed(metric)
    for reading in found:
        if reading.value is None:
            why = why_none(name, metric, subject, reading.availability, reading.newest)
            yield _word(name, subject, why.availability, why.reason, why.next_step), reading.posts
        elif why_not is not None:
            yield _word(name, subject, Availability.SUPPORTED, *why_not), reading.posts
    if unread := group.posts - sum(reading.posts for reading in found):
        why = why_none(name, metric, subject)
        yield _word(name, subject, why.availability, why.reason, why.next_step), unread


def _word(name: MetricName, subject: Subject, found: Availability, reason: str, next_step: str) -> LeftOut:
    return LeftOut(name, subject.link.platform, found, reason, next_step)


def _why_not_summed(metric: Metric) -> tuple[str, str] | None:
    """Why a metric's numbers must not be added up over posts, and what to do instead; None where they may."""
    if not metric.additive:
        return NOT_ADDITIVE
    return None if metric.measure is Measure.TOTAL else NOT_A_TOTAL


ONE_BY_ONE = "Show it post by post, with `posts { nodes { latestMetrics } }`."
NOT_ADDITIVE = ("It must not be added up over posts: it counts people, or is an average.", ONE_BY_ONE)
NOT_A_TOTAL = ("The platform tells it for one day at a time, not for the post's whole life.", ONE_BY_ONE)
GONE = (
    "The platform's catalogue does not have it any more, so what it counts is not known.",
    "Leave it out; `metricCatalogue` lists what each platform tells.",
)
