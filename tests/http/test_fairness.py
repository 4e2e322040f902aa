"""Whoever asks for much waits; whoever asks for little beside them does not."""

from __future__ import annotations

import asyncio
import gc
import time

import pytest

from support.client import Client
from support.rows import Rows
from support.server import Server, StartServer
from support.soak import rounds, soak_timeout

PROFILES, ACCOUNTS, ALIASES = 100, 4, 55
LARGEST = f"""{{ profiles(first: {PROFILES}) {{ nodes {{ socialAccounts(first: {ACCOUNTS}) {{ nodes {{
  {" ".join(f"a{n}: profile {{ id }}" for n in range(ALIASES))}
}} }} }} }} }}"""
"""About the most that one operation may cost, all of it there, and none of it plain values."""
SMALL = "{ __typename }"
CONNECTIONS = 3
TIMES = rounds(4, soaking=100)
SECONDS = 0.5
"""How long a small question may wait for its answer while another caller asks for much."""
SLACK = 5
"""How much slower than ours a machine may be."""


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    """A server with a roster, and no limit to how often it may be asked for all of it."""
    server = await start_server(rate_per_second=0)
    rows = Rows(server.host)
    for number in range(PROFILES):
        profile = await rows.profile(f"Creator {number}")
        for platform in ("facebook", "instagram", "tiktok", "youtube"):
            await rows.account(profile, platform=platform, handle=f"creator{number}")
    return server


async def ask_for_much(client: Client) -> int:
    """Ask the largest question, and take in the answer without looking at it; its size."""
    headers = {"Authorization": f"Bearer {client.key}"}
    async with client.session.post(
        f"{client.url}/graphql", json={"query": LARGEST}, headers=headers
    ) as answer:
        text = await answer.read()
    assert not text.startswith(b'{"errors"'), text[:300]
    return len(text)


async def test_the_largest_answer_is_made_in_slices_between_which_others_are_served(server: Server) -> None:
    """In the processor's time, and without the collector: neither a busy machine nor a tidy one is the server's."""
    greedy = await server.client()
    await ask_for_much(greedy)
    gc.collect()
    gc.disable()
    began = last = time.process_time()
    stretches = []

    try:
        asking = asyncio.create_task(ask_for_much(greedy))
        while not asking.done():
            await asyncio.sleep(0)
            stretches.append(time.process_time() - last)
            last += stretches[-1]
    finally:
        gc.enable()

    assert await asking > PROFILES * ACCOUNTS * ALIASES * len('"a1":{"id":""},')
    assert max(stretches) < (last - began) / 2


@soak_timeout(600)
async def test_a_small_question_is_answered_soon_while_another_caller_asks_the_largest_without_pause(
    server: Server,
) -> None:
    greedy, modest = await server.client(), await server.client()
    answered, waits = 0, []

    async def keep_asking() -> None:
        nonlocal answered
        while answered < TIMES:
            await ask_for_much(greedy)
            answered += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(keep_asking())
        while answered < TIMES:
            began = time.perf_counter()
            await modest.ask(SMALL)
            waits.append(time.perf_counter() - began)

    assert max(waits) < SECONDS * SLACK
    assert len(waits) > 10 * answered
