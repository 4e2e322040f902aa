"""Errors that are no part of a type: each with a stable code."""

from __future__ import annotations

from graphql import GraphQLError


def coded(code: str, message: str) -> GraphQLError:
    """An error whose message may be shown and whose `extensions.code` is stable."""
    return GraphQLError(message, extensions={"code": code})
