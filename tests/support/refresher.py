"""
Processes that use links, to be killed: `python -m support.refresher` forks one for each order it reads.

A fork of a program that has imported everything is there in no time, and as much a process of its own as any:
it opens its own host, and SIGKILL takes all of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil
from linkroll_sdk import ClientConfig, Http, LinkedAccount, LinkrollSdkError

from server.app import open_host
from server.host import Host
from server.sandbox_link import follow_clock
from server.services.links.links import NoLink, use_link
from server.settings import Settings
from server.worker.upkeep import refresh_due
from support.commands import environment
from support.server import Server
from support.workers import worker_environment

SECONDS = 40.0
REFUSALS = (LinkrollSdkError, NoLink)
"""What a use may come to. Anything else is an accident."""


# In a process of its own


async def read_account(host: Host, account_id: int) -> str:
    """Ask the platform about a linked account, as a probe does; the access token that it answered to."""

    async def question(http: Http, client: ClientConfig, account: LinkedAccount) -> str:
        await host.platforms.logins[account.login].probe(http, client, account)
        return account.access_token

    return await use_link(host, account_id, "test", question, by_login=True)


async def outcome(host: Host, account_id: int) -> str:
    """What a use came to: the name of its token, or of the error."""
    try:
        return name_of(await read_account(host, account_id))
    except REFUSALS as error:
        return type(error).__name__


def name_of(access_token: str) -> str:
    """A name for a token that may be printed."""
    return sha256(access_token.encode()).hexdigest()[:12]


async def work(order: dict[str, Any]) -> None:
    """Use a link as often as the order says, side by side; or what a worker does, for *times* 0."""
    settings = Settings()
    async with open_host(settings, str(settings.database_url)) as host:
        following = asyncio.create_task(follow_clock(str(settings.sandbox_url), host.clock))
        while not host.clock.offset.total_seconds() >= order["offset"]:
            await asyncio.sleep(0.005)
        _tell(ready=True)
        if order["times"]:
            uses = [outcome(host, order["account"]) for _ in range(order["times"])]
            _tell(outcomes=await asyncio.gather(*uses))
        else:
            await refresh_due(host, "tiktok")
            _tell(outcomes=[])
        following.cancel()


def _tell(**facts: Any) -> None:
    # One write of less than a pipe's page, so that many may tell at once.
    os.write(1, (json.dumps({"pid": os.getpid(), **facts}) + "\n").encode())


def main() -> None:
    """Fork a process for every line of orders."""
    # The log goes where nobody listens.
    sys.stdout = sys.stderr
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if os.fork() == 0:
            order = json.loads(line)
            os.environ.update(order["environment"])
            try:
                asyncio.run(work(order))
            except BaseException as error:
                _tell(outcomes=[f"accident: {error!r}"])
            os._exit(0)


# In the test


class Refresher:
    """One process that uses links."""

    def __init__(self, pid: int, nursery: Nursery) -> None:
        self.pid = pid
        self._nursery = nursery

    async def outcomes(self) -> list[str]:
        """What its uses came to, one name each, as soon as all are done."""
        return list((await self._nursery.heard(self.pid))["outcomes"])

    async def kill(self) -> None:
        """SIGKILL; back when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        async with asyncio.timeout(SECONDS):
            while psutil.pid_exists(self.pid):
                await asyncio.sleep(0.002)


class Nursery:
    """Where those processes come from."""

    def __init__(self, vault_key: str) -> None:
        self._vault_key = vault_key
        self._heard: list[dict[str, Any]] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.refresher"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment(None), "PYTHONPATH": str(Path(__file__).parents[1])},
            start_new_session=True,
        )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)

    async def start(self, server: Server, account: int, *, times: int = 1) -> Refresher:
        """A process that is about to use *account*; with *times* 0, to do what is due at its login."""
        order = {
            "environment": worker_environment(server, self._vault_key),
            "offset": server.host.clock.offset.total_seconds(),
            "account": account,
            "times": times,
        }
        assert self._process.stdin is not None
        self._process.stdin.write((json.dumps(order) + "\n").encode())
        self._process.stdin.flush()
        return Refresher((await self.heard(None))["pid"], self)

    async def heard(self, pid: int | None) -> dict[str, Any]:
        """The next thing that a process tells; None: the next that says it is ready."""
        async with asyncio.timeout(SECONDS):
            while True:
                for told in self._heard:
                    if told["pid"] == pid or (pid is None and "ready" in told):
                        self._heard.remove(told)
                        return told
                self._listen()
                await asyncio.sleep(0.002)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        lines = self._process.stdout.readlines()
        self._heard += [json.loads(line) for line in lines]

    def close(self) -> None:
        """End it, with whoever still lives."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(SECONDS)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


@contextlib.contextmanager
def open_nursery(vault_key: str) -> Iterator[Nursery]:
    """A nursery, for as long as this lasts."""
    nursery = Nursery(vault_key)
    try:
        yield nursery
    finally:
        nursery.close()


if __name__ == "__main__":
    main()
