"""A delivery that was answered is worked off in the end, whatever happens in between."""

from __future__ import annotations

import asyncio
from typing import Any

from server.services.callbacks.deliveries import claim_delivery
from server.services.callbacks.notices import work_off_callbacks
from support.chirp import ChirpLogin, serve_chirp
from support.deliveries import Chirp, check, ended
from support.gates import held
from support.server import StartServer

REVOKED = ("INVALID", "ACCESS_REVOKED")


class OutOfReach:
    """A table that cannot be reached for a while."""

    def __init__(self, chirp: Chirp, table: str) -> None:
        self._database, self._table = chirp.server.host.database, table

    async def __aenter__(self) -> None:
        await self._database.fetch(f"ALTER TABLE {self._table} RENAME TO out_of_reach")

    async def __aexit__(self, *_: object) -> None:
        await self._database.fetch(f"ALTER TABLE out_of_reach RENAME TO {self._table}")


async def test_a_notice_that_fails_is_tried_again_later_and_keeps_no_other(chirp: Chirp) -> None:
    account, other = await chirp.link(), await chirp.link("dina")
    async with OutOfReach(chirp, "status_event"):
        await chirp.tell(ended(), check("dina"))
    await work_off_callbacks(chirp.server.host)
    at_once = await chirp.standing(account)

    await chirp.later(minutes=1)
    await work_off_callbacks(chirp.server.host)

    assert (at_once, await chirp.standing(account)) == (("LINKED", None), REVOKED)
    assert await chirp.column(other, "probe_at") < chirp.server.host.now()
    [row] = await chirp.deliveries()
    assert row["done_at"] is not None and row["attempts"] == 2


async def test_a_notice_that_is_done_is_not_done_again_because_its_neighbour_failed(chirp: Chirp) -> None:
    await chirp.link()

    async with OutOfReach(chirp, "status_event"):
        await chirp.tell(ended(), check())

    [row] = await chirp.deliveries()
    assert row["done_at"] is None
    assert "GrantEnded" in row["notices"] and "CheckWanted" not in row["notices"]


async def test_the_pauses_between_attempts_grow_to_an_hour_and_no_further(chirp: Chirp) -> None:
    await chirp.link()
    pauses = []
    async with OutOfReach(chirp, "status_event"):
        await chirp.deliver(ended())
        for _ in range(12):
            await work_off_callbacks(chirp.server.host)
            [row] = await chirp.deliveries()
            pauses.append(round((row["not_before"] - chirp.server.host.now()).total_seconds()))
            await chirp.later(hours=2)

    assert pauses == sorted(pauses) and pauses[0] < 60 < pauses[4] and pauses[-4:] == [3600] * 4
    assert row["attempts"] == 12 and row["done_at"] is None


async def test_a_delivery_whose_plugin_is_gone_waits_for_it(chirp: Chirp, start_server: StartServer) -> None:
    account = await chirp.link()
    await chirp.deliver(ended())
    without = await start_server(sandbox_url=None)

    await work_off_callbacks(without.host)
    waiting = await chirp.deliveries()
    await chirp.later(minutes=1)
    await work_off_callbacks(chirp.server.host)

    assert waiting[0]["done_at"] is None
    assert await chirp.standing(account) == REVOKED


async def test_a_delivery_whose_worker_died_is_taken_up_by_the_next(chirp: Chirp) -> None:
    account = await chirp.link()
    await chirp.deliver(ended())
    assert await claim_delivery(chirp.server.host) is not None

    await work_off_callbacks(chirp.server.host)
    at_once = await chirp.standing(account)
    await chirp.later(minutes=6)
    await work_off_callbacks(chirp.server.host)

    assert (at_once, await chirp.standing(account)) == (("LINKED", None), REVOKED)


async def test_workers_side_by_side_share_the_deliveries(chirp: Chirp, start_server: StartServer) -> None:
    accounts = [await chirp.link(f"person {number}") for number in range(6)]
    for number in range(6):
        await chirp.deliver(ended(f"person {number}"))
    second = await serve_chirp(ChirpLogin(), start_server, sandbox_url=None)

    await asyncio.gather(work_off_callbacks(chirp.server.host), work_off_callbacks(second.host))

    assert [await chirp.standing(account) for account in accounts] == [REVOKED] * 6
    assert [row["attempts"] for row in await chirp.deliveries()] == [1] * 6


async def test_a_repeat_is_answered_while_the_first_one_is_being_worked_off(
    chirp: Chirp, database_url: str
) -> None:
    """What holds the work up must not hold the platform up."""
    account = await chirp.link()
    first = await chirp.deliver(ended(), key="one")

    async with held(database_url, "LOCK TABLE social_account IN EXCLUSIVE MODE") as gate:
        working: asyncio.Task[Any] = asyncio.create_task(work_off_callbacks(chirp.server.host))
        await gate.waiting(1)
        again = await chirp.deliver(ended(), key="one")
    await working

    assert (again.status, again.text) == (first.status, first.text)
    assert await chirp.standing(account) == REVOKED
