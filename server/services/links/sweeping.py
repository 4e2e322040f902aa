"""
The sweep: what the clock did to accounts is told, once.

One statement finds, marks and tells any number of accounts. It walks the index of `next_tell_at`, so it
costs what there is to tell and not what there is. Safe in any number of processes at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import structlog

from server.database import Database
from server.host import Host
from server.services.links.reminders import steps
from server.services.links.status import reason_sql, status_sql
from server.services.links.status_events import CHANNEL, INSERT

log = structlog.get_logger("linkroll.sweeping")

BATCH = 1_000
"""With more at once PostgreSQL would rather read the whole table than walk the index."""

# $1 now, $2 the last deadline to warn of, $3 the steps in days, $4 how many. Days are added as seconds: in
# an interval of days they would follow the database's time zone through a change of its clocks.
SWEEP = f"""
WITH due AS MATERIALIZED (
  SELECT a.* FROM social_account a WHERE a.next_tell_at <= $1
  ORDER BY a.next_tell_at LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
), standing AS (
  SELECT d.*, {status_sql("d", "$1", "$2")} AS status, {reason_sql("d", "$1")} AS reason,
    (SELECT min(n) FROM unnest($3::int[]) n WHERE d.expires_at - make_interval(secs => n * 86400) <= $1) AS step,
    (SELECT min(at) FROM (SELECT d.expires_at - make_interval(secs => n * 86400) AS at
      FROM unnest($3::int[] || 0) n) moments WHERE at > $1) AS next_at
  FROM due d
), marked AS (
  UPDATE social_account a SET told_status = s.status, told_reason = s.reason,
    told_days = CASE WHEN s.status = 'EXPIRING' THEN s.step END,
    next_tell_at = CASE WHEN s.status IN ('LINKED', 'EXPIRING') THEN s.next_at END
  FROM standing s WHERE a.id = s.id
), written AS (
  {INSERT}
  SELECT $1, s.id, s.profile_id, s.platform, s.told_status, s.status, s.reason,
    CASE WHEN s.invalidated_at IS NOT NULL THEN s.status_evidence END,
    CASE WHEN s.status = 'EXPIRING' THEN s.step END
  FROM standing s
  WHERE (s.told_status, s.told_reason) IS DISTINCT FROM (s.status, s.reason)
    OR (s.status = 'EXPIRING' AND s.told_days IS DISTINCT FROM s.step)
  RETURNING 1
)
SELECT (SELECT count(*) FROM due) AS swept, (SELECT count(*) FROM written) AS told
"""


SET_BACK = timedelta(minutes=1)
"""A clock is corrected by seconds now and then; what it has told too early by those is true soon."""
_swept_at: WeakKeyDictionary[Database, datetime] = WeakKeyDictionary()


async def sweep(host: Host) -> int:
    """Tell everything that is due; how many events were written."""
    await _notice_time_travel(host)
    told = 0
    while True:
        async with host.database.transaction() as transaction:
            row = await transaction.fetchrow(
                SWEEP, now := host.now(), now + host.settings.warning, steps(host.settings.warning), BATCH
            )
            assert row is not None
            if row["told"]:
                await transaction.execute("SELECT pg_notify($1, '')", CHANNEL)
        told += int(row["told"])
        if row["swept"] < BATCH:
            return told


async def _notice_time_travel(host: Host) -> None:
    """Plan the telling anew when the clock was set back: what it told would else never be told right again."""
    before, now = _swept_at.get(host.database), host.now()
    _swept_at[host.database] = now
    if before is not None and now < before - SET_BACK:
        log.warning("the clock was set back", by=str(before - now))
        await plan_telling(host)


PLAN = f"""
UPDATE social_account a SET next_tell_at = planned.next_at FROM (
  SELECT d.id, CASE WHEN (d.told_status, d.told_reason)
      IS DISTINCT FROM ({status_sql("d", "$1", "$2")}, {reason_sql("d", "$1")}) THEN $1
    ELSE (SELECT min(at) FROM (SELECT d.expires_at - make_interval(secs => n * 86400) AS at
      FROM unnest($3::int[] || 0) n) moments WHERE at > $1) END AS next_at
  FROM social_account d
  WHERE d.authenticated_at IS NOT NULL AND d.invalidated_at IS NULL AND d.told_status IS NOT NULL
    AND COALESCE(d.next_tell_at > $1, true) ORDER BY d.id FOR NO KEY UPDATE
) planned WHERE planned.id = a.id AND a.next_tell_at IS DISTINCT FROM planned.next_at
"""


async def plan_telling(host: Host) -> None:
    """
    Plan the telling anew where it was planned with another warning time, or by a clock that was set back.

    Looks at every living link once, so it belongs to the start of a worker.
    """
    warning = host.settings.warning
    await host.database.fetch(PLAN, now := host.now(), now + warning, steps(warning))
