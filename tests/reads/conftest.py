"""Rosters to read."""

from __future__ import annotations

import pytest

from support.rows import Rows
from support.server import Server


@pytest.fixture
def rows(server: Server) -> Rows:
    """Rows put straight into the server's tables."""
    return Rows(server.host)
