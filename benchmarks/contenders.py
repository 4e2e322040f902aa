"""One contender as a process of its own: `python -m benchmarks.contenders linkroll|bare DATABASE_URL PORT`."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import sys
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import uvicorn
import uvloop

from benchmarks.bare import bare_app
from benchmarks.processes import run_on
from server.app import open_app, open_host, settle_memory
from server.services.callers.api_keys import create_key
from server.services.callers.viewers import Role
from server.settings import Settings

VAULT_KEYS = "bench:" + base64.b64encode(b"b" * 32).decode()


async def run(which: str, url: str, port: int) -> None:
    """Serve until told to stop; the first line on stdout are the API keys of two callers (or dashes)."""
    async with contextlib.AsyncExitStack() as stack:
        if which == "bare":
            app: Any = bare_app(url)
            print("- -", flush=True)
        else:
            settings = Settings(
                rate_per_second=0,
                data_dir=Path(gettempdir()),
                database_url=url,
                port=port,
                vault_keys=VAULT_KEYS,  # type: ignore[arg-type]
            )
            host = await stack.enter_async_context(open_host(settings, url))
            app = await stack.enter_async_context(open_app(host, url))
            keys = [await create_key(host, name, Role.ADMIN) for name in ("one", "another")]
            print(*keys, flush=True)
        # Both sides alike: it would be unfair to settle only one.
        settle_memory()
        config = uvicorn.Config(app, port=port, log_level="error", access_log=False, server_header=False)
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    run_on(core=0)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(sys.argv[1], sys.argv[2], int(sys.argv[3])))
