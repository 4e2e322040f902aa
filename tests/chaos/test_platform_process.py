"""A `linkroll serve` of its own before a hostile platform: its certificates, its memory, its log."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
import pytest_asyncio
from conftest import VAULT_KEY

from server.outgoing import MAX_BODY
from server.sandbox_link import sandbox_logins
from support.browser import Browser, Landing
from support.certificates import Authority
from support.client import Client
from support.commands import LINKROLL, Serving, environment
from support.hostile import Hostile, hostile_before
from support.misdeeds import GARBAGE, NONSENSE, answers, bomb, flood, flood_heads
from support.roster import Roster
from support.sandbox import Sandbox
from support.soak import rounds, soak_timeout
from support.strangers import self_signed

AT_ONCE = 6
MIB = 1 << 20
EXCHANGE = "/v2/oauth/token/"


@dataclass
class Process:
    """A server process whose platforms are behind somebody hostile, over TLS."""

    serving: Serving
    hostile: Hostile
    sandbox: Sandbox
    roster: Roster
    new_browser: Callable[[], Browser]
    log: Path
    account: str = ""

    async def halfway(self, browser: Browser) -> tuple[str, str]:
        """
        A consent whose answer is still in the browser's hands: the attempt's id, and the callback's address.

        The browser trusts nobody's certificate here and goes to the sandbox itself.
        """
        attempt, authorize_url = await self.roster.begin(self.account)
        page = await browser.get(authorize_url, stop_at=self.hostile.tls_url)
        consent = page.url.replace(self.hostile.tls_url, self.sandbox.url)
        landing = await browser.consent(consent, "mara", stop_at=f"{self.serving.url}/oauth/")
        return attempt, landing.url

    async def finish(self, browser: Browser, attempt: str, callback: str) -> tuple[Any, Landing]:
        """The attempt after the callback, and where the browser landed."""
        landing = await browser.get(callback)
        return await self.roster.attempt(attempt), landing

    async def connect(self) -> Any:
        """The attempt after a consent."""
        browser = self.new_browser()
        return (await self.finish(browser, *await self.halfway(browser)))[0]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Whom the process believes."""
    return Authority(tmp_path)


@pytest_asyncio.fixture
async def process(
    database_url: str,
    sandbox: Sandbox,
    session: aiohttp.ClientSession,
    authority: Authority,
    tmp_path: Path,
    new_browser: Callable[[], Browser],
) -> AsyncIterator[Process]:
    """A running one, with an account to connect."""
    async with hostile_before(sandbox.url, authority.vouches_for("localhost")) as hostile:
        apps = await sandbox_logins(sandbox.url)
        logins = {
            key: {"client_id": app.client_id, "client_secret": app.client_secret.get_secret_value()}
            for key, app in apps.items()
        }
        env = {
            "LINKROLL_DATA_DIR": str(tmp_path),
            "LINKROLL_DATABASE_URL": database_url,
            "LINKROLL_SANDBOX_URL": hostile.tls_url,
            "LINKROLL_LOGINS": json.dumps(logins),
            "LINKROLL_VAULT_KEYS": VAULT_KEY,
            "LINKROLL_ATTEMPTS_PER_CALLER": "1000",
            "SSL_CERT_FILE": str(authority.path),
        }
        # It is greeted with TLS from its first moment on: somebody must answer meanwhile.
        serving = await asyncio.to_thread(serve_noting, tmp_path / "log", env)
        try:
            roster = Roster(Client(serving.url, session, serving.key))
            found = Process(serving, hostile, sandbox, roster, new_browser, tmp_path / "log")
            mara = await roster.create_profile("Mara Linden")
            found.account = await roster.add(mara, "@marabakes", "tiktok")
            yield found
        finally:
            await asyncio.to_thread(serving.stop)
            assert serving.process.stdout is not None
            serving.process.stdout.close()


def serve_noting(log: Path, env: Mapping[str, str]) -> Serving:
    """`linkroll serve --verbose`, as soon as it has printed its key; its log goes to a file."""
    with log.open("w") as errors:
        process = subprocess.Popen(
            [LINKROLL, "serve", "--port", "0", "--verbose"],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment(env),
            start_new_session=True,
        )
    assert process.stdout is not None
    found = Serving(process)
    while "key" not in found.lines:
        line = process.stdout.readline()
        assert line, log.read_text()
        name, _, value = line.strip().partition(" ")
        found.lines[name] = value.strip()
    return found


async def test_a_wrong_certificate_gets_no_token_and_a_right_one_works_again(
    process: Process, authority: Authority, tmp_path: Path
) -> None:
    hostile, good = process.hostile, process.hostile.tls
    wrong = {
        "self-signed": self_signed(tmp_path),
        "expired": authority.vouches_for("localhost", since=-timedelta(days=9), until=-timedelta(hours=1)),
        "not yet": authority.vouches_for("localhost", since=timedelta(hours=1), until=timedelta(days=9)),
        "another's": authority.vouches_for("open.tiktokapis.com"),
        "cut in the handshake": None,
    }
    found = {}
    for name, tls in wrong.items():
        browser = process.new_browser()
        halfway = await process.halfway(browser)
        asked = len(hostile.asked)
        hostile.show(tls, cuts_handshakes=tls is None)
        ended, _ = await process.finish(browser, *halfway)
        reached = hostile.asked[asked:]
        hostile.show(good)
        again = await process.connect()
        found[name] = (ended["outcome"]["__typename"], reached, again["state"])

    assert found == dict.fromkeys(wrong, ("PlatformUnavailable", [], "SUCCEEDED"))


@soak_timeout(600)
async def test_answers_without_end_fill_no_memory_and_no_log(process: Process) -> None:
    hostile, server = process.hostile, psutil.Process(process.serving.process.pid)
    assert (await process.connect())["state"] == "SUCCEEDED"
    misdeeds = {
        "flood": flood,
        "heads": flood_heads,
        "bomb": bomb(100),
        "deep": NONSENSE["100,000 deep"],
        "just under": answers("200 OK", body=b'"' + b"x" * (MAX_BODY - 2) + b'"'),
    }
    odd = []
    before = server.memory_info().rss
    async with _highest(server) as peak:
        for _ in range(rounds(1, soaking=20)):
            for name, misdeed in misdeeds.items():
                browsers = [process.new_browser() for _ in range(AT_ONCE)]
                halfway = [await process.halfway(browser) for browser in browsers]
                hostile.do(misdeed, EXCHANGE)
                ends = await asyncio.gather(
                    *(process.finish(b, *h) for b, h in zip(browsers, halfway, strict=True))
                )
                hostile.be_well()
                outcomes = {ended["outcome"]["__typename"] for ended, _ in ends}
                odd += [] if outcomes == {"PlatformUnavailable"} else [(name, outcomes)]
                assert all(GARBAGE not in landing.text for _, landing in ends)
    grown = (max(peak) - before) / MIB
    again = await process.connect()
    logged = process.log.read_text()

    assert odd == []
    assert again["state"] == "SUCCEEDED"
    # Each answer is cut at 2 MiB; what is left is room for its copies, the browsers' answers and the allocator.
    assert grown < 24 * AT_ONCE, grown
    assert "operation=exchange" in logged
    assert hostile.tokens
    secrets = {*hostile.tokens, *(app["client_secret"] for app in await _apps(process))}
    assert [secret for secret in secrets if secret in logged] == []


@contextlib.asynccontextmanager
async def _highest(process: psutil.Process) -> AsyncIterator[list[int]]:
    """How much memory a process held, looked at often."""
    seen = [process.memory_info().rss]

    async def look() -> None:
        while True:
            seen.append(process.memory_info().rss)
            await asyncio.sleep(0.02)

    task = asyncio.create_task(look())
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _apps(process: Process) -> list[dict[str, Any]]:
    """The apps as the sandbox knows them, secrets and all."""
    return list((await process.sandbox.control("GET", "apps")).values())
