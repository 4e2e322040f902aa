"""The server beside the sandbox: its apps' credentials, and its clock."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import aiohttp

from server.clock import Clock
from server.settings import LoginSettings

POLL_SECONDS = 0.5


async def sandbox_logins(sandbox_url: str) -> dict[str, LoginSettings]:
    """The credentials of the sandbox's own apps."""
    async with aiohttp.ClientSession() as session, session.get(f"{sandbox_url}/_control/apps") as answer:
        apps = await answer.json()
    return {
        login: LoginSettings(**{k: app[k] for k in ("client_id", "client_secret")})
        for login, app in apps.items()
    }


async def follow_clock(sandbox_url: str, clock: Clock) -> None:
    """Keep *clock* with the sandbox's, for ever: travelling in time must move both sides."""
    async with aiohttp.ClientSession() as session:
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(f"{sandbox_url}/_control/clock") as answer:
                    seconds = (await answer.json())["offset_seconds"]
                clock.offset = timedelta(seconds=seconds)
            await asyncio.sleep(POLL_SECONDS)
