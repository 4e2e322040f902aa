"""Alive and ready, for whoever watches the process. Neither tells a version."""

from __future__ import annotations

import asyncio
from functools import cache
from pkgutil import iter_modules

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server import migrations
from server.database import UNAVAILABLE
from server.host import Host

READY_SECONDS = 3
"""How long the database may take: one that swallows what it is asked is not ready either."""


async def healthz(request: Request) -> Response:
    """`GET /healthz`: the process answers."""
    return JSONResponse({"status": "alive"})


async def readyz(request: Request) -> Response:
    """`GET /readyz`: the database answers too, and has every migration that this server needs, else 503."""
    problem = await _problem(request.app.state.host)
    return JSONResponse({"status": problem or "ready"}, 503 if problem else 200)


async def _problem(host: Host) -> str | None:
    try:
        async with asyncio.timeout(READY_SECONDS):
            rows = await host.database.fetch("SELECT name FROM tortoise_migrations")
    # A time-out is one of them.
    except UNAVAILABLE:
        return "database unavailable"
    # More than it knows is fine: a newer server may have come first.
    return None if {row["name"] for row in rows} >= _needed() else "migrations missing"


@cache
def _needed() -> frozenset[str]:
    return frozenset(module.name for module in iter_modules(migrations.__path__))
