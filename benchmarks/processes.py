"""Whoever is measured runs in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """A running server, and the keys of two callers."""

    port: int
    key: str
    other_key: str


@contextlib.asynccontextmanager
async def start(which: str, url: str) -> AsyncIterator[Contender]:
    """A contender that serves the database at *url*."""
    port = free_port()
    async with running("benchmarks.contenders", which, url, str(port)) as process:
        key, other_key = (await read_line(process)).split()
        await until_open(port)
        yield Contender(port, key, other_key)


@contextlib.asynccontextmanager
async def running(module: str, *arguments: str) -> AsyncIterator[Process]:
    """A module of ours as a process that is told and tells by lines; it is ended in the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdin=PIPE, stdout=PIPE
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def read_line(process: Process) -> str:
    """The next line that a process says."""
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode().strip()
    if not line:
        raise SystemExit("a contender ended too early")
    return line


async def write_line(process: Process, line: str) -> None:
    """Tell a process something."""
    assert process.stdin is not None
    process.stdin.write(line.encode() + b"\n")
    await process.stdin.drain()


def run_on(core: int) -> None:
    """
    Keep this process, and those that it starts, on one core where the system lets it.

    Who is measured has core 0 for itself; the database, the load and stand-ins share the other.
    """
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setaffinity(0, {core})


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until_open(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise SystemExit(f"nobody listens on port {port}")
