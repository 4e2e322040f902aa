"""`linkroll serve`: everything a running server is made of, started in order and stopped in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import uvicorn

from server.app import open_app, open_host, settle_memory
from server.database import migrate
from server.embedded import EmbeddedPostgres
from server.host import Host
from server.listening import bind
from server.sandbox_link import sandbox_logins
from server.services.callers.api_keys import create_key, find_viewer
from server.services.callers.viewers import Role, Viewer
from server.settings import Settings
from server.stopping import end_within
from server.telemetry.listener import telling
from server.telemetry.traces import tracing
from server.transport.connections import serving_config
from server.transport.trusted_documents import BadManifest
from server.worker.queue import working

SANDBOX_SECONDS = 20


class StartError(Exception):
    """The start was refused; the message says which setting to mend."""


@contextlib.contextmanager
def open_database(settings: Settings) -> Iterator[str]:
    """The URL of the database: the configured one, or the embedded one for as long as this lasts."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    postgres = EmbeddedPostgres(settings.data_dir)
    try:
        with postgres.kept_running():
            yield postgres.url()
    finally:
        postgres.stop()


@contextlib.asynccontextmanager
async def open_ready_host(settings: Settings) -> AsyncIterator[tuple[Host, str]]:
    """A host on a migrated database, and that database's URL."""
    with open_database(settings) as url:
        # Through no pooler: the lock that migrations take belongs to one connection.
        await migrate(settings.listen_url or url)
        with tracing(settings):
            async with open_host(settings, url) as host:
                yield host, url


async def serve(settings: Settings, *, sandbox: bool) -> None:
    """Run until SIGINT or SIGTERM."""
    listening = bind(settings.host, settings.port)
    settings = settings.model_copy(update={"port": listening.getsockname()[1]})
    async with contextlib.AsyncExitStack() as stack:
        if sandbox:
            settings = await _with_sandbox(stack, settings)
        if problems := settings.problems():
            raise StartError("\n".join(problems))
        host, url = await stack.enter_async_context(open_ready_host(settings))
        try:
            app = await stack.enter_async_context(open_app(host, settings.listen_url or url))
        except BadManifest as error:
            raise StartError(f"LINKROLL_TRUSTED_DOCUMENTS: {error}") from error
        if settings.worker == "embedded":
            await stack.enter_async_context(working(host, settings.listen_url or url))
        metrics = await stack.enter_async_context(telling(host, app.state.listener))
        settle_memory()
        server = _Server(serving_config(app, settings))
        running = asyncio.create_task(server.serve([listening]))
        while not server.started and not running.done():  # noqa: ASYNC110  (uvicorn has no event)
            await asyncio.sleep(0.01)
        if server.started:
            await _announce(host, metrics)
        await running


class _Server(uvicorn.Server):
    """uvicorn, but signals only ask it to stop: raised again, they would cut our own cleaning up short."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """SIGINT and SIGTERM ask for the end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop, number)
        yield

    def _stop(self, number: int) -> None:
        end_within()
        self.handle_exit(number, None)


# The sandbox


async def _with_sandbox(stack: contextlib.AsyncExitStack, settings: Settings) -> Settings:
    """The settings that point every platform at a sandbox of our own, which ends with *stack*."""
    if settings.env == "production":
        raise StartError("The sandbox never runs in production: leave --sandbox out, or unset LINKROLL_ENV.")
    settings.data_dir.expanduser().mkdir(parents=True, exist_ok=True)
    url = await stack.enter_async_context(_run_sandbox(settings.data_dir.expanduser() / "sandbox.json"))
    logins = {**await sandbox_logins(url), **settings.logins}
    return settings.model_copy(update={"sandbox_url": url, "logins": logins})


@contextlib.asynccontextmanager
async def _run_sandbox(state: Path) -> AsyncIterator[str]:
    """The sandbox as a process of its own; its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "linkroll_sandbox", "--port", "0", "--state-file", str(state)),
        stdout=asyncio.subprocess.PIPE,
        # A session of its own, so that Ctrl-C reaches it through us: it must outlive the last request.
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(SANDBOX_SECONDS):
            line = (await process.stdout.readline()).decode()
        if "http://" not in line:
            raise StartError("The sandbox did not start. Is linkroll-sandbox installed? Try `make install`.")
        yield line[line.index("http://") :].strip()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


# What the person at the terminal reads


async def _announce(host: Host, metrics: str | None) -> None:
    address = f"{host.settings.origin}/graphql"
    if metrics is not None:
        print(f"metrics     {metrics}")
    if host.settings.sandbox_url is None:
        lines = [f"linkroll    {address}", "key         linkroll key create --role admin --name you"]
    else:
        key = await _sandbox_key(host)
        lines = [
            f"linkroll    {address}",
            f"key         {key}",
            f"sandbox     {host.settings.sandbox_url}/_control/",
            "",
            f"Try first   curl -s {address} -H 'Content-Type: application/json' \\",
            f"              -H 'Authorization: Bearer {key}' \\",
            '              -d \'{"query": "{ viewer { name role } platforms { key name } }"}\'',
            "Then        make demo, for the whole story. Ctrl-C stops everything.",
        ]
    print("\n".join(lines), flush=True)


async def _sandbox_key(host: Host) -> str:
    """A key for trying things out, kept in the data folder so that the next start shows the same."""
    path = host.settings.data_dir.expanduser() / "sandbox.key"
    if path.exists():
        kept = path.read_text().strip()
        if isinstance(await find_viewer(host.database, kept, host.now()), Viewer):
            return kept
    key = await create_key(host, "sandbox", Role.ADMIN)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key + "\n")
    return key
