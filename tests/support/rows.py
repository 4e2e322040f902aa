"""Rows put straight into the tables: rosters larger, older or odder than the real flows make in a second."""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from linkroll_sdk import Grant, TokenSet

from server.host import Host
from server.ids import global_id, row_id, uuid_id
from server.services.links.grants import store_grant

SERIAL = itertools.count(1)
LOGINS = {"youtube": "google"}
"""The logins of those platforms that share no name with theirs."""


def letters(number: int) -> str:
    """A word that only this number has, of letters: every collation sorts it alike."""
    word = ""
    while number:
        number, place = divmod(number - 1, 26)
        word = chr(ord("a") + place) + word
    return word


class Rows:
    """Inserts rows into a server's database. Ids are global ids, as clients know them."""

    def __init__(self, host: Host) -> None:
        self._host = host

    @property
    def host(self) -> Host:
        """The server that the rows are for."""
        return self._host

    def now(self) -> datetime:
        """The present moment by the server's clock."""
        return self._host.now()

    async def profile(
        self,
        name: str = "Mara Linden",
        *,
        kind: str = "INDIVIDUAL",
        external_id: str | None = None,
        merged_into: str | None = None,
    ) -> str:
        """A profile."""
        number = await self._insert(
            "profile",
            kind=kind,
            display_name=name,
            external_id=external_id,
            merged_into_id=row_id(merged_into, "Profile") if merged_into else None,
            created_at=self.now(),
            updated_at=self.now(),
        )
        return global_id("Profile", number)

    async def member(self, group: str, member: str) -> None:
        """A membership."""
        await self._insert(
            "group_member",
            group_id=row_id(group, "Profile"),
            member_id=row_id(member, "Profile"),
            created_at=self.now(),
        )

    async def account(self, profile: str, **facts: Any) -> str:
        """
        An account of a profile, never authenticated unless *facts* (columns) say so.

        `expires_in` is a short word for the deadline of an account that is linked.
        """
        handle = facts.pop("handle", f"maker{letters(next(SERIAL))}")
        if (expires_in := facts.pop("expires_in", None)) is not None:
            facts |= {"authenticated_at": self.now(), "consent_expires_at": self.now() + expires_in}
        values = {
            "platform": "tiktok",
            "handle": handle,
            "handle_key": handle.lower() if handle else None,
            "url": f"https://www.tiktok.com/@{handle}" if handle else None,
            "created_at": self.now(),
            "updated_at": self.now(),
            **facts,
        }
        return global_id(
            "SocialAccount", await self._insert("social_account", profile_id=_row(profile), **values)
        )

    async def linked(
        self,
        profile: str,
        *,
        platform: str = "tiktok",
        scopes: tuple[str, ...] = ("user.info.basic",),
        **facts: Any,
    ) -> str:
        """An account that is linked by a grant of its own; the platform does not know its tokens."""
        login = LOGINS.get(platform, platform)
        tokens = TokenSet(access_token=f"access {next(SERIAL)}", refresh_token=f"refresh {next(SERIAL)}")
        granted = Grant(subject=f"subject {next(SERIAL)}", tokens=tokens, scopes=frozenset(scopes))
        async with self._host.database.transaction() as transaction:
            grant = await store_grant(self._host, transaction, login, granted)
        facts = {"platform_id": f"id{next(SERIAL)}", "expires_in": timedelta(days=90), **facts}
        return await self.account(profile, platform=platform, grant_id=grant.id, **facts)

    async def pair(self, page: str, instagram: str) -> None:
        """Two accounts that name each other."""
        for one, other in ((page, instagram), (instagram, page)):
            await self.change(one, paired_with_id=_row(other))

    async def change(self, account: str, **facts: Any) -> None:
        """Other facts for an account."""
        places = ", ".join(f"{name} = ${n}" for n, name in enumerate(facts, 2))
        await self._host.database.fetch(
            f"UPDATE social_account SET {places} WHERE id = $1", _row(account), *facts.values()
        )

    async def remove(self, account: str) -> None:
        """An account that is gone."""
        await self._host.database.fetch("DELETE FROM social_account WHERE id = $1", _row(account))

    async def remove_accounts(self) -> None:
        """All accounts gone."""
        await self._host.database.fetch("DELETE FROM social_account")

    async def attempt(
        self,
        profile: str,
        *,
        account: str | None = None,
        outcome: str | None = None,
        facts: dict[str, Any] | None = None,
    ) -> str:
        """A connect attempt: open, or ended with the code of an *outcome*."""
        attempt = await self._insert(
            "connect_attempt",
            id=uuid4(),
            login="tiktok",
            platform="tiktok",
            profile_id=_row(profile),
            account_id=_row(account) if account else None,
            api_key_id="nobody",
            start_hash=uuid4().bytes,
            created_at=self.now(),
            expires_at=self.now() + timedelta(minutes=10),
            finished_at=self.now() if outcome else None,
            outcome_code=outcome,
            outcome_facts=json.dumps(facts or {}) if outcome else None,
        )
        return global_id("ConnectAttempt", attempt)

    async def candidate(self, attempt: str, *, account: str | None = None, position: int = 0) -> str:
        """A candidate of an attempt, linked as *account*."""
        candidate = await self._insert(
            "connect_candidate",
            id=uuid4(),
            attempt_id=uuid_id(attempt, "ConnectAttempt"),
            position=position,
            platform="tiktok",
            platform_id=f"candidate {next(SERIAL)}",
            display_name="Mara Bakes",
            hint="",
            missing_scopes="[]",
            expected=False,
            account_id=_row(account) if account else None,
        )
        return global_id("ConnectCandidate", candidate)

    async def event(self, profile: str, account: str, status: str | None = "LINKED") -> None:
        """An entry of the status log."""
        await self._insert(
            "status_event",
            at=self.now(),
            account_id=_row(account),
            profile_id=_row(profile),
            platform="tiktok",
            status=status,
        )

    async def _insert(self, table: str, **values: Any) -> Any:
        places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
        row = await self._host.database.fetchrow(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id", *values.values()
        )
        assert row is not None
        return row["id"]


def _row(text: str) -> int | UUID | None:
    """The row behind a profile's or an account's id."""
    return row_id(text, "Profile") or row_id(text, "SocialAccount")
