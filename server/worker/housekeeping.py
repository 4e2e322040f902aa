"""
What must be cleared up now and then: attempts that ran out (with the tokens they hold), and the log's tail.

Idempotent and derived from the tables, so any number of processes may do it and a lost round costs nothing.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from server.host import Host
from server.services.attempts import expire_attempts

EVERY_SECONDS = 30.0

log = structlog.get_logger("linkroll.worker")


async def keep_house(host: Host) -> None:
    """Clear up for ever."""
    while True:
        for chore in (expire_attempts, prune_events):
            try:
                await chore(host)
            # The edge of a task that must outlive whatever meets it.
            except Exception as error:
                log.warning("a chore failed, trying again", chore=chore.__name__, error=type(error).__name__)
        await asyncio.sleep(EVERY_SECONDS)


async def prune_events(host: Host) -> None:
    """Forget events over `event_retention_days`, and remember where the log begins now."""
    oldest = host.now() - timedelta(days=host.settings.event_retention_days)
    async with host.database.transaction() as transaction:
        await transaction.execute(
            # Only a prefix of the log may go: a clock that jumped must not tear a hole into it.
            "WITH keep AS (SELECT tx, id FROM status_event WHERE at >= $1 ORDER BY tx, id LIMIT 1),"
            " gone AS (DELETE FROM status_event e WHERE e.at < $1"
            "  AND NOT EXISTS (SELECT 1 FROM keep k WHERE (e.tx, e.id) > (k.tx, k.id)) RETURNING e.tx, e.id),"
            " last AS (SELECT tx, id FROM gone ORDER BY tx DESC, id DESC LIMIT 1)"
            " INSERT INTO status_event_horizon (tx, id) SELECT tx, id FROM last"
            " ON CONFLICT (one) DO UPDATE SET tx = EXCLUDED.tx, id = EXCLUDED.id"
            " WHERE (EXCLUDED.tx, EXCLUDED.id) > (status_event_horizon.tx, status_event_horizon.id)",
            oldest,
        )
