"""Where a request came from is what the connection says, or what a proxy says that the operator has named."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from conftest import VAULT_KEY

from server.services.callers.api_keys import create_key
from server.services.callers.viewers import Role
from support.commands import LINKROLL, SECONDS, environment
from support.rows import Rows
from support.server import Server
from support.workers import worker_environment

LARGE = {"query": "{ profiles(first: 100) { nodes { id displayName kind createdAt } } }"}
"""Costs a stranger the share of some minutes."""
GUESS = f"Bearer lr_{'0' * 16}.{'A' * 43}"
CONNECT = (
    "mutation ($i: ConnectSocialAccountInput!) { connectSocialAccount(input: $i)"
    " { ... on ConnectSocialAccountSuccess { authorizeUrl } } }"
)


@dataclass
class Process:
    """A `linkroll serve` of its own, and what it logs."""

    url: str
    log: Path

    async def statuses(self, forwarded: list[str]) -> list[int]:
        """The statuses of one large question each, forwarded for these."""
        return [status for status, _ in [await self.ask({"X-Forwarded-For": text}) for text in forwarded]]

    async def ask(
        self, headers: Mapping[str, str], method: str = "POST", path: str = "/graphql"
    ) -> tuple[int, aiohttp.ClientResponse]:
        """One request: its status, and the answer, which was read."""
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.url + path, headers=headers, json=LARGE) as answer,
        ):
            await answer.read()
            return answer.status, answer

    def addresses(self) -> list[str]:
        """The addresses of refused sign-ins, as they are logged."""
        lines = [line for line in self.log.read_text().splitlines() if "event=refused" in line]
        return [
            word.removeprefix("address=") for line in lines for word in line.split() if "address=" in word
        ]


@pytest.fixture
def proxies() -> str:
    """The proxies that the operator names."""
    return ""


@pytest.fixture
def process(server: Server, proxies: str, tmp_path: Path) -> Iterator[Process]:
    """A server process on the test's database, where a stranger may ask one large question in some minutes."""
    env = {
        **worker_environment(server, VAULT_KEY),
        "LINKROLL_ANONYMOUS_RATE_PER_SECOND": "1",
        "LINKROLL_TRUSTED_PROXIES": proxies,
    }
    log = tmp_path / "log"
    with log.open("w") as errors:
        running = subprocess.Popen(
            [LINKROLL, "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment(env),
            start_new_session=True,
        )
    assert running.stdout is not None
    first = running.stdout.readline().split()
    assert first[:1] == ["linkroll"], f"serve ended with {running.wait(SECONDS)}: {log.read_text()}"
    yield Process(first[1].removesuffix("/graphql"), log)
    running.terminate()
    running.wait(SECONDS)
    running.stdout.close()


@pytest.mark.parametrize("proxies", ["", "10.0.0.0/8"], ids=["none named", "another named"])
async def test_whom_nobody_named_cannot_say_where_a_request_came_from(process: Process) -> None:
    """Else everybody would have as many shares as they can think of addresses, and a log full of others'."""
    statuses = await process.statuses([f"203.0.113.{number}" for number in range(3)])
    await process.ask({"Authorization": GUESS, "X-Forwarded-For": "203.0.113.9"})

    assert statuses == [200, 429, 429]
    assert process.addresses() == ["127.0.0.1"]


@pytest.mark.parametrize("proxies", ["10.0.0.0/8,127.0.0.1"])
async def test_a_named_proxy_says_where_a_request_came_from(process: Process) -> None:
    statuses = await process.statuses([f"203.0.113.{number}" for number in range(3)])
    again = await process.statuses(["203.0.113.1"])
    await process.ask({"Authorization": GUESS, "X-Forwarded-For": "203.0.113.9"})

    assert statuses == [200] * 3
    assert again == [429]
    assert process.addresses() == ["203.0.113.9"]


@pytest.mark.parametrize("proxies", ["10.0.0.0/8,127.0.0.1"])
async def test_what_a_caller_writes_before_the_proxys_word_does_not_count(process: Process) -> None:
    """A proxy adds the address that it saw at the end of what it was sent."""
    written = [f"198.51.100.{number}, 203.0.113.7, 10.0.0.{number}" for number in range(3)]

    statuses = await process.statuses(written)
    await process.ask({"Authorization": GUESS, "X-Forwarded-For": written[0]})

    assert statuses == [200, 429, 429]
    assert process.addresses() == ["203.0.113.7"]


@pytest.mark.parametrize("proxies", ["127.0.0.1"])
async def test_our_own_address_is_the_settings_whatever_is_forwarded(
    server: Server, process: Process
) -> None:
    """Redirect URIs and cookies hang on it: nobody's header may lead them to another host, or drop the TLS."""
    key = await create_key(server.host, "admin", Role.ADMIN)
    mara = await Rows(server.host).profile("Mara Linden")
    forwarded = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example;proto=https",
        "Authorization": f"Bearer {key}",
    }
    body = {
        "query": CONNECT,
        "variables": {"i": {"target": {"profilePlatform": {"profileId": mara, "platform": "tiktok"}}}},
    }

    async with aiohttp.ClientSession() as session:
        async with session.post(f"{process.url}/graphql", headers=forwarded, json=body) as answer:
            begun = (await answer.json())["data"]["connectSocialAccount"]["authorizeUrl"]
        async with session.get(begun, headers=forwarded, allow_redirects=False) as on:
            location, cookie = on.headers["Location"], on.headers["Set-Cookie"]
        async with session.post(f"{process.url}/session", headers=forwarded) as signed_in:
            assert "Secure" not in cookie + signed_in.headers["Set-Cookie"]

    assert begun.startswith(f"{process.url}/connect/")
    assert "evil.example" not in location
    assert (await process.ask({"Host": "evil.example"}))[0] == 421
