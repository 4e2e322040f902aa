"""Who is asking."""

from __future__ import annotations

from typing import Any

from server.reads import registry
from server.reads.selection import Selection
from server.reads.tables import build, put
from server.resolvers.context import Info, reader_of
from server.schema.types.viewer import Viewer


async def viewer(info: Info) -> Any:
    """The caller behind the request."""
    reader = reader_of(info)
    shown = build(
        Viewer,
        {name: getattr(reader.viewer, name) for name in ("name", "role", "scope", "expires_at")},
    )
    for selected in Selection.below(info).named("Viewer", "profile"):
        found = await registry.table("Profile").by_id(reader, reader.viewer.profile_id, selected.of)
        put(shown, selected.key, found)
    return shown
