"""Processes that use a link at the generic platform, to be killed: as `support.refresher`, with another plugin."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from server.app import open_host
from server.platforms import Platforms, Plugin
from server.settings import Settings
from support.commands import environment
from support.generic_oauth import GenericLogin, generic_platform
from support.refresher import Nursery, outcome

# In a process of its own


async def work(order: dict[str, Any]) -> None:
    """Use a link as often as the order says, side by side."""
    settings = Settings()
    platforms = Platforms(
        (Plugin("generic", "linkroll-generic", "1.0", (generic_platform(GenericLogin()),)),)
    )
    async with open_host(settings, str(settings.database_url), platforms=platforms) as host:
        host.clock.offset = timedelta(seconds=order["offset"])
        _tell(ready=True)
        uses = [outcome(host, order["account"]) for _ in range(order["times"])]
        _tell(outcomes=await asyncio.gather(*uses))


def _tell(**facts: Any) -> None:
    # One write of less than a pipe's page, so that many may tell at once.
    os.write(1, (json.dumps({"pid": os.getpid(), **facts}) + "\n").encode())


def main() -> None:
    """Fork a process for every line of orders."""
    # The log goes where nobody listens.
    sys.stdout = sys.stderr
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if os.fork() == 0:
            order = json.loads(line)
            os.environ.update(order["environment"])
            try:
                asyncio.run(work(order))
            except BaseException as error:
                _tell(outcomes=[f"accident: {error!r}"])
            os._exit(0)


# In the test


class GenericNursery(Nursery):
    """Where those processes come from. Another program than its parent's, with the same manners."""

    def __init__(self, vault_key: str) -> None:
        self._vault_key = vault_key
        self._heard: list[dict[str, Any]] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.generic_user"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment(None), "PYTHONPATH": str(Path(__file__).parents[1])},
            start_new_session=True,
        )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)


@contextlib.contextmanager
def open_generic_nursery(vault_key: str) -> Iterator[GenericNursery]:
    """A nursery, for as long as this lasts."""
    nursery = GenericNursery(vault_key)
    try:
        yield nursery
    finally:
        nursery.close()


if __name__ == "__main__":
    main()
