"""What the operator should know."""

from __future__ import annotations

from typing import Any

from server.reads import operator_notices as reads
from server.reads.selection import Selection
from server.resolvers.context import Info, reader_of, viewer_of
from server.schema.types.errors import coded
from server.services.callers.viewers import Role


async def operator_notices(info: Info, **args: Any) -> Any:
    """A page of the notices; a coded error for anybody but admins."""
    if viewer_of(info).role is not Role.ADMIN:
        raise coded("FORBIDDEN", "This needs an admin key.")
    return await reads.ALL.load(reader_of(info), args, Selection.below(info))
