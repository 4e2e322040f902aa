"""Viewer: who is asking."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry.types import Info

from server.schema.types.nodes import relation
from server.schema.types.profiles import Profile
from server.services.viewers import Role


@strawberry.type(description="The caller behind this request.")
class Viewer:
    name: str = strawberry.field(description="The API key's name.")
    role: Role = strawberry.field(description="What the caller is to the roster.")

    @relation(description="The profile a creator's key is bound to; null for other roles.")
    def profile(self, info: Info[Any, Any]) -> Profile | None:
        """Loaded by the read path."""
