"""`linkroll serve`: one command starts everything, Ctrl-C ends everything, and nothing is lost in between."""

from __future__ import annotations

import signal
from pathlib import Path

import aiohttp
import pytest

from support.client import Client
from support.commands import Start, processes_of
from support.roster import Roster
from support.sandbox import Sandbox


async def test_a_start_prints_an_address_a_key_and_a_sandbox_that_work(
    start: Start, session: aiohttp.ClientSession
) -> None:
    serving = start("--sandbox")

    viewer = await Client(serving.url, session, serving.key).ask("{ viewer { name role } }")
    people = await Sandbox(serving.lines["sandbox"].removesuffix("/_control/"), session).control(
        "GET", "state"
    )

    assert viewer == {"name": "sandbox", "role": "ADMIN"}
    assert people["people"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_a_stop_leaves_nothing_running(start: Start, data_dir: Path, number: signal.Signals) -> None:
    serving = start("--sandbox")
    running = {process.name() for process in processes_of(data_dir)}

    code = serving.stop(number)

    assert code == 0
    assert "postgres" in running and len(running) > 1
    assert processes_of(data_dir) == []


async def test_the_next_start_finds_the_data_and_shows_the_same_key(
    start: Start, session: aiohttp.ClientSession
) -> None:
    first = start("--sandbox")
    mara = await Roster(Client(first.url, session, first.key)).create_profile("Mara Linden")
    first.stop()

    second = start("--sandbox")

    assert second.key == first.key
    found = await Client(second.url, session, second.key).ask(
        "query ($id: ID!) { profile(id: $id) { displayName } }", id=mara
    )
    assert found == {"displayName": "Mara Linden"}


async def test_two_servers_share_one_data_folder_and_the_last_to_leave_stops_the_database(
    start: Start, data_dir: Path, session: aiohttp.ClientSession
) -> None:
    first = start("--sandbox")
    second = start("--sandbox")
    mara = await Roster(Client(first.url, session, first.key)).create_profile("Mara Linden")
    first.stop()

    found = await Client(second.url, session, second.key).ask(
        "query ($id: ID!) { profile(id: $id) { displayName } }", id=mara
    )

    assert found == {"displayName": "Mara Linden"}
    assert second.stop() == 0
    assert processes_of(data_dir) == []
