"""`linkroll key`: made and shown once, listed without secrets, revoked at once in every server."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from server.services.callers.api_keys import KEY
from support.client import Client
from support.commands import VAULT_KEY, Answered, run
from support.server import Server, StartServer


class Keys:
    """`linkroll key …` on the test's database."""

    def __init__(self, data_dir: Path, database_url: str) -> None:
        self._data_dir = data_dir
        self._env = {"LINKROLL_DATABASE_URL": database_url, "LINKROLL_VAULT_KEYS": VAULT_KEY}

    def __call__(self, *args: str) -> Answered:
        return run("key", *args, "--data-dir", str(self._data_dir), env=self._env)


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    """A running server with the command's master key."""
    return await start_server(vault_keys=VAULT_KEY)


@pytest.fixture
def key(tmp_path: Path, database_url: str) -> Keys:
    """The command."""
    return Keys(tmp_path, database_url)


async def test_creating_a_key_prints_the_key_and_nothing_else(key: Keys, server: Server) -> None:
    created = key("create", "--role", "manager", "--name", "dashboard")

    assert (created.code, created.err) == (0, "")
    text = created.out.removesuffix("\n")
    assert KEY.match(text)
    viewer = await Client(server.url, server.session, text).ask("{ viewer { name role } }")
    assert viewer == {"name": "dashboard", "role": "MANAGER"}


async def test_a_revoked_key_is_over_in_a_running_server_at_once(key: Keys, server: Server) -> None:
    client = await server.client()
    assert client.key is not None
    await client.ask("{ viewer { name } }")
    public = client.key.partition(".")[0]

    revoked, again = key("revoke", public), key("revoke", public)

    assert (revoked.code, revoked.out) == (0, "revoked\n")
    assert await client.error_code("{ viewer { name } }") == "UNAUTHENTICATED"
    assert (again.code, again.out) == (1, "")
    listed = json.loads(key("list", "--json").out)
    assert [row["id"] for row in listed if row["revoked"]] == [public]


async def test_the_list_of_keys_holds_no_secret(key: Keys, server: Server) -> None:
    client = await server.client()
    assert client.key is not None
    public, _, secret = client.key.partition(".")

    as_json, as_text = key("list", "--json"), key("list")

    assert [row["id"] for row in json.loads(as_json.out)] == [public]
    assert public in as_text.out
    assert secret not in as_json.out + as_text.out


def test_a_creators_key_needs_its_profile(key: Keys) -> None:
    refused = key("create", "--role", "creator")

    assert (refused.code, refused.out) == (2, "")
    assert "--profile" in refused.err


async def test_a_key_can_be_made_for_a_while_and_for_a_part(key: Keys, server: Server) -> None:
    created = key("create", "--role", "admin", "--scope", "read", "--expires", "30d")
    client = Client(server.url, server.session, created.out.strip())

    viewer = await client.ask("{ viewer { scope expiresAt } }")
    [listed] = json.loads(key("list", "--json").out)
    server.host.clock.offset = timedelta(days=31)

    assert viewer["scope"] == "READ" and listed["scope"] == "read"
    assert listed["expires"][:10] == viewer["expiresAt"][:10]
    assert await client.error_code("{ viewer { name } }") == "UNAUTHENTICATED"


@pytest.mark.parametrize("text", ["30", "d", "0d", "30 days", "-1d", "999999d"])
def test_a_time_that_is_none_is_asked_wrongly(key: Keys, text: str) -> None:
    refused = key("create", "--role", "observer", f"--expires={text}")

    assert (refused.code, refused.out) == (2, "")
    assert "30d" in refused.err
