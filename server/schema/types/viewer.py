"""Viewer: who is asking."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry.types import Info

from server.schema.types.enums import described
from server.schema.types.nodes import relation
from server.schema.types.profiles import Profile
from server.schema.types.scalars import DateTime
from server.services.callers.viewers import Role, Scope

described(
    Scope,
    "KeyScope",
    "What of its role's rights a credential may use.",
    {
        "FULL": "All of them.",
        "CONNECT": "Reading, and the mutations that lead through a consent.",
        "READ": "Reading only.",
    },
)


@strawberry.type(description="The caller behind this request.")
class Viewer:
    name: str = strawberry.field(description="The API key's name, or the token's.")
    role: Role = strawberry.field(description="What the caller is to the roster.")
    scope: Scope = strawberry.field(description="What of the role's rights this credential may use.")
    expires_at: DateTime | None = strawberry.field(
        description="When the credential is over; null for a key that lasts until it is revoked."
    )

    @relation(description="The profile a creator's key is bound to; null for other roles.")
    def profile(self, info: Info[Any, Any]) -> Profile | None:
        """Loaded by the read path."""
