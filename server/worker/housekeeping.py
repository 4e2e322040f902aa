"""What must be cleared up now and then: the log's tail."""

from __future__ import annotations

from datetime import timedelta

from server.host import Host


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
