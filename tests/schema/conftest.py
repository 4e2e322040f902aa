"""The schema as the server builds it for the installed plugins."""

from __future__ import annotations

import pytest
from graphql import GraphQLSchema

from server.platforms import load_platforms
from server.schema.build import build_schema


@pytest.fixture(scope="session")
def schema() -> GraphQLSchema:
    """What introspection would tell a client."""
    return build_schema(load_platforms())._schema
