"""Each caller has a share, counted in what its operations cost; who uses it up waits, and nobody else does."""

from __future__ import annotations

import asyncio

import pytest

from server.transport.rate_limits import AT_ONCE, BURST_SECONDS, REMEMBERED, RateLimits, TooMuch
from support.client import Client
from support.server import Server, StartServer
from support.sockets import open_socket

WHOAMI = "{ viewer { name } }"


class Hands:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hands() -> Hands:
    """Time."""
    return Hands()


@pytest.fixture
def limits(hands: Hands) -> RateLimits:
    """Ten a second."""
    return RateLimits(10, hands)


def waits(limits: RateLimits, caller: str) -> int:
    """How long a caller is told to wait; 0 when it is let in."""
    try:
        limits.admit(caller)
    except TooMuch as error:
        return error.retry_after
    return 0


def test_a_burst_is_let_in_and_what_comes_after_it_waits(limits: RateLimits) -> None:
    limits.charge("a", 10 * BURST_SECONDS - 1)
    assert waits(limits, "a") == 0

    limits.charge("a", 1)

    assert waits(limits, "a") == 1


def test_who_waits_as_long_as_told_is_let_in(limits: RateLimits, hands: Hands) -> None:
    limits.charge("a", 10 * BURST_SECONDS + 45)
    told = waits(limits, "a")

    hands.now += told

    assert told == 5
    assert waits(limits, "a") == 0


def test_the_most_expensive_operation_is_never_out_of_reach(limits: RateLimits, hands: Hands) -> None:
    limits.charge("a", 10**6)
    hands.now += 10**6

    assert waits(limits, "a") == 0


def test_nobody_waits_for_another(limits: RateLimits) -> None:
    limits.charge("a", 10**6)

    assert waits(limits, "a") > 0
    assert waits(limits, "b") == 0


def test_a_quiet_caller_saves_no_more_than_a_burst(limits: RateLimits, hands: Hands) -> None:
    waits(limits, "a")
    hands.now += 10**6
    limits.charge("a", 10 * BURST_SECONDS + 1)

    assert waits(limits, "a") > 0


def test_strangers_without_number_are_forgotten_and_those_who_come_again_are_not(limits: RateLimits) -> None:
    limits.charge("a", 10**6)
    for number in range(REMEMBERED - 1):
        waits(limits, f"stranger {number}")
    waits(limits, "a")
    for number in range(REMEMBERED - 1):
        waits(limits, f"other {number}")

    assert len(limits._buckets) == REMEMBERED
    assert waits(limits, "a") > 0


async def test_no_limit_is_no_limit() -> None:
    limits = RateLimits(0)
    limits.charge("a", 10**9)

    limits.admit("a")


async def test_heavy_operations_of_one_caller_take_turns(limits: RateLimits) -> None:
    running: list[str] = []
    begun: list[tuple[str, ...]] = []
    go_on = asyncio.Event()

    async def run(name: str, caller: str, cost: int) -> None:
        async with limits.turn(caller, cost):
            running.append(name)
            begun.append(tuple(running))
            await go_on.wait()
            running.remove(name)

    async with asyncio.TaskGroup() as group:
        for name, caller, cost in (
            ("a1", "a", AT_ONCE),
            ("a2", "a", AT_ONCE),
            ("b1", "b", AT_ONCE // 2),
            ("b2", "b", AT_ONCE // 2),
        ):
            group.create_task(run(name, caller, cost))
        while len(begun) < 3:
            await asyncio.sleep(0)
        at_once = set(running)
        go_on.set()

    assert at_once == {"a1", "b1", "b2"}
    assert begun[-1][-1] == "a2"


async def test_who_leaves_the_queue_holds_up_nobody(limits: RateLimits) -> None:
    async with limits.turn("a", AT_ONCE):
        waiting = asyncio.create_task(limits.turn("a", AT_ONCE).__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    async with asyncio.timeout(5), limits.turn("a", AT_ONCE):
        pass


# Over the wire


@pytest.fixture
async def strict(start_server: StartServer) -> Server:
    """A server that lets nobody have much."""
    return await start_server(rate_per_second=1, anonymous_rate_per_second=1)


async def use_up(client: Client) -> int:
    """Ask until refused; how often it was answered."""
    for answered in range(100):
        if "errors" in await client.send(WHOAMI):
            return answered
    raise AssertionError("never refused")


async def test_a_caller_that_asks_too_much_gets_429_and_is_told_when_to_come_back(strict: Server) -> None:
    client, other = await strict.client(), await strict.client()
    answered = await use_up(client)

    headers = {"Authorization": f"Bearer {client.key}"}
    async with strict.session.post(
        f"{strict.url}/graphql", json={"query": WHOAMI}, headers=headers
    ) as refused:
        (error,) = (await refused.json())["errors"]

    assert answered == 3
    assert (refused.status, error["extensions"]["code"]) == (429, "RATE_LIMITED")
    assert int(refused.headers["Retry-After"]) == error["extensions"]["retryAfter"] > 0
    assert await other.ask(WHOAMI)


async def test_a_socket_has_the_same_share_and_lives_on(strict: Server) -> None:
    client = await strict.client()
    await use_up(client)

    async with open_socket(strict.session, strict.url) as socket:
        await socket.init(client.key)
        await socket.start("1", WHOAMI)
        (error,) = await socket.result("1")
        await socket.send({"type": "ping"})

        assert (error["extensions"]["code"], (await socket.receive())["type"]) == ("RATE_LIMITED", "pong")


async def test_those_without_a_key_share_by_address(strict: Server) -> None:
    await use_up_anonymously(strict, "198.51.100.1")

    codes = [await anonymous_code(strict, address) for address in ("198.51.100.1", "198.51.100.2")]

    assert codes == ["RATE_LIMITED", "UNAUTHENTICATED"]


async def use_up_anonymously(server: Server, address: str) -> None:
    """Ask from an address until refused."""
    while await anonymous_code(server, address) != "RATE_LIMITED":
        pass


async def anonymous_code(server: Server, address: str) -> str:
    """What a stranger behind a proxy on this machine is told."""
    headers = {"X-Forwarded-For": address}
    body = {"query": WHOAMI}
    async with server.session.post(f"{server.url}/graphql", json=body, headers=headers) as answer:
        return str((await answer.json())["errors"][0]["extensions"]["code"])


async def test_documents_that_may_not_run_are_charged_for_as_well(strict: Server) -> None:
    client = await strict.client()

    codes = {await client.error_code("{ nothing }") for _ in range(20)}

    assert codes == {"GRAPHQL_VALIDATION_FAILED", "RATE_LIMITED"}
