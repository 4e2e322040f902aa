"""The whole database as a value, to show that nothing changed."""

from __future__ import annotations

from server.host import Host


async def snapshot(host: Host) -> dict[str, list[str]]:
    """Every row of every table, as text; but not who tried what, which is noted also where nothing changed."""
    tables = await host.database.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'audit_entry'"
        " ORDER BY tablename"
    )
    return {
        row["tablename"]: [
            str(r["line"])
            for r in await host.database.fetch(
                f'SELECT t::text AS line FROM "{row["tablename"]}" t ORDER BY 1'
            )
        ]
        for row in tables
    }
