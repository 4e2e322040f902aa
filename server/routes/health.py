"""Alive and ready, for whoever watches the process."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.database import UNAVAILABLE


async def healthz(request: Request) -> Response:
    """`GET /healthz`: the process answers."""
    return JSONResponse({"status": "alive"})


async def readyz(request: Request) -> Response:
    """`GET /readyz`: the database answers too, else 503."""
    try:
        await request.app.state.host.database.fetch("SELECT 1")
    except UNAVAILABLE:
        return JSONResponse({"status": "database unavailable"}, 503)
    return JSONResponse({"status": "ready"})
