"""A whole installation of its own, in a temporary folder, with nothing of it started."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from support.fleet import make_fleet
from support.sandbox import Sandbox
from support.siege import Siege
from support.soak import rounds


@pytest.fixture
async def siege(sandbox: Sandbox, session: aiohttp.ClientSession) -> AsyncIterator[Siege]:
    """A server and a worker, two of each under soak, ready for work. `LINKROLL_SEED` repeats a run's choices."""
    seed = os.environ.get("LINKROLL_SEED") or str(random.randrange(10**6))
    # Not pytest's tmp_path: that folder is closed to the user that the database runs as under root.
    with tempfile.TemporaryDirectory(prefix="linkroll-kills-", ignore_cleanup_errors=True) as folder:
        fleet = await make_fleet(
            Path(folder), sandbox.url, session, servers=rounds(1, soaking=2), workers=rounds(1, soaking=2)
        )
        found = Siege(fleet, sandbox, session, seed)
        try:
            await found.muster()
            yield found
        finally:
            fleet.end()
            await found.close()
            print(f"LINKROLL_SEED={seed}")
