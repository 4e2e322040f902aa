"""`linkroll jobs`: what waits, runs and failed in the background, and what stands due in the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.database import Executor
from server.host import Host
from server.services.links import probing, refreshing
from server.services.links.detection import HEALABLE
from server.services.links.retry_times import TOO_FAR
from server.worker.queue import SCHEMA

ROUNDS = f"""
SELECT j.task_name AS chore, count(*) FILTER (WHERE j.status = 'todo') AS waiting,
  count(*) FILTER (WHERE j.status = 'doing') AS running,
  count(*) FILTER (WHERE j.status IN ('failed', 'aborted')) AS failed,
  max(e.at) FILTER (WHERE j.status IN ('failed', 'aborted')) AS failed_at
FROM {SCHEMA}.procrastinate_jobs j LEFT JOIN {SCHEMA}.procrastinate_events e ON e.job_id = j.id
  AND e.type IN ('failed', 'aborted')
GROUP BY j.task_name ORDER BY j.task_name
"""

DUE = f"""
SELECT 'tell' AS work, NULL AS login, count(*) AS due, min(next_tell_at) AS since
  FROM social_account WHERE next_tell_at <= $1
UNION ALL SELECT 'refresh', g.login, count(*), min(LEAST(g.keep_alive_at, g.refresh_lease_until)) FROM oauth_grant g
  WHERE {refreshing.DUE} GROUP BY g.login
UNION ALL SELECT 'probe', g.login, count(*), min(a.probe_at) FROM social_account a
  JOIN oauth_grant g ON g.id = a.grant_id
  WHERE {probing.DUE.format(now="$1", healable="$3")} GROUP BY g.login
UNION ALL SELECT 'poll ' || lower(p.work), g.login, count(*), min(p.next_at) FROM poll p
  JOIN social_account a ON a.id = p.account_id JOIN oauth_grant g ON g.id = a.grant_id
  WHERE p.next_at <= $1 GROUP BY p.work, g.login
UNION ALL SELECT 'callback', d.login, count(*), min(d.received_at) FROM callback_delivery d
  WHERE d.done_at IS NULL GROUP BY d.login
ORDER BY 1, 2
"""


async def jobs_report(host: Host) -> dict[str, Any]:
    """`workers` alive, `rounds` of chores in the queue, `due` work in the tables, platforms `paused`."""
    paused = await host.database.fetch(
        "SELECT login, failures, open_until FROM circuit WHERE open_until > $1 ORDER BY login", host.now()
    )
    now = host.now()
    rows = await host.database.fetch(DUE, now, now + TOO_FAR, sorted(HEALABLE))
    due = [row for row in rows if row["due"]]
    return {
        "workers": await workers_alive(host.database),
        "rounds": [dict(row) for row in await host.database.fetch(ROUNDS)],
        "due": [dict(row) for row in due],
        "paused": [dict(row) for row in paused],
    }


async def workers_alive(executor: Executor) -> int:
    """How many workers gave a sign of life just now, by the database's clock, as theirs are."""
    [row] = await executor.fetch(
        f"SELECT count(*) AS n FROM {SCHEMA}.procrastinate_workers"
        " WHERE last_heartbeat > now() - interval '30 seconds'"
    )
    return int(row["n"])


def report_lines(report: Mapping[str, Any]) -> list[str]:
    """The report for a terminal."""
    count = report["workers"]
    return [
        f"{count} worker{'' if count == 1 else 's'} alive"
        + ("" if count else ": nothing is being done. Start `linkroll worker`, or `linkroll serve`."),
        *_table("rounds", ("chore", "waiting", "running", "failed", "failed_at"), report["rounds"]),
        *_table("due in the tables", ("work", "login", "due", "since"), report["due"]),
        *_table("paused platforms", ("login", "failures", "open_until"), report["paused"]),
    ]


def _table(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if not rows:
        return []
    cells = [
        [column.replace("_", " ") for column in columns],
        *([_cell(row[c]) for c in columns] for row in rows),
    ]
    widths = [max(len(line[n]) for line in cells) for n in range(len(columns))]
    lines = [
        "  ".join(f"{cell:<{w}}" for cell, w in zip(line, widths, strict=True)).rstrip() for line in cells
    ]
    return ["", title, *(f"  {line}" for line in lines)]


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return value.strftime("%Y-%m-%d %H:%M:%S") if hasattr(value, "strftime") else str(value)
