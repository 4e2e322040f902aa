"""
Where numbers come from: platform, login, the platform's own word, API version and meaning, once for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from weakref import WeakKeyDictionary

from server.database import Database, Transaction
from server.host import Host

COLUMNS = "platform, login, level, metric, platform_metric, api_version, definition"
ARRAYS = ", ".join(f"${n}::text[]" for n in range(1, 8))


class Source(NamedTuple):
    """One source, in the order of the table's columns."""

    platform: str
    login: str
    level: str
    metric: str
    platform_metric: str
    api_version: str
    definition: str


_ids: WeakKeyDictionary[Database, dict[Source, int]] = WeakKeyDictionary()


async def source_ids(host: Host, transaction: Transaction, sources: Iterable[Source]) -> dict[Source, int]:
    """
    The ids of *sources*, made where they are new.

    Only ids that others can see are remembered: one made here may be rolled back yet. In one order for
    everybody, so that two transactions never wait for each other.
    """
    known = _ids.setdefault(host.database, {})
    wanted = sorted(set(sources))
    missing = [source for source in wanted if source not in known]
    if missing:
        known |= await _find(transaction, missing)
        missing = [source for source in missing if source not in known]
    made = await _make(transaction, missing) if missing else {}
    return {source: made[source] if source in made else known[source] for source in wanted}


def _columns(sources: list[Source]) -> list[list[str]]:
    return [list(column) for column in zip(*sources, strict=True)]


async def _find(transaction: Transaction, sources: list[Source]) -> dict[Source, int]:
    rows = await transaction.fetch(
        f"SELECT id, {COLUMNS} FROM metric_source JOIN unnest({ARRAYS}) AS w({COLUMNS}) USING ({COLUMNS})",
        *_columns(sources),
    )
    return {Source(*list(row.values())[1:]): row["id"] for row in rows}


async def _make(transaction: Transaction, sources: list[Source]) -> dict[Source, int]:
    await transaction.execute(
        f"INSERT INTO metric_source ({COLUMNS}) SELECT * FROM unnest({ARRAYS}) ON CONFLICT DO NOTHING",
        *_columns(sources),
    )
    return await _find(transaction, sources)
