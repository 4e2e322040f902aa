"""Operator notices: what whoever runs the server should know."""

from __future__ import annotations

import strawberry

from server.schema.types.scalars import BigInt, DateTime


@strawberry.type(description="Something the operator should know, told once and counted.")
class OperatorNotice:
    kind: str = strawberry.field(description="What it is, as a stable word.")
    subject: str = strawberry.field(description="What it is about: a login, a platform, a metric.")
    detail: str = strawberry.field(description="What was seen last, as a sentence. Never holds a token.")
    first_seen_at: DateTime = strawberry.field(description="When it was first seen.")
    last_seen_at: DateTime = strawberry.field(description="When it was last seen.")
    times: BigInt = strawberry.field(description="How often it was seen.")
