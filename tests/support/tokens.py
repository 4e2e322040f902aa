"""What became of a link's tokens: as the tables hold them, and as the platform knows them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from server.services.links.grants import place
from support.refresher import outcome
from support.sandbox import Sandbox
from support.server import Server
from support.steps import until

TOKENS = {"host": "open.tiktokapis.com", "path": "/v2/oauth/token/"}
"""Where a fault strikes refreshes."""
SHOWN = 12
"""How much of a token the sandbox's state shows."""


@dataclass(frozen=True)
class Held:
    """One TikTok link. Of its tokens, whether the platform still takes them; None where there are none."""

    status: str
    reason: str | None
    evidence: dict[str, Any] | None
    told: tuple[str, str | None]
    version: int | None
    is_doubted: bool
    access_lives: bool | None
    refresh_lives: bool | None

    @property
    def lives(self) -> bool:
        """Whether the platform takes anything that is stored."""
        return bool(self.access_lives or self.refresh_lives)

    def check_honest(self) -> None:
        """An end has its reason and evidence, and was told; nothing that lives was ended for a refusal."""
        assert self.told == (self.status, self.reason), self
        if self.status == "INVALID":
            assert self.reason and self.evidence and self.evidence["operation"], self
            assert not self.refresh_lives, self


async def held_by(server: Server, sandbox: Sandbox, account: int) -> Held:
    """The link of an account."""
    row = await server.host.database.fetchrow(
        "SELECT a.invalidated_at, a.invalid_reason, a.status_evidence, e.status, e.status_reason,"
        " g.id, g.sealed_tokens, g.version,"
        " COALESCE(g.refresh_started_version = g.version, false)"
        " OR EXISTS (SELECT 1 FROM refresh_journal j WHERE j.grant_id = g.id) AS is_doubted"
        " FROM social_account a LEFT JOIN oauth_grant g ON g.id = a.grant_id LEFT JOIN LATERAL"
        " (SELECT * FROM status_event e WHERE e.account_id = a.id ORDER BY e.id DESC LIMIT 1) e ON true"
        " WHERE a.id = $1",
        account,
    )
    assert row is not None
    pair = json.loads(server.host.vault.open(row["sealed_tokens"], place(row["id"]))) if row["id"] else None
    living = await living_tokens(sandbox)
    return Held(
        status="LINKED" if row["invalidated_at"] is None else "INVALID",
        reason=row["invalid_reason"],
        evidence=json.loads(row["status_evidence"]) if row["status_evidence"] else None,
        told=(row["status"], row["status_reason"]),
        version=row["version"],
        is_doubted=row["is_doubted"],
        access_lives=pair and str(pair["access_token"])[:SHOWN] in living,
        refresh_lives=pair and str(pair["refresh_token"])[:SHOWN] in living,
    )


async def living_tokens(sandbox: Sandbox) -> set[str]:
    """The beginnings of all tokens that the platforms take."""
    state = await sandbox.control("GET", "state")
    return {t["starts_with"] for g in state["grants"] for t in g["tokens"] if t["ended"] is None}


async def is_accepted(server: Server, sandbox: Sandbox, session: aiohttp.ClientSession, account: int) -> bool:
    """Whether TikTok answers to the stored access token: asked by the test itself."""
    row = await server.host.database.fetchrow(
        "SELECT g.id, g.sealed_tokens FROM oauth_grant g JOIN social_account a ON a.grant_id = g.id WHERE a.id = $1",
        account,
    )
    assert row is not None
    token = json.loads(server.host.vault.open(row["sealed_tokens"], place(row["id"])))["access_token"]
    url = f"{sandbox.url}/open.tiktokapis.com/v2/user/info/?fields=open_id"
    async with session.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        return answer.status == 200


async def refreshes(sandbox: Sandbox) -> int:
    """How often TikTok was asked for a new pair."""
    sent = await sandbox.requests(path="/v2/oauth/token/")
    return sum(row["body"]["grant_type"] == ["refresh_token"] for row in sent)


async def use_until_rotated(server: Server, sandbox: Sandbox, account: int) -> asyncio.Task[str]:
    """A use of the link, whose refresh TikTok has processed and not answered yet."""

    async def is_rotated() -> bool:
        return not (await held_by(server, sandbox, account)).refresh_lives

    await sandbox.fault(kind="delay_after", seconds=1, times=1, **TOKENS)
    using = asyncio.create_task(outcome(server.host, account))
    await until(is_rotated)
    return using
