"""A server for the demo alone: `linkroll serve --sandbox` in a process of its own, its data gone afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from server.demo.narrator import Difference

START_SECONDS = 60


@dataclass(frozen=True)
class Place:
    """Where a server is, how to be let in, and the sandbox it plays with, where that is known."""

    url: str
    key: str
    sandbox_url: str | None


@contextlib.asynccontextmanager
async def own_server() -> AsyncIterator[Place]:
    """A server of our own on a free port and an empty roster; ends with this."""
    with tempfile.TemporaryDirectory(prefix="linkroll-demo-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "serve.log"
        with log.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                # -P: a folder called `server` where the demo is started must not be taken for ours.
                *(sys.executable, "-P", "-m", "server", "serve", "--sandbox", "--port", "0"),
                *("--data-dir", folder),
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                env=_plain_environment(),
                # A session of its own, so that Ctrl-C reaches it through us, when the story has let go of it.
                start_new_session=True,
            )
        try:
            yield await _announced(process, log)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


def _plain_environment() -> dict[str, str]:
    """Our environment without the operator's settings: the story must not play on their database."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LINKROLL_")}


async def _announced(process: asyncio.subprocess.Process, log: Path) -> Place:
    """What the server prints when it is ready: its address, a key, and its sandbox."""
    assert process.stdout is not None
    found: dict[str, str] = {}
    async with asyncio.timeout(START_SECONDS):
        while not {"linkroll", "key", "sandbox"} <= found.keys():
            line = (await process.stdout.readline()).decode()
            if not line:
                raise Difference("no server came up", expected="its address", got=_last_words(log))
            name, _, value = line.strip().partition(" ")
            found[name] = value.strip()
    return place_of(found["linkroll"], found["key"], found["sandbox"])


def _last_words(log: Path) -> str:
    return " ".join(log.read_text(errors="replace").split()[-60:])


def place_of(url: str, key: str, sandbox_url: str | None) -> Place:
    """The place that these addresses name, also as `serve` prints them: with `/graphql` and `/_control/`."""
    sandbox = sandbox_url.rstrip("/").removesuffix("/_control") if sandbox_url else None
    return Place(url.rstrip("/").removesuffix("/graphql"), key, sandbox)
