"""The vault's keys are changed while everything serves: nothing is lost, nothing stops, the old key may go."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from server.services.links.links import open_link
from server.services.operator.vault_rotation import BATCH, SEALED, key_uses, rotate
from server.vault import Vault, key_name
from support.browser import Browser
from support.clock import travel
from support.rows import Rows
from support.sandbox import Sandbox
from support.server import Server, StartServer


def master(name: str) -> str:
    """A master key, as the setting takes it."""
    return f"{name}:{base64.b64encode(name.encode().ljust(32, b'.')).decode()}"


OLD, NEW = master("old"), master("new")
BOTH = f"{NEW},{OLD}"


@pytest_asyncio.fixture
async def before(start_server: StartServer) -> AsyncIterator[Server]:
    """A server that seals under the old key, and knows the new one."""
    yield await start_server(vault_keys=f"{OLD},{NEW}")


async def seal_everything(server: Server, browser: Browser) -> list[int]:
    """Something sealed in every column there is; the rows of the accounts that were linked."""
    roster, accounts = await server.roster(), []
    for person, handle, platform in (("mara", "@marabakes", "tiktok"), ("mara", "marabakes", "facebook")):
        profile = await roster.create_profile(person)
        accounts.append(await roster.link(browser, person, profile, handle, platform))
    # A choice that waits, and a consent that was only opened.
    await roster.walk(browser, "dina", profile=await roster.create_profile("Dina"), platform="facebook")
    await roster.walk_halfway(
        browser, "mara", profile=await roster.create_profile("Mara B."), platform="tiktok"
    )
    [grant, *_] = await server.host.database.fetch("SELECT id, sealed_tokens FROM oauth_grant ORDER BY id")
    await server.host.database.fetch(
        "INSERT INTO refresh_journal (grant_id, from_version, sealed_tokens, facts, received_at)"
        " VALUES ($1, 0, $2, '{}', $3)",
        grant["id"],
        grant["sealed_tokens"],
        server.host.now(),
    )
    rows = await server.host.database.fetch(
        "SELECT id FROM social_account WHERE grant_id IS NOT NULL ORDER BY id"
    )
    return [row["id"] for row in rows]


async def keys_in(server: Server) -> dict[str, set[str]]:
    """The names of the keys that values are sealed under, by column."""
    found = {}
    for sealed in SEALED:
        rows = await server.host.database.fetch(
            f"SELECT {sealed.column} AS v FROM {sealed.table} WHERE {sealed.column} IS NOT NULL"
        )
        found[f"{sealed.table}.{sealed.column}"] = {key_name(row["v"]) for row in rows}
    return found


async def test_every_sealed_column_is_known_to_the_rotation(server: Server) -> None:
    """A new one that is forgotten here would be lost with the old key."""
    rows = await server.host.database.fetch(
        "SELECT table_name || '.' || column_name AS name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name LIKE 'sealed%'"
    )

    assert {row["name"] for row in rows} == {f"{s.table}.{s.column}" for s in SEALED}


async def test_after_a_rotation_everything_opens_without_the_old_key(
    before: Server, start_server: StartServer, browser: Browser
) -> None:
    accounts = await seal_everything(before, browser)
    assert set(map(frozenset, (await keys_in(before)).values())) == {frozenset({"old"})}
    rotating = await start_server(vault_keys=BOTH)

    done = await rotate(rotating.host)

    assert (done.forgotten, done.remaining) == (["old"], {})
    assert done.rewrapped >= len(SEALED)
    after = await start_server(vault_keys=NEW)
    assert set(map(frozenset, (await keys_in(after)).values())) == {frozenset({"new"})}
    for account in accounts:
        assert (await open_link(after.host, account)).account.access_token


async def test_nothing_but_the_wrapping_changes(
    before: Server, start_server: StartServer, browser: Browser
) -> None:
    """No token is decrypted for it, and whoever moved a value to another row has gained nothing."""
    await seal_everything(before, browser)
    [old, *_] = [v for k, v in sorted((await before.sealed_tokens()).items()) if k.startswith("oauth_grant")]

    await rotate((await start_server(vault_keys=BOTH)).host)

    [new, *_] = [v for k, v in sorted((await before.sealed_tokens()).items()) if k.startswith("oauth_grant")]
    assert new != old and new[-60:] == old[-60:]


async def test_servers_go_on_while_keys_rotate(
    before: Server, start_server: StartServer, sandbox: Sandbox, browser: Browser
) -> None:
    """Refreshes write new tokens, under both keys, in the very moment of the rotation."""
    accounts = await seal_everything(before, browser)
    rotating = await start_server(vault_keys=BOTH)
    await travel(sandbox, before, rotating, hours=3)

    uses = [open_link(one.host, account) for one in (before, rotating) for account in accounts]
    links = await asyncio.gather(*uses, rotate(rotating.host), rotate(rotating.host))
    again = await rotate(rotating.host)

    assert all(link.account.access_token for link in links[: len(uses)])  # type: ignore[union-attr]
    assert again.remaining == {}
    after = await start_server(vault_keys=NEW)
    await travel(sandbox, after, hours=0)
    for account in accounts:
        assert (await open_link(after.host, account)).account.access_token


async def test_a_row_that_somebody_holds_is_met_later(before: Server, start_server: StartServer) -> None:
    rows = Rows(before.host)
    await rows.linked(await rows.profile("Mara"))
    rotating, released = await start_server(vault_keys=BOTH), asyncio.Event()

    async def hold() -> None:
        async with before.host.database.transaction() as transaction:
            await transaction.fetch("SELECT 1 FROM oauth_grant FOR UPDATE")
            held.set()
            await released.wait()

    held, holding = asyncio.Event(), asyncio.create_task(hold())
    await held.wait()
    running = asyncio.create_task(rotate(rotating.host))
    done, _ = await asyncio.wait([running], timeout=0.05)
    released.set()
    await holding

    assert not done
    assert (await running).remaining == {}


async def test_more_than_one_batch_is_sealed_anew(before: Server, start_server: StartServer) -> None:
    rows = Rows(before.host)
    await rows.linked(await rows.profile("Mara"))
    await before.host.database.fetch(
        "INSERT INTO oauth_grant (id, login, subject, scopes, sealed_tokens, consented_at)"
        " SELECT gen_random_uuid(), login, subject, scopes, sealed_tokens, consented_at FROM oauth_grant,"
        f" generate_series(1, {BATCH + 3})"
    )

    done = await rotate((await start_server(vault_keys=BOTH)).host)

    assert (done.rewrapped, done.remaining) == (BATCH + 4, {})


async def test_what_no_key_opens_is_told_and_its_key_is_not_forgotten(
    before: Server, start_server: StartServer
) -> None:
    rows = Rows(before.host)
    await rows.linked(await rows.profile("Mara"))
    spoilt = bytearray(Vault({"old": b"x" * 32}).seal("token", "elsewhere"))
    await rows.linked(await rows.profile("Dina"))
    await before.host.database.fetch(
        "UPDATE oauth_grant SET sealed_tokens = $1 WHERE id = (SELECT id FROM oauth_grant LIMIT 1)",
        bytes(spoilt),
    )

    done = await rotate((await start_server(vault_keys=BOTH)).host)

    assert (done.rewrapped, done.remaining, done.forgotten) == (1, {"old": 1}, [])


async def test_the_status_says_which_key_is_needed(before: Server, start_server: StartServer) -> None:
    rows = Rows(before.host)
    await rows.linked(await rows.profile("Mara"))
    rotating = await start_server(vault_keys=BOTH)

    uses = [(u.name, u.seals, u.known, u.values) for u in await key_uses(rotating.host)]
    await rotate(rotating.host)
    afterwards = [(u.name, u.seals, u.known, u.values) for u in await key_uses(rotating.host)]

    assert uses == [("new", True, True, 0), ("old", False, True, 1)]
    assert afterwards == [("new", True, True, 1), ("old", False, False, 0)]


async def test_a_rotation_stands_in_the_audit_log(before: Server, start_server: StartServer) -> None:
    await rotate((await start_server(vault_keys=BOTH)).host)

    found: dict[str, Any] = await (await before.client()).ask(
        '{ auditLog(filter: {action: "vault.rotate"}) { nodes { actor outcome } } }'
    )
    assert found == {"nodes": [{"actor": "cli", "outcome": "OK"}]}
