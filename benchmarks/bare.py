"""The other side: a bare Starlette endpoint with hand-written SQL and the same JSON. What one would write by hand."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks import bare_numbers
from benchmarks.bare_answers import answer, gid, when
from server.database import credentials_of
from server.reads.pages import write_cursor

WARNING = timedelta(days=14)
STATUS = """CASE WHEN invalidated_at IS NOT NULL THEN 'INVALID' WHEN authenticated_at IS NULL THEN 'ADDED'
 WHEN expires_at <= $2 THEN 'INVALID' WHEN expires_at <= $2 + $3 THEN 'EXPIRING' ELSE 'LINKED' END"""
PROFILES = f"""SELECT id, display_name, kind, (SELECT COALESCE(sum(followers), 0)::bigint FROM social_account a
 WHERE a.profile_id = p.id AND {STATUS} IN ('LINKED', 'EXPIRING')) AS total FROM profile p"""
ACCOUNTS = f"""SELECT profile_id, id, platform, handle, url, display_name, followers, authenticated_at, expires_at,
 {STATUS} AS status, CASE WHEN invalidated_at IS NOT NULL THEN invalid_reason
 WHEN authenticated_at IS NOT NULL AND expires_at <= $2 THEN 'EXPIRED' END AS reason
 FROM social_account WHERE profile_id = ANY($1) ORDER BY id"""


def account(row: Any) -> dict[str, Any]:
    status = row["status"]
    return {
        "id": gid("SocialAccount", row["id"]),
        "platform": row["platform"],
        "handle": row["handle"],
        "url": row["url"],
        "displayName": row["display_name"],
        "followers": row["followers"],
        "status": status,
        "statusReason": row["reason"],
        "nextAction": {"ADDED": "CONNECT", "LINKED": None}.get(status, "RECONNECT"),
        "authenticatedAt": when(row["authenticated_at"]),
        "expiresAt": when(row["expires_at"]),
    }


def profile(row: Any, accounts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": gid("Profile", row["id"]),
        "displayName": row["display_name"],
        "kind": row["kind"],
        "totalFollowers": row["total"],
        "socialAccounts": {"nodes": accounts},
    }


async def accounts_of(pool: Any, ids: list[int], now: datetime) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {key: [] for key in ids}
    for row in await pool.fetch(ACCOUNTS, ids, now, WARNING):
        found[row["profile_id"]].append(account(row))
    return found


async def point(request: Request) -> Response:
    pool, now, key = request.app.state.pool, datetime.now(UTC), int(request.path_params["id"])
    row = await pool.fetchrow(f"{PROFILES} WHERE id = $1", key, now, WARNING)
    accounts = await accounts_of(pool, [key], now)
    return answer({"profile": profile(row, accounts[key])})


async def page(request: Request) -> Response:
    pool, now = request.app.state.pool, datetime.now(UTC)
    text = f"{PROFILES} WHERE merged_into_id IS NULL ORDER BY id LIMIT $1"
    rows = (await pool.fetch(text, 51, now, WARNING))[:50]
    accounts = await accounts_of(pool, [row["id"] for row in rows], now)
    last = rows[-1]["id"]
    return answer(
        {
            "profiles": {
                "nodes": [profile(row, accounts[row["id"]]) for row in rows],
                "pageInfo": {
                    "hasNextPage": True,
                    "endCursor": write_cursor("profiles:oldest", str(last), last),
                },
            }
        }
    )


ROUTES = [Route("/point/{id}", point), Route("/page", page), *bare_numbers.ROUTES]


def bare_app(url: str) -> Starlette:
    """The endpoint on the database at *url*."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(**credentials_of(url), min_size=1, max_size=10) as pool:
            app.state.pool = pool
            yield

    return Starlette(routes=ROUTES, lifespan=lifespan)
