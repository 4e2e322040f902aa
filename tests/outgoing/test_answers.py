"""Whatever a platform answers, it ends in time, fills no memory, leads nowhere else, and is told without secrets."""

from __future__ import annotations

import asyncio
import gzip
import logging
import ssl
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import structlog
from linkroll_sdk import Allowance, Http, Operation, PlatformUnavailable, Purpose, Request

from server.clock import Clock
from server.logs import configure_logs
from server.outgoing import MAX_BODY, Outgoing
from server.telemetry.metrics import REGISTRY
from support.strangers import Answer, Stranger, says, self_signed, stranger

HOST = "api.example"
SECRET = "planted-0123456789"
ALLOWANCE = Allowance(frozenset({HOST}), (Operation("POST", HOST, "/token", Purpose.TOKEN),))
HASTY = aiohttp.ClientTimeout(total=0.15)


class Way:
    """A guarded client whose every request reaches *stranger*."""

    def __init__(self, found: Stranger, outgoing: Outgoing) -> None:
        self.stranger = found
        self.http: Http = outgoing.to(ALLOWANCE, "example")

    async def ask(self) -> Any:
        """One request with a secret in each place that can hold one."""
        return await self.http.send(
            Request(
                "POST",
                f"https://{HOST}/token?code={SECRET}",
                "exchange",
                params={"access_token": SECRET},
                form={"client_secret": SECRET},
                headers={"X-Proof": SECRET},
                access_token=SECRET,
            )
        )


@pytest_asyncio.fixture
async def open_way() -> AsyncIterator[Any]:
    """Opens ways to servers that answer as they are told."""
    ends: list[Any] = []

    async def open_one(
        answer: Answer, *, tls: ssl.SSLContext | None = None, timeout: aiohttp.ClientTimeout | None = None
    ) -> Way:
        context = stranger(answer, tls)
        found = await context.__aenter__()
        url = f"{'https' if tls else 'http'}://localhost:{found.port}"
        outgoing = Outgoing(Clock(), url, **({"timeout": timeout} if timeout else {}))
        ends.append((context, outgoing))
        return Way(found, outgoing)

    yield open_one
    for context, outgoing in ends:
        await outgoing.close()
        await context.__aexit__(None, None, None)


@pytest.fixture
def log_everything() -> Iterator[Callable[[], None]]:
    """Makes everybody log all there is to log. To be called by the test itself: stderr is another one before."""
    yield lambda: configure_logs(verbose=True)
    structlog.reset_defaults()


async def test_a_redirect_is_an_answer_and_is_not_followed(open_way: Any) -> None:
    elsewhere = await open_way(says("200 OK"))
    way = await open_way(
        says("307 Temporary Redirect", f"Location: http://localhost:{elsewhere.stranger.port}/")
    )

    answer = await way.ask()

    assert answer.status == 307
    assert elsewhere.stranger.dialled == 0


async def test_a_request_is_counted_for_its_login(open_way: Any) -> None:
    def counted() -> float:
        labels = {"login": "example", "operation": "exchange", "outcome": "418"}
        return REGISTRY.get_sample_value("linkroll_platform_requests_total", labels) or 0.0

    way, before = await open_way(says("418 I'm a teapot")), counted()

    await way.ask()

    assert counted() - before == 1


async def test_a_certificate_that_nobody_vouches_for_is_refused(open_way: Any, tmp_path: Path) -> None:
    way = await open_way(says("200 OK"), tls=self_signed(tmp_path))

    with pytest.raises(PlatformUnavailable, match="ClientConnectorCertificateError"):
        await way.ask()

    assert way.stranger.heads == []


async def test_an_answer_that_drips_in_ends_in_time(open_way: Any) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.01)

    way = await open_way(drip, timeout=HASTY)

    with pytest.raises(PlatformUnavailable, match="Timeout"):
        await way.ask()


async def test_an_answer_that_never_begins_ends_in_time(open_way: Any) -> None:
    async def wait(writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    way = await open_way(wait, timeout=HASTY)

    with pytest.raises(PlatformUnavailable, match="Timeout"):
        await way.ask()


async def test_an_answer_that_is_too_large_is_cut_off(open_way: Any) -> None:
    sent = 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    way = await open_way(flood)

    with pytest.raises(PlatformUnavailable, match="too large"):
        await way.ask()
    async with asyncio.timeout(5):
        while not way.stranger.cut:
            await asyncio.sleep(0.01)
    assert sent < 20 * MAX_BODY


async def test_a_small_answer_that_unpacks_without_end_is_cut_off(open_way: Any) -> None:
    packed = gzip.compress(bytes(40 * MAX_BODY))
    way = await open_way(says("200 OK", "Content-Encoding: gzip", body=packed))

    assert len(packed) < MAX_BODY / 10
    with pytest.raises(PlatformUnavailable, match="too large"):
        await way.ask()


async def test_a_packed_answer_of_a_sensible_size_is_read(open_way: Any) -> None:
    packed = gzip.compress(b'{"long": "' + b"x" * 100_000 + b'"}')
    way = await open_way(says("200 OK", "Content-Encoding: gzip", body=packed))

    assert len((await way.ask()).json()["long"]) == 100_000


@pytest.mark.parametrize(
    "headers",
    [("X-Long: " + "x" * 40_000,), tuple(f"X-{n}: y" for n in range(300))],
    ids=["one that is too long", "too many"],
)
async def test_headers_without_end_are_refused(open_way: Any, headers: tuple[str, ...]) -> None:
    way = await open_way(says("200 OK", *headers))

    with pytest.raises(PlatformUnavailable):
        await way.ask()


@pytest.mark.parametrize(
    "answer",
    [
        says("200 OK", f"X-Echo: {SECRET}", body=SECRET.encode()),
        says("500 Oh", body=SECRET.encode()),
        says(f"302 {SECRET}", f"Location: https://elsewhere.example/?token={SECRET}"),
        says(f"bad {SECRET}"),
        says("200 OK", "Content-Encoding: gzip", body=SECRET.encode()),
    ],
    ids=["good", "bad", "redirect", "no status", "not packed"],
)
async def test_no_secret_reaches_the_log_or_an_error(
    open_way: Any,
    answer: Answer,
    log_everything: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    log_everything()
    way = await open_way(answer)

    try:
        told = repr((await way.ask()).status)
    except PlatformUnavailable as error:
        told = "".join(traceback.format_exception(error))
    logged = capsys.readouterr().err + caplog.text

    assert SECRET in way.stranger.heads[0].decode()
    assert "path=/token" in logged and "operation=exchange" in logged
    assert SECRET not in logged + told
