"""Nothing inside can be dialled: not by an address however written, not by a name, not after a redirect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
import pytest_asyncio
from linkroll_sdk import Allowance, ForbiddenOperation, PlatformUnavailable, Request

from server.clock import Clock
from server.dialing import is_loopback, is_public, open_connector, was_not_dialled
from server.outgoing import Outgoing
from support.strangers import says, stranger

INSIDE = (
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::127.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "no address",
    "",
)
OUTSIDE = ("8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "168.63.129.17")
OUTSIDE_IPV6 = ("2606:4700:4700::1111", "2a00:1450:4001:80b::200e", "64:ff9b::8.8.8.8")
WRITTEN = ("127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]")


OpenOutgoing = Callable[..., Outgoing]


@pytest_asyncio.fixture
async def open_outgoing() -> AsyncIterator[OpenOutgoing]:
    """Opens clients, and closes them."""
    opened: list[Outgoing] = []

    def open_one(sandbox_url: str | None = None) -> Outgoing:
        opened.append(Outgoing(Clock(), sandbox_url))
        return opened[-1]

    yield open_one
    for outgoing in opened:
        await outgoing.close()


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [*OUTSIDE, *OUTSIDE_IPV6])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["10.0.0.1", "8.8.8.8", "::ffff:10.0.0.1", "localhost"])
def test_only_loopback_is_loopback(address: str) -> None:
    assert is_loopback("127.0.0.1") and is_loopback("::1")
    assert not is_loopback(address)


@pytest.mark.parametrize("host", WRITTEN)
async def test_loopback_is_not_dialled_however_it_is_written(host: str) -> None:
    async with (
        stranger(says("200 OK")) as found,
        aiohttp.ClientSession(connector=open_connector(is_public)) as session,
    ):
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"http://{host}:{found.port}/")

    assert found.dialled == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_it_is_the_check_that_keeps_a_client_away(host: str) -> None:
    async with (
        stranger(says("200 OK")) as found,
        aiohttp.ClientSession(connector=open_connector(is_public)) as guarded,
        aiohttp.ClientSession() as open_to_all,
    ):
        with pytest.raises(aiohttp.ClientConnectorError) as refused:
            await guarded.get(f"http://{host}:{found.port}/")
        async with open_to_all.get(f"http://{host}:{found.port}/") as answer:
            assert answer.status == 200

    assert was_not_dialled(refused.value)
    assert found.dialled == 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "169.254.169.254", "[::1]"])
async def test_a_declared_host_that_leads_inside_is_not_dialled(
    open_outgoing: OpenOutgoing, host: str
) -> None:
    http = open_outgoing().to(Allowance(frozenset({host.strip("[]")})))

    with pytest.raises(PlatformUnavailable, match="the address is not public"):
        await http.send(Request("GET", f"https://{host}/", "resolve"))


async def test_beside_a_sandbox_nothing_but_loopback_is_dialled(open_outgoing: OpenOutgoing) -> None:
    outgoing = open_outgoing("http://192.0.2.1:80")

    with pytest.raises(PlatformUnavailable, match="the address is not public"):
        await outgoing.to(Allowance(frozenset({"api.example"}))).send(
            Request("GET", "https://api.example/", "me")
        )


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example@127.0.0.1/",
        "https://api.example:8443/",
        "https://api.example.evil.example/",
        "https://127.0.0.1#@api.example/",
        "https://127.0.0.1\\@api.example/",
        "https://api.example\\.evil.example/",
        "http://api.example/",
    ],
)
async def test_an_address_that_only_looks_declared_is_refused(open_outgoing: OpenOutgoing, url: str) -> None:
    async with stranger(says("200 OK")) as found:
        outgoing = open_outgoing(f"http://127.0.0.1:{found.port}")
        with pytest.raises(ForbiddenOperation):
            await outgoing.to(Allowance(frozenset({"api.example"}))).send(Request("GET", url, "me"))
    assert found.dialled == 0
