"""Deliveries as platforms send them, and accounts that they can be about."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from server.ids import row_id
from server.services.callbacks.notices import work_off_callbacks
from support.chirp import chirps_signature
from support.roster import Roster
from support.rows import Rows
from support.server import Server

SERIAL = itertools.count(1)


@dataclass(frozen=True)
class Answer:
    """What a platform was answered."""

    status: int
    text: str
    headers: Mapping[str, str] = field(repr=False)


async def deliver(
    server: Server,
    address: str,
    body: Any = b"",
    *,
    headers: dict[str, str] | None = None,
    method: str = "POST",
) -> Answer:
    """One request to `/callbacks/{address}`."""
    async with server.session.request(
        method, f"{server.url}/callbacks/{address}", data=body, headers=headers
    ) as answer:
        return Answer(answer.status, await answer.text(), answer.headers.copy())


async def read_page(server: Server, path: str) -> Answer:
    """A page as a person's browser gets it."""
    async with server.session.get(f"{server.url}{path}") as answer:
        return Answer(answer.status, await answer.text(), answer.headers.copy())


@dataclass
class Links:
    """Accounts that are linked at a platform, on one profile or several."""

    server: Server
    roster: Roster
    profile: str
    platform: str

    async def link(self, subject: str = "mara", *, profile: str | None = None, **grant: Any) -> str:
        """An account that *subject*'s consent links; *grant* are columns of the consent."""
        account = await Rows(self.server.host).linked(profile or self.profile, platform=self.platform)
        await self.change_grant(account, subject=subject, **grant)
        return account

    async def change_grant(self, account: str, **columns: Any) -> None:
        """Other facts for the consent that an account hangs on."""
        places = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 2))
        await self.server.host.database.fetch(
            f"UPDATE oauth_grant SET {places} WHERE id = (SELECT grant_id FROM social_account WHERE id = $1)",
            row_id(account, "SocialAccount"),
            *columns.values(),
        )

    async def platform_id(self, account: str) -> str:
        """What the platform calls an account."""
        return str((await self.roster.account(account))["platformId"])

    async def standing(self, account: str) -> tuple[str, str | None]:
        """An account's status with its reason."""
        found = await self.roster.account(account)
        return found["status"], found["statusReason"]

    async def column(self, account: str, name: str) -> Any:
        """A column of an account's row."""
        row = await self.server.host.database.fetchrow(
            f"SELECT {name} AS value FROM social_account WHERE id = $1", row_id(account, "SocialAccount")
        )
        return row["value"] if row else None

    async def deliveries(self) -> list[dict[str, Any]]:
        """What was filed."""
        rows = await self.server.host.database.fetch("SELECT * FROM callback_delivery ORDER BY id")
        return [dict(row) for row in rows]

    async def purges(self) -> dict[int, str]:
        """Which accounts' numbers must go, and why."""
        rows = await self.server.host.database.fetch("SELECT account_id, reason FROM metric_purge")
        return {row["account_id"]: row["reason"] for row in rows}

    async def later(self, **time: float) -> datetime:
        """Let time pass; the moment that it is then."""
        self.server.host.clock.offset += timedelta(**time)
        return self.server.host.now()

    def app(self, login: str) -> tuple[str, str]:
        """The operator's app at a login: its id and its secret."""
        found = self.server.host.settings.logins[login]
        return found.client_id, found.client_secret.get_secret_value()


async def links_at(platform: str, server: Server) -> Links:
    """Nobody linked yet, and a profile for those who will be."""
    roster = await server.roster()
    return Links(server, roster, await roster.create_profile("Mara Linden"), platform)


@dataclass
class Chirp(Links):
    """Chirp beside a server, and what it delivers."""

    @classmethod
    async def beside(cls, server: Server) -> Chirp:
        """Chirp, and a profile to link accounts to."""
        roster = await server.roster()
        return cls(server, roster, await roster.create_profile("Mara Linden"), "chirp")

    async def deliver(self, *events: dict[str, Any], key: str | None = None) -> Answer:
        """Events in one genuine delivery."""
        body = json.dumps({"id": key or f"delivery {next(SERIAL)}", "events": list(events)}).encode()
        signature = chirps_signature(self.app("chirp")[1], body)
        return await deliver(self.server, "chirp/events", body, headers={"Chirp-Signature": signature})

    async def tell(self, *events: dict[str, Any], key: str | None = None) -> Answer:
        """Events delivered, and worked off."""
        answer = await self.deliver(*events, key=key)
        assert answer.status == 202, answer
        await work_off_callbacks(self.server.host)
        return answer


def ended(subject: str = "mara", **event: Any) -> dict[str, Any]:
    """The event that a person's consent is over."""
    return {"kind": "ended", "about": {"subject": subject}, **event}


def deletion(subject: str = "mara", **event: Any) -> dict[str, Any]:
    """The event that a person wants their data deleted."""
    return {"kind": "deletion", "about": {"subject": subject}, **event}


def check(subject: str = "mara", **event: Any) -> dict[str, Any]:
    """The event that something happened to a person's account."""
    return {"kind": "check", "about": {"subject": subject}, **event}
