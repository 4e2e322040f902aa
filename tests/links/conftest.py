"""A link whose access token has run out, and processes to use it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import VAULT_KEY

from support.clock import travel
from support.links import LinkOne
from support.refresher import Nursery, open_nursery
from support.sandbox import Sandbox
from support.server import Server


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Processes that use links."""
    with open_nursery(VAULT_KEY) as opened:
        yield opened


@pytest.fixture
async def stale(server: Server, sandbox: Sandbox, link_one: LinkOne) -> int:
    """A TikTok link whose access token has run out."""
    account = await link_one("tiktok")
    await travel(sandbox, server, hours=3)
    return account
