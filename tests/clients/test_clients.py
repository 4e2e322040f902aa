"""The clients that people use work as they come, over every transport; streams go on where a socket was cut."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from support.events import log_of
from support.roster import Roster
from support.writers import Writers, cursors_in, writers

SECONDS = 30
HERE = Path(__file__).parent


class Cuttable(Protocol):
    """A line between client and server."""

    url: str

    def cut(self) -> None: ...


class Said:
    """What a client's script says, a line of JSON at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.answers: dict[str, Any] = {}

    async def until(self, name: str) -> Any:
        """The next value of this name. What comes before it is kept in `answers`."""
        assert self._process.stdout is not None and self._process.stderr is not None
        async with asyncio.timeout(SECONDS):
            while line := await self._process.stdout.readline():
                ((said, value),) = json.loads(line).items()
                assert said != "failed", value
                if said == name:
                    return value
                self.answers[said] = value
        raise AssertionError((await self._process.stderr.read()).decode())

    async def events(self, number: int) -> list[str]:
        """The cursors of the next events."""
        return [await self.until("event") for _ in range(number)]


@contextlib.asynccontextmanager
async def speaking(*command: object, **environment: str) -> AsyncIterator[Said]:
    """A client's script while it runs."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    try:
        yield Said(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


@pytest.fixture
async def begun(roster: Roster) -> str:
    """The cursor of the log's first event."""
    profile = await roster.create_profile("Mara Linden")
    await roster.add(profile, "@first", "tiktok")
    return str((await log_of(roster.client))[0]["cursor"])


@pytest.fixture
async def writing(database_url: str) -> AsyncIterator[Writers]:
    """Somebody who writes to the log."""
    async with writers(database_url) as found:
        yield found


def node(folder: Path, script: str, *args: object) -> tuple[object, ...]:
    """The command of a Node client."""
    return ("node", folder / script, *args)


async def test_all_audits_of_graphql_http_are_fulfilled(node_clients: Path, line: Cuttable) -> None:
    process = await asyncio.create_subprocess_exec(
        *map(str, node(node_clients, "audits.mjs", line.url)), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()

    assert json.loads(out) == {"audits": 61, "failed": []}


CLIENTS = {
    "graphql_ws.mjs": {"query": "admin", "mutation": "by graphql-ws", "error": "INVALID_PAGE"},
    "graphql_sse.mjs": {"query": "admin", "mutation": "by graphql-sse", "error": "INVALID_PAGE"},
    "apollo.mjs": {"query": "admin", "get": "admin", "mutation": "by Apollo", "error": "INVALID_PAGE"},
    "urql.mjs": {"query": "admin", "get": "admin", "mutation": "by urql", "error": "INVALID_PAGE"},
}


@pytest.mark.parametrize("script", CLIENTS)
async def test_a_node_client_asks_changes_meets_errors_and_follows(
    node_clients: Path,
    line: Cuttable,
    roster: Roster,
    begun: str,
    writing: Writers,
    database_url: str,
    script: str,
) -> None:
    async with speaking(*node(node_clients, script, line.url, roster.client.key, begun)) as said:
        await writing.write(2)
        told = await said.events(2)
        await writing.write()
        told += await said.events(1)

    assert said.answers == CLIENTS[script]
    assert told == (await cursors_in(database_url))[1:]


@pytest.mark.parametrize("script", ["graphql_ws.mjs", "graphql_sse.mjs", "apollo.mjs"])
async def test_a_stream_goes_on_where_the_cut_line_ended_it(
    node_clients: Path,
    line: Cuttable,
    roster: Roster,
    begun: str,
    writing: Writers,
    database_url: str,
    script: str,
) -> None:
    async with speaking(*node(node_clients, script, line.url, roster.client.key, begun)) as said:
        told: list[str] = []
        for _ in range(3):
            await writing.write(2)
            told += await said.events(2)
            line.cut()
            await writing.write()
            told += await said.events(1)

    assert told == (await cursors_in(database_url))[1:]


async def test_pythons_gql_asks_changes_meets_errors_and_follows(
    python_client: Path, line: Cuttable, roster: Roster, begun: str, writing: Writers, database_url: str
) -> None:
    command = (sys.executable, HERE / "gql_client.py", line.url, roster.client.key, begun)
    async with speaking(*command, PYTHONPATH=str(python_client)) as said:
        await writing.write(2)
        told = await said.events(2)

    assert said.answers == {"query": "admin", "mutation": "by gql", "error": "INVALID_PAGE"}
    assert told == (await cursors_in(database_url))[1:]
