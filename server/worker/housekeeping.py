"""What must be cleared up now and then: the tails of the logs."""

from __future__ import annotations

from datetime import timedelta

from server.event_log import METRIC_EVENTS, STATUS_EVENTS, LogTable
from server.host import Host


async def prune_events(host: Host) -> None:
    """Forget events over `event_retention_days`, and remember where each log begins now."""
    for log in (STATUS_EVENTS, METRIC_EVENTS):
        await _prune(host, log)


async def _prune(host: Host, log: LogTable) -> None:
    oldest = host.now() - timedelta(days=host.settings.event_retention_days)
    async with host.database.transaction() as transaction:
        await transaction.execute(
            # Only a prefix of the log may go: a clock that jumped must not tear a hole into it.
            f"WITH keep AS (SELECT tx, id FROM {log.name} WHERE at >= $1 ORDER BY tx, id LIMIT 1),"
            f" gone AS (DELETE FROM {log.name} e WHERE e.at < $1"
            "  AND NOT EXISTS (SELECT 1 FROM keep k WHERE (e.tx, e.id) > (k.tx, k.id)) RETURNING e.tx, e.id),"
            " last AS (SELECT tx, id FROM gone ORDER BY tx DESC, id DESC LIMIT 1)"
            f" INSERT INTO {log.horizon} (tx, id) SELECT tx, id FROM last"
            " ON CONFLICT (one) DO UPDATE SET tx = EXCLUDED.tx, id = EXCLUDED.id"
            f" WHERE (EXCLUDED.tx, EXCLUDED.id) > ({log.horizon}.tx, {log.horizon}.id)",
            oldest,
        )
