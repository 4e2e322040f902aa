"""The command: one line when it listens, a warning, and two refusals."""

import asyncio
import json
import os
import subprocess
import sys

import aiohttp
import pytest

from linkroll_sandbox.cli import why_not

COMMAND = [sys.executable, "-m", "linkroll_sandbox"]


def run(*arguments, **environment):
    """The command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "example.com"])
def test_only_this_machine_may_reach_it(host):
    assert "not this machine" in why_not(host, "")


@pytest.mark.parametrize("environment", ["production", "Production "])
def test_it_refuses_production(environment):
    ended = run(LINKROLL_ENV=environment)

    assert ended.returncode == 2
    assert "LINKROLL_ENV=production" in ended.stderr


def test_a_foreign_state_file_is_named(tmp_path):
    path = tmp_path / "shopping.json"
    path.write_text('["milk"]')

    ended = run("--state-file", str(path), LINKROLL_ENV="development")

    assert ended.returncode == 2
    assert f"{path} is no state file" in ended.stderr


async def test_it_says_where_it_listens_and_warns_and_leaves_its_state(tmp_path):
    path = tmp_path / "sandbox.json"
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--state-file", str(path), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    line = (await process.stdout.readline()).decode().strip()
    address = line.removeprefix("sandbox listening on ")

    offset = {"offset_seconds": 60}
    async with aiohttp.ClientSession() as http, http.put(f"{address}/_control/clock", json=offset) as answer:
        assert answer.status == 200
    process.terminate()
    _, warned = await process.communicate()

    assert line.startswith("sandbox listening on http://127.0.0.1:")
    assert json.loads(path.read_text())["clock"]["offset_seconds"] == 60
    assert b"never for production" in warned
