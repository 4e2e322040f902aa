"""The end of a process has a limit, also where something hangs."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import aiohttp
import pytest
from conftest import VAULT_KEY

from support.commands import LINKROLL, SECONDS, environment, run
from support.server import Server
from support.workers import worker_environment

HANGS = """
import time
from server.stopping import end_within
end_within(0.1)
while True:
    time.sleep(0.05)
"""
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
