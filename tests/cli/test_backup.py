"""`linkroll backup` and `restore`: the whole roster in a file, without the keys, and back in an empty place."""

from __future__ import annotations

import base64
import shutil
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from server.database import credentials_of
from server.event_log import START
from server.reads.event_cursors import write_cursor
from server.services.links.links import open_link
from support.browser import Browser
from support.commands import VAULT_KEY, Answered, run
from support.databases import Databases
from support.events import FOLLOW, log_of, take
from support.server import Server, StartServer

FAR = 2**40
"""How many more transactions the cluster of before had seen."""
OTHER_KEY = "k1:" + base64.b64encode(b"z" * 32).decode()


@pytest_asyncio.fixture
async def empty_url(databases: Databases) -> AsyncIterator[str]:
    """A database without any table."""
    url = await databases.empty()
    yield url
    await databases.drop(url)


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> Server:
    """A server with the command's master key."""
    return await start_server(vault_keys=VAULT_KEY)


def command(url: str, *args: str, key: str = VAULT_KEY, data_dir: Path) -> Answered:
    """`linkroll args` on a database."""
    env = {"LINKROLL_DATABASE_URL": url, "LINKROLL_VAULT_KEYS": key}
    return run(*args, "--data-dir", str(data_dir), env=env)


async def all_of(url: str) -> dict[str, list[str]]:
    """Every row of every table of ours but the audit log, as text."""
    connection = await asyncpg.connect(**credentials_of(url))
    try:
        names = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'audit_entry'"
        )
        return {
            n["tablename"]: [
                r["line"]
                for r in await connection.fetch(
                    f'SELECT t::text AS line FROM "{n["tablename"]}" t ORDER BY 1'
                )
            ]
            for n in names
        }
    finally:
        await connection.close()


async def test_what_was_backed_up_is_restored_whole_and_its_links_live(
    server: Server,
    start_server: StartServer,
    browser: Browser,
    database_url: str,
    empty_url: str,
    tmp_path: Path,
) -> None:
    roster, file = await server.roster(), tmp_path / "roster.dump"
    mara = await roster.create_profile("Mara Linden")
    account = await roster.link(browser, "mara", mara, "@marabakes", "tiktok")

    saved = command(database_url, "backup", str(file), data_dir=tmp_path)
    restored = command(empty_url, "restore", str(file), data_dir=tmp_path)

    assert (saved.code, restored.code, restored.out) == (0, 0, "restored\n"), saved.err + restored.err
    assert await all_of(empty_url) == await all_of(database_url)
    again = await start_server(vault_keys=VAULT_KEY, on=empty_url)
    [row] = await again.host.database.fetch("SELECT id FROM social_account")
    assert (await open_link(again.host, row["id"])).account.access_token
    assert (await (await again.roster()).account(account))["status"] == "LINKED"


async def test_the_file_is_its_owners_alone_and_holds_no_key_and_no_token(
    server: Server, browser: Browser, database_url: str, empty_url: str, tmp_path: Path
) -> None:
    """Looked for in what the file unpacks to: the file itself is compressed."""
    roster, file = await server.roster(), tmp_path / "roster.dump"
    mara = await roster.create_profile("Mara Linden")
    await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    [row] = await server.host.database.fetch("SELECT id FROM social_account")
    token = (await open_link(server.host, row["id"])).account.access_token

    saved = command(database_url, "backup", str(file), data_dir=tmp_path)
    command(empty_url, "restore", str(file), data_dir=tmp_path)

    text = "\n".join(line for lines in (await all_of(empty_url)).values() for line in lines)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "k1" in saved.err and "marabakes" in text
    master = VAULT_KEY.partition(":")[2]
    key = roster.client.key or ""
    secrets = [token, token.encode().hex(), master, base64.b64decode(master).hex(), key.partition(".")[2]]
    assert [s for s in secrets if s in text or s.encode() in file.read_bytes()] == []


async def test_a_session_that_a_person_has_ended_does_not_come_back_with_the_backup(
    server: Server, start_server: StartServer, database_url: str, empty_url: str, tmp_path: Path
) -> None:
    """Nobody's does: who was in signs in again."""
    roster, file = await server.roster(), tmp_path / "roster.dump"
    key = {"Authorization": f"Bearer {roster.client.key}"}
    async with server.session.post(f"{server.url}/session", headers=key) as opened:
        assert opened.ok
    assert (await all_of(database_url))["browser_session"]

    command(database_url, "backup", str(file), data_dir=tmp_path)
    assert command(empty_url, "restore", str(file), data_dir=tmp_path).code == 0

    assert (await all_of(empty_url))["browser_session"] == []


async def test_a_log_of_a_cluster_that_had_counted_further_goes_on_in_order(
    server: Server, start_server: StartServer, database_url: str, empty_url: str, tmp_path: Path
) -> None:
    """Half of it beyond what the new cluster has counted to, half not: as after any restore on a new machine."""
    roster, file = await server.roster(), tmp_path / "roster.dump"
    mara = await roster.create_profile("Mara Linden")
    old = [await roster.add(mara, f"old{n}", "tiktok") for n in range(4)]
    await server.host.database.fetch(
        f"UPDATE status_event SET tx = (tx::text::bigint + {FAR})::text::xid8"
        " WHERE id > (SELECT avg(id) FROM status_event)"
    )
    held = (await log_of(roster.client))[-1]["cursor"]

    command(database_url, "backup", str(file), data_dir=tmp_path)
    assert command(empty_url, "restore", str(file), data_dir=tmp_path).code == 0
    again = await (await start_server(vault_keys=VAULT_KEY, on=empty_url)).roster()
    new = await again.add(mara, "new", "tiktok")

    async with again.client.subscribe(FOLLOW, after=write_cursor(START)) as events:
        assert [event["accountId"] for event in await take(events, 5)] == [*old, new]
    assert held


async def test_options_for_our_own_connections_do_not_disturb(
    server: Server, database_url: str, tmp_path: Path
) -> None:
    """Behind some poolers statements may not be prepared; PostgreSQL's programs do not know the word."""
    file = tmp_path / "roster.dump"

    saved = command(f"{database_url}&statement_cache_size=0", "backup", str(file), data_dir=tmp_path)

    assert saved.code == 0 and file.stat().st_size, saved.err


async def test_a_database_that_holds_something_is_not_touched(
    server: Server, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "roster.dump"
    command(database_url, "backup", str(file), data_dir=tmp_path)
    await (await server.roster()).create_profile("Mara Linden")
    before = await all_of(database_url)

    refused = command(database_url, "restore", str(file), data_dir=tmp_path)

    assert refused.code == 1 and "empty" in refused.err
    assert await all_of(database_url) == before


async def test_another_master_key_is_told_at_once(
    server: Server, database_url: str, empty_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "roster.dump"
    command(database_url, "backup", str(file), data_dir=tmp_path)

    restored = command(empty_url, "restore", str(file), key=OTHER_KEY, data_dir=tmp_path)

    assert restored.code == 1
    assert "no server starts on it yet" in restored.err and "'k1'" in restored.err
    assert OTHER_KEY.partition(":")[2] not in restored.err


@pytest.mark.parametrize(
    "text", [b"", b"PGDMP", b"not an archive at all" * 100], ids=["empty", "cut", "other"]
)
async def test_a_file_that_is_no_backup_changes_nothing(empty_url: str, tmp_path: Path, text: bytes) -> None:
    (tmp_path / "wrong.dump").write_bytes(text)

    refused = command(empty_url, "restore", str(tmp_path / "wrong.dump"), data_dir=tmp_path)

    assert refused.code == 1 and "Traceback" not in refused.err
    assert await all_of(empty_url) == {}


async def test_a_cut_backup_leaves_the_database_empty(
    server: Server, database_url: str, empty_url: str, tmp_path: Path
) -> None:
    await (await server.roster()).create_profile("Mara Linden")
    file = tmp_path / "roster.dump"
    command(database_url, "backup", str(file), data_dir=tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 3 // 4])

    refused = command(empty_url, "restore", str(file), data_dir=tmp_path)

    assert refused.code == 1
    assert await all_of(empty_url) == {}


async def test_a_backup_that_fails_keeps_the_one_before(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "roster.dump"
    file.write_bytes(b"yesterday's")

    failed = command("postgresql://postgres:hush@127.0.0.1:1/roster", "backup", str(file), data_dir=tmp_path)

    assert failed.code == 1 and "hush" not in failed.err
    assert file.read_bytes() == b"yesterday's"
    assert list(tmp_path.glob("*.part")) == []


def test_an_embedded_roster_moves_to_a_new_folder(data_dir: Path) -> None:
    """Its key file is carried by hand: whoever has the backup alone has no tokens."""
    first, second, file = data_dir / "first", data_dir / "second", data_dir / "roster.dump"
    made = run("key", "create", "--role", "observer", "--name", "dashboard", "--data-dir", str(first))
    assert run("backup", str(file), "--data-dir", str(first)).code == 0
    second.mkdir()
    shutil.copy(first / "vault.key", second / "vault.key")

    restored = run("restore", str(file), "--data-dir", str(second))

    assert restored.code == 0, restored.err
    listed = run("key", "list", "--data-dir", str(second))
    assert made.out.partition(".")[0] in listed.out
