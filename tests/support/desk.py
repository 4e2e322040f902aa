"""What a test of fetching works at: a host, the platform that it reads, and one linked account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from server.database import Record
from server.host import Host
from server.ids import row_id
from server.services.polling.poll_plan import plan_polls
from server.services.polling.polling import poll_due
from support.chirp_metrics import SCOPES, ChirpApi
from support.rows import Rows


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


async def desk_on(host: Host, api: ChirpApi, *, scopes: tuple[str, ...] = SCOPES) -> Desk:
    """A desk with one linked account."""
    rows = Rows(host)
    profile = await rows.profile()
    account = await rows.linked(profile, platform="chirp", scopes=scopes, handle="mara")
    number = row_id(account, "SocialAccount")
    assert number is not None
    return Desk(host, api, rows, number, account)


StartHost = Callable[..., Awaitable[Host]]
"""Opens a host on the test's database; several make several processes' worth."""

OpenDesk = Callable[..., Awaitable[Desk]]
"""Opens a desk; the arguments are `StartHost`'s, and the scopes that were granted."""
