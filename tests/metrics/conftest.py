"""A host that knows Chirp with its numbers, Chirp itself, and a clock that tests move."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio
from pydantic import SecretStr

from server.app import open_host
from server.clock import Clock
from server.database import Record
from server.host import Host
from server.ids import row_id
from server.platforms import Platforms
from server.services.poll_plan import plan_polls
from server.services.polling import poll_due
from server.settings import LoginSettings, Settings
from support.chirp_metrics import SCOPES, ChirpApi, chirp_api, chirp_platforms
from support.rows import Rows

VAULT_KEY = "test:" + "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="

StartHost = Callable[..., Awaitable[Host]]


@dataclass
class Desk:
    """Everything a test of fetching needs: the server's inside, the platform, and the account that is read."""

    host: Host
    api: ChirpApi
    rows: Rows
    account: int
    account_gid: str

    @property
    def now(self) -> datetime:
        """The present moment by the server's clock."""
        return self.host.now()

    def travel(self, **by: float) -> None:
        """Let time pass."""
        self.host.clock.offset += timedelta(**by)

    async def poll(self) -> int:
        """What the worker does every few seconds; how many pieces were fetched."""
        await plan_polls(self.host)
        return await poll_due(self.host, "chirp")

    async def fetch(self, sql: str, *args: object) -> list[Record]:
        """Rows of the database."""
        return await self.host.database.fetch(sql, *args)

    async def one(self, sql: str, *args: object) -> Any:
        """The only value of the only row."""
        rows = await self.fetch(sql, *args)
        assert len(rows) == 1, rows
        return rows[0][0]

    async def series(self, metric: str, post_id: int = 0) -> dict[Any, float | None]:
        """The newest value of each day."""
        rows = await self.fetch(
            "SELECT DISTINCT ON (day) day, value FROM metric_snapshot WHERE account_id = $1 AND post_id = $2"
            " AND metric = $3 ORDER BY day, read_at DESC",
            self.account,
            post_id,
            metric,
        )
        return {row["day"]: row["value"] for row in rows}

    async def latest(self, metric: str, post_id: int = 0) -> Record:
        """The newest word on a metric."""
        rows = await self.fetch(
            "SELECT * FROM metric_latest WHERE account_id = $1 AND post_id = $2 AND metric = $3",
            self.account,
            post_id,
            metric,
        )
        assert len(rows) == 1, rows
        return rows[0]

    async def snapshots(self) -> int:
        """How many readings are kept."""
        return int(await self.one("SELECT count(*) FROM metric_snapshot"))


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
            platforms: Platforms | None = None, *, clock: Clock | None = None, **changes: Any
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
            )
            return await stack.enter_async_context(opened)

        yield start


async def desk_on(host: Host, api: ChirpApi, *, scopes: tuple[str, ...] = SCOPES) -> Desk:
    """A desk with one linked account."""
    rows = Rows(host)
    profile = await rows.profile()
    account = await rows.linked(profile, platform="chirp", scopes=scopes, handle="mara")
    number = row_id(account, "SocialAccount")
    assert number is not None
    return Desk(host, api, rows, number, account)


OpenDesk = Callable[..., Awaitable[Desk]]


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
