"""The committed schema, as a client reads it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from graphql import GraphQLSchema, build_schema

SDL = Path(__file__).parents[2] / "schema.graphql"


@cache
def committed_schema() -> GraphQLSchema:
    """The schema of the file."""
    return build_schema(SDL.read_text())
