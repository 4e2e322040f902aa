"""Readings with their catalogue entries, and the names that their numbers have in the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from linkroll_sdk import Availability, Level, Metric, MetricFetcher, PostKind, Reading

from server.services.platforms.fetched import Entry, entries_of


@dataclass(frozen=True, slots=True)
class Found:
    """One reading with its catalogue entry. *key* is its name in the tables; *post_id* 0: the account's own."""

    metric: Metric
    reading: Reading
    key: str
    post_id: int = 0


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


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a login can tell at one level, or of posts of one kind: made once for all the readings of a fetch."""

    entries: Mapping[Entry, Metric]
    keys: Mapping[Entry, str]

    def found(self, readings: Iterable[Reading], post_id: int = 0) -> list[Found]:
        """Readings with their catalogue entries; those of no entry are left out."""
        return [
            Found(self.entries[entry], reading, self.keys[entry], post_id)
            for reading in readings
            if (entry := (reading.metric, reading.platform_name)) in self.entries
        ]


def catalogue_of(fetcher: MetricFetcher, level: Level, login: str, kind: PostKind | None = None) -> Catalogue:
    """The catalogue of a level, for posts of *kind*."""
    metrics = fetcher.catalogue(level, login, kind)
    return Catalogue(entries_of(metrics), keys_of(metrics))


def found_in(
    fetcher: MetricFetcher,
    level: Level,
    login: str,
    readings: Iterable[Reading],
    kind: PostKind | None = None,
    post_id: int = 0,
) -> list[Found]:
    """Readings with their catalogue entries; those of no entry are left out."""
    return catalogue_of(fetcher, level, login, kind).found(readings, post_id)


def none_of(found: Iterable[Metric], why: Availability) -> list[Reading]:
    """Readings that say for each metric why there is no number."""
    return [Reading.none(metric, why) for metric in found]
