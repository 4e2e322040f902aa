"""Public documents, such as signing keys, are fetched seldom, by one at a time, and kept as long as allowed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from linkroll_sdk import Documents, ForbiddenOperation, PlatformUnavailable, Response

from server.services.platforms.public_documents import PublicDocuments, keeping_time
from support.chirp import ChirpLogin, serve_chirp
from support.publisher import published
from support.server import Server, StartServer

KEYS = "https://api.chirp.example/keys"
DAY = 86400


@dataclass
class KeyServer:
    """A platform that publishes its keys; each answer has another number."""

    asked: int = 0
    status: int = 200
    body: str | None = None
    headers: dict[str, str] = field(default_factory=lambda: {"Cache-Control": "public, max-age=3600"})
    gate: asyncio.Event | None = None

    async def answer(self, request: web.Request) -> web.Response:
        """The present answer."""
        if request.path != "/api.chirp.example/keys":
            raise web.HTTPNotFound
        self.asked += 1
        number = self.asked
        if self.gate is not None:
            await self.gate.wait()
        text = self.body if self.body is not None else f'{{"keys": {number}}}'
        return web.Response(status=self.status, text=text, headers=self.headers)


@dataclass
class Setting:
    """A server, and the platform whose documents it fetches."""

    server: Server
    platform: KeyServer
    documents: Documents

    async def keys(self, *, fresh: bool = False) -> Any:
        """The number of the keys."""
        return (await self.documents.json(KEYS, fresh=fresh))["keys"]

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.server.host.clock.offset += timedelta(**time)


@pytest_asyncio.fixture
async def setting(start_server: StartServer) -> AsyncIterator[Setting]:
    """A server whose outgoing requests lead to a key server."""
    platform = KeyServer()
    async with published(platform.answer) as url:
        server = await serve_chirp(ChirpLogin(), start_server, sandbox_url=url)
        login = server.host.platforms.logins["chirp"]
        yield Setting(server, platform, PublicDocuments(server.host).of(login))


async def test_a_document_is_kept_as_long_as_the_platform_allows(setting: Setting) -> None:
    first = await setting.keys()
    setting.later(minutes=59)
    kept = await setting.keys()
    setting.later(minutes=2)

    assert (first, kept, await setting.keys()) == (1, 1, 2)


async def test_a_fresh_document_is_asked_for_at_most_once_a_minute(setting: Setting) -> None:
    await setting.keys()
    setting.later(seconds=61)
    numbers = [await setting.keys(fresh=True) for _ in range(5)]
    setting.later(seconds=61)

    assert numbers == [2] * 5
    assert await setting.keys(fresh=True) == 3


async def test_a_document_that_was_just_fetched_is_fresh(setting: Setting) -> None:
    await setting.keys()

    assert await setting.keys(fresh=True) == 1


@pytest.mark.parametrize("fresh", [False, True])
async def test_many_who_want_it_at_once_make_one_request(setting: Setting, fresh: bool) -> None:
    await setting.keys()
    setting.later(hours=2)
    setting.platform.gate = asyncio.Event()

    waiting = [asyncio.create_task(setting.keys(fresh=fresh)) for _ in range(10)]
    async with asyncio.timeout(10):
        while setting.platform.asked < 2:
            await asyncio.sleep(0.005)
    setting.platform.gate.set()

    assert await asyncio.gather(*waiting) == [2] * 10
    assert setting.platform.asked == 2


async def test_one_who_gives_up_waiting_leaves_the_way_to_the_next(setting: Setting) -> None:
    setting.platform.gate = asyncio.Event()
    gone = asyncio.create_task(setting.keys())
    async with asyncio.timeout(10):
        while setting.platform.asked < 1:
            await asyncio.sleep(0.005)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    setting.platform.gate.set()
    setting.later(seconds=6)

    assert await setting.keys() == 2


@pytest.mark.parametrize(
    "break_it",
    [
        lambda platform: setattr(platform, "status", 500),
        lambda platform: setattr(platform, "status", 302),
        lambda platform: setattr(platform, "body", "<html>"),
    ],
    ids=["an error", "a redirect", "no JSON"],
)
async def test_a_platform_that_has_no_document_is_unavailable_and_is_left_alone_for_a_moment(
    setting: Setting, break_it: Callable[[KeyServer], None]
) -> None:
    break_it(setting.platform)

    for _ in range(3):
        with pytest.raises(PlatformUnavailable):
            await setting.keys()
    asked = setting.platform.asked
    setting.later(seconds=6)
    with pytest.raises(PlatformUnavailable):
        await setting.keys()

    assert (asked, setting.platform.asked) == (1, 2)


async def test_a_kept_document_survives_a_failed_look_for_a_fresh_one(setting: Setting) -> None:
    """Whoever forges deliveries while the platform is down must not lock the genuine ones out."""
    await setting.keys()
    setting.later(minutes=2)
    setting.platform.status = 500
    with pytest.raises(PlatformUnavailable):
        await setting.keys(fresh=True)

    assert await setting.keys() == 1


async def test_a_host_that_the_plugin_did_not_declare_is_not_asked(setting: Setting) -> None:
    with pytest.raises(ForbiddenOperation):
        await setting.documents.json("https://keys.example/keys")

    assert setting.platform.asked == 0


async def test_a_clock_that_was_set_back_makes_nothing_last_longer(setting: Setting) -> None:
    setting.later(days=91)
    await setting.keys()
    setting.later(days=-91)

    assert await setting.keys() == 2


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        ("public, max-age=19845, must-revalidate", 19845),
        ("MAX-AGE=600", 600),
        ("max-age=1", 300),
        ("max-age=9999999999", DAY),
        ("s-maxage=7200", 300),
        ("no-store, max-age=7200", 300),
        ("", 300),
        ("max-age=soon", 300),
    ],
)
def test_how_long_a_document_is_kept_lies_between_five_minutes_and_a_day(control: str, seconds: int) -> None:
    assert keeping_time(Response(200, {"cache-control": control})) == timedelta(seconds=seconds)
