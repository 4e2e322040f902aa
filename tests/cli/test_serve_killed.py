"""The embedded database after `kill -9`: of itself, of everything, and with a stranger's number in its lock file."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import aiohttp
import psutil
import pytest

from support.client import Client
from support.commands import Serving, Start, processes_of
from support.fleet import until
from support.roster import Roster


def kill(processes: list[psutil.Process]) -> None:
    """As a power cut would: all of them, without a word."""
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    for process in processes:
        process.kill()
    psutil.wait_procs(processes, 20)


def cut_power(serving: Serving, data_dir: Path) -> None:
    """End everything on the data folder at once."""
    kill(_with_children(data_dir))
    serving.process.wait()


def _with_children(data_dir: Path) -> list[psutil.Process]:
    found = processes_of(data_dir)
    return list({*found, *(child for one in found for child in one.children(recursive=True))})


async def name_of(serving: Serving, session: aiohttp.ClientSession, profile: str) -> str:
    """A profile's name, as the server tells it."""
    client = Client(serving.url, session, serving.key)
    found = await client.ask("query ($id: ID!) { profile(id: $id) { displayName } }", id=profile)
    return str(found["displayName"])


async def new_profile(serving: Serving, session: aiohttp.ClientSession) -> str:
    """A profile that was acknowledged."""
    return await Roster(Client(serving.url, session, serving.key)).create_profile("Mara Linden")


@pytest.mark.timeout(120)
async def test_after_a_power_cut_the_next_start_finds_everything_whoever_has_the_databases_number_now(
    start: Start, data_dir: Path, session: aiohttp.ClientSession
) -> None:
    """After a restart of the machine, or of a container, numbers of processes are given anew."""
    first = start("--sandbox")
    mara = await new_profile(first, session)
    cut_power(first, data_dir)
    lock = data_dir / "postgres" / "postmaster.pid"
    _, rest = lock.read_text().split("\n", 1)
    lock.write_text(f"{os.getpid()}\n{rest}")

    second = start("--sandbox")

    assert await name_of(second, session, mara) == "Mara Linden"
    assert second.stop() == 0
    assert processes_of(data_dir) == []


@pytest.mark.timeout(120)
async def test_a_database_that_dies_is_started_again_under_a_server_that_goes_on(
    start: Start, data_dir: Path, session: aiohttp.ClientSession
) -> None:
    serving = start("--sandbox")
    mara = await new_profile(serving, session)

    kill([process for process in _with_children(data_dir) if process.name() == "postgres"])

    async def is_ready() -> bool:
        async with session.get(f"{serving.url}/readyz") as answer:
            return answer.status == 200

    await until(is_ready)
    assert await name_of(serving, session, mara) == "Mara Linden"
    assert serving.stop() == 0
    assert processes_of(data_dir) == []
