"""The end of a process has a limit, also where something hangs."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator

import aiohttp
import pytest
from conftest import VAULT_KEY

from support.client import Client
from support.commands import LINKROLL, SECONDS, Serving, environment, run, serve
from support.gates import held
from support.server import Server
from support.sockets import open_socket
from support.streams import open_stream
from support.workers import worker_environment

HANGS = """
import time
from server.stopping import end_within
end_within(0.1)
while True:
    time.sleep(0.05)
"""
FOLLOW = "subscription { accountStatusChanged { __typename } }"
STOPS = "from server.stopping import end_within; end_within(60)"


def test_what_does_not_stop_is_cut_off() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=SECONDS, check=False
    )

    assert ended.returncode == 1
    assert "did not stop in time" in ended.stdout + ended.stderr


def test_what_stops_is_not_held_up() -> None:
    ended = subprocess.run([sys.executable, "-c", STOPS], timeout=SECONDS, check=False)

    assert ended.returncode == 0


@pytest.fixture
def worker(server: Server) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A worker with a port for monitoring, and that port's address."""
    env = {**worker_environment(server, VAULT_KEY), "LINKROLL_METRICS_PORT": "0"}
    process = subprocess.Popen(
        [LINKROLL, "worker"], stderr=subprocess.PIPE, text=True, env=environment(env), start_new_session=True
    )
    assert process.stderr is not None
    lines = []
    while "working" not in (line := process.stderr.readline()):
        assert line, f"the worker ended with {process.wait(SECONDS)}"
        lines.append(line)
    yield process, next(line for line in lines if line.startswith("metrics ")).split()[1]
    process.kill()
    process.wait()
    process.stderr.close()


async def test_a_worker_tells_its_numbers_and_ends_in_order(
    worker: tuple[subprocess.Popen[str], str], session: aiohttp.ClientSession
) -> None:
    process, url = worker

    async with session.get(url) as answer:
        text = await answer.text()
    async with session.get(url.removesuffix("metrics") + "readyz") as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGTERM)

    assert "linkroll_workers 1.0" in text or "linkroll_workers 0.0" in text
    assert process.wait(SECONDS) == 0


@pytest.mark.parametrize("command", ["worker", "serve"])
def test_no_process_uses_a_sandbox_in_production(server: Server, command: str) -> None:
    env = {**worker_environment(server, VAULT_KEY), "LINKROLL_ENV": "production"}

    answered = run(
        command, env={**env, "LINKROLL_PUBLIC_URL": "https://roster.example", "LINKROLL_PORT": "0"}
    )

    assert answered.code == 1
    assert "the sandbox never runs in production" in answered.err and answered.err.count("\n") == 1


def test_a_taken_port_for_monitoring_is_named(server: Server) -> None:
    taken = str(server.host.settings.port)
    env = {**worker_environment(server, VAULT_KEY), "LINKROLL_METRICS_PORT": taken}

    answered = run("worker", env=env)

    assert answered.code == 1
    assert f"Port {taken}" in answered.err and "Traceback" not in answered.err


@pytest.fixture
def serving(server: Server, capfd: pytest.CaptureFixture[str]) -> Iterator[Serving]:
    """A `linkroll serve` of its own, on the test's database. What it logs is caught."""
    found = serve(env=worker_environment(server, VAULT_KEY))
    yield found
    found.process.kill()
    found.process.wait()
    assert found.process.stdout is not None
    found.process.stdout.close()


async def until_refused(url: str) -> None:
    """Wait until the server takes no new connections."""
    host, _, port = url.removeprefix("http://").partition(":")
    async with asyncio.timeout(SECONDS):
        with contextlib.suppress(ConnectionRefusedError):
            while True:
                _, writer = await asyncio.open_connection(host, int(port))
                writer.close()
                await asyncio.sleep(0.02)


async def test_a_server_that_is_told_to_end_answers_what_it_is_asked_and_takes_nothing_new(
    serving: Serving, session: aiohttp.ClientSession, database_url: str
) -> None:
    client = Client(serving.url, session, serving.key)

    async with held(database_url, "LOCK TABLE profile IN ACCESS EXCLUSIVE MODE") as gate:
        asked = asyncio.create_task(client.ask("{ profiles { totalCount } }"))
        await gate.waiting(1)
        serving.process.send_signal(signal.SIGTERM)
        await until_refused(serving.url)

    assert await asked == {"totalCount": 0}
    assert await asyncio.to_thread(serving.process.wait, SECONDS) == 0


async def test_a_server_that_is_told_to_end_ends_its_sockets_and_streams(
    serving: Serving, session: aiohttp.ClientSession, capfd: pytest.CaptureFixture[str]
) -> None:
    client = Client(serving.url, session, serving.key)

    async with open_socket(session, serving.url) as socket, open_stream(client, FOLLOW) as stream:
        await socket.init(serving.key)
        await socket.start("1", FOLLOW)
        serving.process.send_signal(signal.SIGTERM)
        closed = await socket.receive()
        # Not by `complete`, which would tell the client that there is nothing more to follow.
        with pytest.raises(aiohttp.ClientPayloadError):
            await stream.event()

    assert closed == 1012
    assert await asyncio.to_thread(serving.process.wait, SECONDS) == 0
    assert "error" not in capfd.readouterr().err
