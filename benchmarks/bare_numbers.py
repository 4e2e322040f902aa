"""The bare endpoint's charts and pages of numbers: one hand-written statement each."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.bare_answers import answer, gid, when
from server.reads.pages import write_cursor

# Backwards, as the primary key is walked: the newest reading of a day comes first.
CHART = """SELECT DISTINCT ON (m.day) m.day, m.value, m.availability, m.read_at, s.definition, s.platform_metric
 FROM metric_snapshot m JOIN metric_source s ON s.id = m.source_id
 WHERE m.account_id = $1 AND m.post_id = 0 AND m.metric = 'VIEWS' AND m.day BETWEEN $2 AND $3
 ORDER BY m.day DESC, m.read_at DESC"""
ACCOUNT = "SELECT handle FROM social_account WHERE id = $1"
PAGE = "SELECT id, platform, handle FROM social_account WHERE id > $1 ORDER BY id LIMIT 51"
LATEST = """SELECT account_id, metric, day, value, availability, read_at FROM metric_latest
 WHERE account_id = ANY($1) AND post_id = 0 AND metric = ANY($2)"""
NAMES = ["VIEWS", "FOLLOWERS", "ENGAGEMENTS"]
NONE = {
    "value": None,
    "availability": "NOT_READ",
    "complete": False,
    "fetchedAt": None,
    "definition": None,
}


async def chart(request: Request) -> Response:
    """A year of one account's views, with a point for every day."""
    pool, key = request.app.state.pool, int(request.path_params["id"])
    since, until = (date.fromisoformat(request.path_params[name]) for name in ("since", "until"))
    account = await pool.fetchrow(ACCOUNT, key)
    by_day = {row["day"]: row for row in await pool.fetch(CHART, key, since, until)}
    days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    newest = by_day.get(until)
    series = {
        "name": "VIEWS",
        "unit": "COUNT",
        "measure": "DAY",
        "platformMetric": "views",
        "availability": newest["availability"] if newest else "NOT_READ",
        "points": [_point(day, by_day.get(day)) for day in days],
        "breaks": [],
    }
    found = {"id": gid("SocialAccount", key), "handle": account["handle"], "metrics": [series]}
    return answer({"socialAccount": found})


def _point(day: date, row: Any) -> dict[str, Any]:
    if row is None:
        return {"day": day.isoformat(), **NONE}
    return {
        "day": day.isoformat(),
        "value": row["value"],
        "availability": row["availability"],
        "complete": row["value"] is not None,
        "fetchedAt": when(row["read_at"]),
        "definition": row["definition"],
    }


async def page(request: Request) -> Response:
    """Fifty accounts behind one, each with its newest numbers."""
    pool = request.app.state.pool
    rows = await pool.fetch(PAGE, int(request.path_params["after"]))
    shown = rows[:50]
    found: dict[tuple[int, str], Any] = {
        (row["account_id"], row["metric"]): row
        for row in await pool.fetch(LATEST, [row["id"] for row in shown], NAMES)
    }
    last = shown[-1]["id"]
    nodes = [
        {
            "id": gid("SocialAccount", row["id"]),
            "platform": row["platform"],
            "handle": row["handle"],
            "latestMetrics": [_number(name, found.get((row["id"], name))) for name in NAMES],
        }
        for row in shown
    ]
    info = {
        "hasNextPage": len(rows) > 50,
        "endCursor": write_cursor("socialAccounts:oldest", str(last), last),
    }
    return answer({"socialAccounts": {"nodes": nodes, "pageInfo": info}})


def _number(name: str, row: Any) -> dict[str, Any]:
    if row is None or row["value"] is None:
        said = row["availability"] if row else "NOT_YET"
        return {"__typename": "MetricUnavailable", "name": name, "availability": said}
    return {
        "__typename": "MetricNumber",
        "name": name,
        "availability": "SUPPORTED",
        "value": row["value"],
        "day": row["day"].isoformat(),
        "fetchedAt": when(row["read_at"]),
    }


ROUTES = [Route("/chart/{id}/{since}/{until}", chart), Route("/numbers/{after}", page)]
