"""`linkroll demo` tells the truth: it ends well when everything does, and only then."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from server.worker.queue import working
from support.browser import Browser
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server, StartServer

LINKROLL = Path(sys.executable).with_name("linkroll")
NOWHERE = "http://127.0.0.1:1"
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Telling:
    """How one run of the command ended, and what it said."""

    code: int
    text: str

    @property
    def steps(self) -> list[int]:
        """The numbers of the steps that were begun."""
        return [int(number) for number in re.findall(r"^ ?(\d+)  ", self.text, re.MULTILINE)]

    def address_of(self, name: str) -> str:
        """An address that it printed above the story."""
        found = re.search(rf"^{name} +(http\S+)$", self.text, re.MULTILINE)
        assert found is not None, self.text
        return found[1]


@contextlib.asynccontextmanager
async def running_demo(*arguments: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`linkroll demo`, running."""
    process = await asyncio.create_subprocess_exec(
        LINKROLL,
        "demo",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until(process: asyncio.subprocess.Process, words: str) -> bytes:
    """Everything that it said up to the line with these words."""
    assert process.stdout is not None
    said = b""
    while words.encode() not in said:
        line = await process.stdout.readline()
        assert line, said.decode()
        said += line
    return said


async def demo(*arguments: str, **environment: str) -> Telling:
    """Run `linkroll demo` to its end."""
    async with running_demo(*arguments, **environment) as process:
        said, _ = await process.communicate()
    assert process.returncode is not None
    return Telling(process.returncode, said.decode())


@pytest.fixture
async def at_server(server: Server, sandbox: Sandbox) -> AsyncIterator[list[str]]:
    """The arguments that let the demo play at this test's server and its sandbox. It works in the background."""
    admin = await server.client()
    async with working(server.host, str(server.host.settings.database_url)):
        yield ["--url", server.url, "--key", str(admin.key), "--sandbox-url", sandbox.url]


async def whole_roster(roster: Roster) -> Any:
    """Everything that a frontend could show."""
    return await roster.client.ask(
        "{ profiles(first: 50) { nodes { id displayName externalId socialAccounts(first: 50) { nodes {"
        " id platform handle status statusReason authenticatedAt expiresAt grantedScopes } } } } }"
    )


async def is_silent(url: str) -> bool:
    """Whether nothing listens at *url* any more."""
    async with aiohttp.ClientSession() as session:
        try:
            await session.get(url)
        except aiohttp.ClientConnectorError:
            return True
    return False


@pytest.fixture
def temporary_folder() -> Iterator[Path]:
    """Where the command makes its temporary folders. Not tmp_path: a database under root cannot enter that."""
    with tempfile.TemporaryDirectory(prefix="linkroll-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def test_without_arguments_it_tells_all_steps_at_a_server_of_its_own(temporary_folder: Path) -> None:
    """Also for whoever has another database, even a production's, in their shell: it is never touched."""
    telling = await demo(
        TMPDIR=str(temporary_folder),
        LINKROLL_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing",
        LINKROLL_ENV="production",
    )

    assert telling.code == 0, telling.text
    assert telling.steps == list(range(1, 16))
    assert re.search(r"^All 15 steps came out as told: \d+ checks in [\d.]+ s\.$", telling.text, re.MULTILINE)
    assert await is_silent(telling.address_of("server")) and await is_silent(telling.address_of("sandbox"))
    assert not list(temporary_folder.glob("linkroll-demo-*"))


async def test_told_to_stop_it_takes_its_server_along(temporary_folder: Path) -> None:
    async with running_demo(TMPDIR=str(temporary_folder)) as process:
        said = await until(process, "Create a profile")
        process.send_signal(signal.SIGTERM)
        rest, _ = await process.communicate()

    telling = Telling(process.returncode or 0, (said + rest).decode())
    assert telling.code == 130
    assert await is_silent(telling.address_of("server")) and await is_silent(telling.address_of("sandbox"))
    assert not list(temporary_folder.glob("linkroll-demo-*"))


async def test_in_a_roster_in_use_it_leaves_everything_as_it_was(
    at_server: list[str], roster: Roster, browser: Browser, sandbox: Sandbox
) -> None:
    dina = await roster.create_profile("Dina Haddad")
    await roster.link(browser, "dina", dina, "@dinatravels", "tiktok")
    await sandbox.control("PUT", "clock", {"offset_seconds": DAY_SECONDS})
    before = await whole_roster(roster)

    telling = await demo(*at_server)

    assert telling.code == 0, telling.text
    assert telling.steps == list(range(1, 16))
    assert await whole_roster(roster) == before
    assert (await sandbox.control("GET", "clock"))["offset_seconds"] == DAY_SECONDS


async def test_without_the_sandboxs_address_time_and_record_are_left_out(at_server: list[str]) -> None:
    telling = await demo(*at_server[:4])

    assert telling.code == 0, telling.text
    assert telling.steps == list(range(1, 14))
    assert "need --sandbox-url" in telling.text


async def test_a_consent_that_is_denied_stops_it_with_the_difference(
    at_server: list[str], roster: Roster, sandbox: Sandbox
) -> None:
    await sandbox.person("mara", "next-consent", login="tiktok", decision="deny")

    telling = await demo(*at_server)

    assert telling.code == 1
    assert telling.steps[-1] == 4 and "Step 4 came out differently" in telling.text
    assert "expected  AccountsLinked" in telling.text and "got       ConsentDenied" in telling.text
    assert await whole_roster(roster) == {"nodes": []}


async def test_a_platform_that_cannot_revoke_stops_it_with_the_difference(
    at_server: list[str], roster: Roster, sandbox: Sandbox
) -> None:
    await sandbox.fault(kind="status", status=500, host="open.tiktokapis.com", path="/v2/oauth/revoke/")

    telling = await demo(*at_server)

    assert telling.code == 1
    assert telling.steps[-1] == 6
    assert "expected  REVOKED" in telling.text and "got       FAILED" in telling.text
    assert await whole_roster(roster) == {"nodes": []}


async def test_a_write_on_the_platforms_record_stops_it_with_the_difference(
    at_server: list[str], sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    """As a plugin's would be, were there a way past the locks: here the test writes in its place."""
    async with running_demo(*at_server) as process:
        await until(process, "Create a profile")
        await session.post(f"{sandbox.url}/graph.facebook.com/me/feed", data={"message": "hello"})
        rest, _ = await process.communicate()

    assert process.returncode == 1
    assert "Step 15 came out differently: writes on record." in rest.decode()
    assert "got       ['POST graph.facebook.com/me/feed']" in rest.decode()


async def test_an_account_that_the_roster_holds_is_named_before_anything_is_made(
    at_server: list[str], roster: Roster
) -> None:
    holder = await roster.create_profile("Already here")
    await roster.add(holder, "@mara.bakes", "instagram")
    before = await whole_roster(roster)

    telling = await demo(*at_server)

    assert telling.code == 1 and telling.steps == []
    assert "nobody to hold instagram.com/mara.bakes" in telling.text and "Already here" in telling.text
    assert await whole_roster(roster) == before


async def test_it_never_consents_at_a_real_platform(start_server: StartServer) -> None:
    """Without a sandbox the server sends the browser to the platforms themselves."""
    server = await start_server(sandbox_url=None)
    admin = await server.client()

    telling = await demo("--url", server.url, "--key", str(admin.key))

    assert telling.code == 1
    assert "got       https://www.tiktok.com" in telling.text


async def test_a_wrong_key_is_said_so(server: Server) -> None:
    telling = await demo("--url", server.url, "--key", "lr_wrong")

    assert telling.code == 1
    assert "got       UNAUTHENTICATED" in telling.text


async def test_a_server_that_is_not_there_is_said_so() -> None:
    telling = await demo("--url", NOWHERE, "--key", "lr_any")

    assert telling.code == 1
    assert "The story cannot begin" in telling.text and "Traceback" not in telling.text


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--url", NOWHERE], id="an address without a key"),
        pytest.param(["--sandbox-url", NOWHERE], id="a sandbox without its server"),
    ],
)
async def test_half_an_address_is_a_wrong_question(arguments: list[str]) -> None:
    telling = await demo(*arguments)

    assert telling.code == 2
    assert "go together" in telling.text


@pytest.mark.parametrize(
    ("no_color", "is_coloured"),
    [pytest.param("", True, id="by default"), pytest.param("1", False, id="with NO_COLOR")],
)
def test_a_terminal_gets_colours_unless_it_wants_none(no_color: str, is_coloured: bool) -> None:
    ours, terminal = pty.openpty()

    subprocess.run(
        [LINKROLL, "demo", "--url", NOWHERE, "--key", "lr_any"],
        stdout=terminal,
        env={**os.environ, "NO_COLOR": no_color},
        check=False,
    )
    os.close(terminal)

    assert (b"\033[" in read_all(ours)) is is_coloured


def read_all(terminal: int) -> bytes:
    """Everything that was written to the other end."""
    said = b""
    # A terminal whose writers are gone ends with an error, not with an empty read.
    with contextlib.suppress(OSError), open(terminal, "rb", buffering=0) as stream:
        while chunk := stream.read(4096):
            said += chunk
    return said
