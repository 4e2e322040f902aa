"""
One poller as a process of its own: `python -m benchmarks.pollers linkroll|bare DATABASE_URL PORT ACCOUNTS`.

For each line on stdin it reads every account once, and says on stdout how many seconds that took. The
platform is the stand-in on PORT.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir

import aiohttp
import uvloop
from pydantic import SecretStr

from benchmarks.contenders import VAULT_KEYS
from benchmarks.processes import run_on
from linkroll_tiktok.oauth import TikTokLogin
from linkroll_tiktok.platform import PLATFORM
from server.app import open_host, settle_memory
from server.logs import configure_logs
from server.platforms import Platforms, Plugin
from server.services.polling.polling import poll_due
from server.settings import LoginSettings, Settings

AT_ONCE = Settings.model_fields["poll_concurrency"].default
FIELDS = "open_id,display_name,avatar_url,username,follower_count,following_count,likes_count,video_count"
VIDEO_FIELDS = (
    "id,create_time,share_url,title,video_description,cover_image_url,"
    "view_count,like_count,comment_count,share_count"
)

Poll = Callable[[], Awaitable[None]]
Request = tuple[Callable[[str], Awaitable[None]], str]


class UnhurriedLogin(TikTokLogin):
    """TikTok's login, which lets us ask as often as we can: else its 600 calls a minute were measured."""

    budgets = tuple(replace(budget, limit=1_000_000_000) for budget in TikTokLogin.budgets)


@contextlib.asynccontextmanager
async def linkroll(url: str, port: int, accounts: int) -> AsyncIterator[Poll]:
    """What a worker does with accounts that are due."""
    async with open_host(settings_for(url, port), url, platforms=platforms()) as host:

        async def poll() -> None:
            done = await poll_due(host, "tiktok")
            if done != 2 * accounts:
                raise SystemExit(f"{done} pieces were done instead of {2 * accounts}")

        yield poll


def settings_for(url: str, port: int) -> Settings:
    """A worker's settings, with the stand-in as its platform."""
    app = LoginSettings(client_id="bench", client_secret=SecretStr("bench"))
    return Settings(
        data_dir=Path(gettempdir()),
        database_url=url,
        sandbox_url=f"http://127.0.0.1:{port}",
        vault_keys=SecretStr(VAULT_KEYS),
        logins={"tiktok": app},
    )


def platforms() -> Platforms:
    """TikTok alone, without its limits."""
    platform = replace(PLATFORM, logins=(UnhurriedLogin(),))
    return Platforms((Plugin("tiktok", "linkroll-tiktok", "0.1.0", (platform,)),))


@contextlib.asynccontextmanager
async def bare(url: str, port: int, accounts: int) -> AsyncIterator[Poll]:
    """The same requests, as many at once, and their answers thrown away."""
    base = f"http://127.0.0.1:{port}/open.tiktokapis.com/v2"
    async with aiohttp.ClientSession() as session:

        async def user(token: str) -> None:
            query = {"fields": FIELDS}
            async with session.get(f"{base}/user/info/", params=query, headers=_headers(token)) as answer:
                await answer.read()

        async def videos(token: str) -> None:
            query, body = {"fields": VIDEO_FIELDS}, {"max_count": 20}
            async with session.post(
                f"{base}/video/list/", params=query, json=body, headers=_headers(token)
            ) as answer:
                await answer.read()

        async def work(waiting: deque[Request]) -> None:
            while waiting:
                ask, token = waiting.popleft()
                await ask(token)

        async def poll() -> None:
            waiting: deque[Request] = deque(
                (ask, str(n)) for ask in (user, videos) for n in range(1, accounts + 1)
            )
            await asyncio.gather(*(work(waiting) for _ in range(AT_ONCE)))

        yield poll


def _headers(token: str) -> dict[str, str]:
    return {"Accept": "application/json", "Authorization": f"Bearer {token}"}


async def run(which: str, url: str, port: int, accounts: int) -> None:
    """Poll at each line, and say how long it took."""
    async with (linkroll if which == "linkroll" else bare)(url, port, accounts) as poll:
        settle_memory()
        print("ready", flush=True)
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
        )
        while await lines.readline():
            began = time.perf_counter()
            await poll()
            print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    run_on(core=0)
    configure_logs(verbose=False)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
