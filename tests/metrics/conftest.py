"""A host that knows Chirp with its numbers, Chirp itself, and a clock that tests move."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from pydantic import SecretStr

from server.app import open_host
from server.clock import Clock
from server.database import Observer
from server.host import Host
from server.platforms import Platforms
from server.settings import LoginSettings, Settings
from support.chirp_metrics import SCOPES, ChirpApi, chirp_api, chirp_platforms
from support.desk import Desk, OpenDesk, StartHost, desk_on

VAULT_KEY = "test:" + "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="


@pytest_asyncio.fixture
async def api() -> AsyncIterator[ChirpApi]:
    """Chirp, over HTTP."""
    async with chirp_api() as found:
        yield found


@pytest_asyncio.fixture
async def start_host(database_url: str, api: ChirpApi, tmp_path: Path) -> AsyncIterator[StartHost]:
    """Opens hosts on this test's database; several make several processes' worth."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(
            platforms: Platforms | None = None,
            *,
            clock: Clock | None = None,
            observe: Observer | None = None,
            **changes: Any,
        ) -> Host:
            usual: dict[str, Any] = {
                "data_dir": tmp_path,
                "database_url": database_url,
                "sandbox_url": api.url,
                "logins": {"chirp": LoginSettings(client_id="id", client_secret=SecretStr("secret"))},
                "vault_keys": VAULT_KEY,
            }
            opened = open_host(
                Settings(**{**usual, **changes}),
                database_url,
                platforms=platforms or chirp_platforms(),
                clock=clock,
                observe=observe,
            )
            return await stack.enter_async_context(opened)

        yield start


@pytest_asyncio.fixture
async def open_desk(start_host: StartHost, api: ChirpApi) -> OpenDesk:
    """Opens a desk; the arguments are `start_host`'s, and the scopes that were granted."""

    async def open_desk(*args: Any, scopes: tuple[str, ...] = SCOPES, **changes: Any) -> Desk:
        return await desk_on(await start_host(*args, **changes), api, scopes=scopes)

    return open_desk


@pytest_asyncio.fixture
async def desk(open_desk: OpenDesk) -> Desk:
    """One desk with one linked account."""
    return await open_desk()
