"""Two creators, one of whom must not see the other."""

from __future__ import annotations

import pytest
import pytest_asyncio
from graphql import GraphQLSchema

from support.rights import (
    People,
    make_people,
)
from support.schema import committed_schema
from support.server import NO_LIMITS, Server, StartServer


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> Server:
    """A server that answers documents of any size."""
    return await start_server(limits=NO_LIMITS, rate_per_second=0)


@pytest.fixture
def schema() -> GraphQLSchema:
    """What a client may ask."""
    return committed_schema()


@pytest_asyncio.fixture
async def people(server: Server) -> People:
    """Two creators whom every edge of the graph ties together."""
    return await make_people(server)
