"""A running server of a test, as its callers and as the test see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp

from server.host import Host
from server.ids import row_id
from server.services.callers.api_keys import create_key
from server.services.callers.viewers import Role
from server.settings import LimitSettings
from support.client import Client
from support.roster import Roster


@dataclass
class Server:
    """A running server of a test: its address, its inside, and callers for it."""

    url: str
    host: Host
    session: aiohttp.ClientSession

    async def client(self, role: Role = Role.ADMIN, profile: str | None = None) -> Client:
        """A caller with a new key."""
        profile_id = row_id(profile, "Profile") if profile else None
        key = await create_key(self.host, role.value, role, profile_id)
        return Client(self.url, self.session, key)

    def anonymous(self) -> Client:
        """A caller without a key."""
        return Client(self.url, self.session)

    async def sealed_tokens(self) -> dict[str, bytes]:
        """Every sealed token in the database, by table and row."""
        rows = await self.host.database.fetch(
            "SELECT 'oauth_grant ' || id AS place, sealed_tokens AS sealed FROM oauth_grant"
            " UNION ALL SELECT 'social_account ' || id, sealed_access_token FROM social_account"
            " WHERE sealed_access_token IS NOT NULL"
            " UNION ALL SELECT 'connect_candidate ' || id, sealed_access_token FROM connect_candidate"
            " WHERE sealed_access_token IS NOT NULL"
        )
        return {row["place"]: row["sealed"] for row in rows}

    async def roster(self, role: Role = Role.ADMIN, profile: str | None = None) -> Roster:
        """The roster as a new caller drives it."""
        return Roster(await self.client(role, profile))


NO_LIMITS = LimitSettings(depth=10_000, cost=10**9, aliases=10**6, root_fields=10**4, directives=10**6)
"""For tests that ask for more at once than any frontend would."""

StartServer = Callable[..., Awaitable[Server]]
"""Starts a server on the test's database; keyword arguments are settings, or parts to be replaced."""
