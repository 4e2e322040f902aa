"""`make bench`: linkroll beside a bare endpoint, in interleaved rounds of one run, as ratios."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.load import Round, ask_once, run_round
from benchmarks.questions import PAGE, POINT, Question
from benchmarks.seed import PROFILES, seed
from server.database import migrate
from server.embedded import EmbeddedPostgres
from server.ids import global_id


@dataclass(frozen=True)
class Contender:
    """A running server and its key."""

    port: int
    key: str


async def main(rounds: int, seconds: float) -> int:
    """Print the report; 1 when a ratio is under its least."""
    questions = [
        Question("one profile with its accounts", POINT, {"id": global_id("Profile", 77)}, "/point/77", 0.15),
        Question("50 profiles with their accounts", PAGE, {}, "/page", 0.08),
    ]
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setaffinity(0, {1})
    with tempfile.TemporaryDirectory(prefix="linkroll-bench-", ignore_cleanup_errors=True) as folder:
        postgres = EmbeddedPostgres(Path(folder))
        try:
            await migrate(postgres.url())
            await seed(postgres.url())
            async with start("linkroll", postgres.url()) as ours, start("bare", postgres.url()) as bare:
                print(
                    f"{PROFILES} profiles, {PROFILES * 4} accounts; {rounds} rounds of {seconds:g} s, interleaved\n"
                )
                print(f"{'':34}{'ratio':>7}{'(min-max)':>14}{'least':>7}{'p99 ours':>10}{'p99 bare':>10}")
                good = [await compare(question, ours, bare, rounds, seconds) for question in questions]
        finally:
            postgres.stop()
    return 0 if all(good) else 1


async def compare(question: Question, ours: Contender, bare: Contender, rounds: int, seconds: float) -> bool:
    """Measure one question on both sides in turn; whether the ratio suffices."""
    graphql, plain = graphql_request(question, ours.key), plain_request(question)
    mine, theirs = await ask_once(ours.port, graphql), await ask_once(bare.port, plain)
    if orjson.loads(mine) != orjson.loads(theirs):
        raise SystemExit(f"{question.name}: the two sides answer differently:\n{mine!r}\n{theirs!r}")
    pairs: list[tuple[Round, Round]] = []
    for _ in range(rounds):
        pairs.append(
            (await run_round(ours.port, graphql, seconds), await run_round(bare.port, plain, seconds))
        )
    ratios = [one.per_second / other.per_second for one, other in pairs]
    ratio = statistics.median(ratios)
    p99 = [statistics.median(r.percentile(0.99) for r in side) for side in zip(*pairs, strict=True)]
    span = f"({min(ratios):.2f}-{max(ratios):.2f})"
    print(
        f"{question.name:<34}{ratio:>7.3f}{span:>14}{question.least:>7.2f}{p99[0]:>8.1f}ms{p99[1]:>8.1f}ms",
        flush=True,
    )
    return ratio >= question.least


def graphql_request(question: Question, key: str) -> bytes:
    """The question as a GraphQL request."""
    body = orjson.dumps({"query": question.query, "variables": question.variables})
    return (
        b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer "
        + key.encode()
        + f"\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


def plain_request(question: Question) -> bytes:
    """The question as the bare endpoint takes it."""
    return f"GET {question.bare_path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


@contextlib.asynccontextmanager
async def start(which: str, url: str) -> AsyncIterator[Contender]:
    """A contender as a process of its own."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.contenders", which, url, str(port), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    key = (await process.stdout.readline()).decode().strip()
    try:
        await until_open(port)
        yield Contender(port, key)
    finally:
        process.terminate()
        await process.wait()


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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0)
    chosen = parser.parse_args()
    raise SystemExit(asyncio.run(main(chosen.rounds, chosen.seconds)))
