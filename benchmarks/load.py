"""A load generator that costs little itself: raw HTTP/1.1 on kept-alive connections."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

CONNECTIONS = 16


@dataclass
class Round:
    """What one round measured."""

    seconds: float
    latencies: list[float] = field(repr=False)

    @property
    def per_second(self) -> float:
        """Requests answered a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency, in milliseconds, that *share* of the requests stay under."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


async def run_round(port: int, requests: Sequence[bytes], seconds: float) -> Round:
    """Ask *requests* in turn, as fast as *CONNECTIONS* connections can, one at a time each."""
    latencies: list[float] = []
    turns = itertools.cycle(requests)
    started = time.perf_counter()
    await asyncio.gather(*(_ask(port, turns, started + seconds, latencies) for _ in range(CONNECTIONS)))
    return Round(time.perf_counter() - started, latencies)


async def ask_in_turn(port: int, request: bytes, seconds: float, pause: float) -> Round:
    """Ask one request again and again on one connection, with a pause in between."""
    latencies: list[float] = []
    started = time.perf_counter()
    await _ask(port, itertools.repeat(request), started + seconds, latencies, pause)
    return Round(time.perf_counter() - started, latencies)


async def ask_once(port: int, request: bytes) -> bytes:
    """One answer's body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    try:
        writer.write(request)
        return await _answer(reader)
    finally:
        writer.close()


async def _ask(
    port: int, requests: Iterator[bytes], until: float, latencies: list[float], pause: float = 0
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    try:
        while (began := time.perf_counter()) < until:
            writer.write(next(requests))
            await _answer(reader)
            latencies.append(time.perf_counter() - began)
            if pause:
                await asyncio.sleep(pause)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode(errors="replace"))
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return await reader.readexactly(length)
