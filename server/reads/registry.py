"""The tables by their schema type, so that relations can go both ways without importing in a circle."""

from __future__ import annotations

from server.reads.tables import Table

_TABLES: dict[str, Table] = {}


def add(table: Table) -> Table:
    """Register a table under its schema type."""
    _TABLES[table.type_name] = table
    return table


def table(type_name: str) -> Table:
    """The table of a schema type."""
    return _TABLES[type_name]
