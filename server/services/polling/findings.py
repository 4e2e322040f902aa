"""Readings with their catalogue entries, and the names that their numbers have in the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from linkroll_sdk import Availability, Level, Metric, MetricFetcher, MetricName, PostKind, Reading


@dataclass(frozen=True, slots=True)
class Found:
    """One reading with its catalogue entry. *key* is its name in the tables; *post_id* 0: the account's own."""

    metric: Metric
    reading: Reading
    key: str
    post_id: int = 0


Entry = tuple[MetricName, str]
"""A catalogue entry of one level: its common name, and the platform's."""


def keys_of(metrics: Sequence[Metric]) -> dict[Entry, str]:
    """
    What each entry's numbers are called in the tables: its common name.

    Of several entries for one name, the last is the one that the name stands for (`metric_answers`, which
    reads the tables, chooses alike); the numbers of the others are kept under both their names.
    """
    standing = {metric.name: metric for metric in metrics}
    return {
        (m.name, m.platform_name): m.name.value if standing[m.name] is m else f"{m.name}/{m.platform_name}"
        for m in metrics
    }


def found_in(
    fetcher: MetricFetcher,
    level: Level,
    login: str,
    readings: Iterable[Reading],
    kind: PostKind | None = None,
    post_id: int = 0,
) -> list[Found]:
    """Readings with their catalogue entries; those of no entry are left out."""
    metrics = fetcher.catalogue(level, login, kind)
    keys, entries = keys_of(metrics), {(m.name, m.platform_name): m for m in metrics}
    return [
        Found(entries[entry], reading, keys[entry], post_id)
        for reading in readings
        if (entry := (reading.metric, reading.platform_name)) in entries
    ]


def none_of(found: Iterable[Metric], why: Availability) -> list[Reading]:
    """Readings that say for each metric why there is no number."""
    return [Reading.none(metric, why) for metric in found]
