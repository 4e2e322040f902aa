"""Rosters to read."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.rows import Rows
from support.server import Server

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rows(server: Server) -> Rows:
    """Rows put straight into the server's tables."""
    return Rows(server.host)


@pytest.fixture(scope="session")
def sdl() -> str:
    """The committed schema."""
    return (ROOT / "schema.graphql").read_text()
