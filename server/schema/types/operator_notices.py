"""Operator notices: what whoever runs the server should know."""

from __future__ import annotations

import strawberry

from server.schema.types.enums import described
from server.schema.types.scalars import BigInt, DateTime
from server.services.operator.operator_notices import NoticeKind

described(
    NoticeKind,
    "OperatorNoticeKind",
    "What a notice is about.",
    {
        "DEAD_METRIC": "A platform refuses a metric that its plugin's catalogue has. Others are read on.",
        "ODD_ANSWER": "A plugin answered numbers or posts that cannot be believed. They were left out.",
        "APP_REFUSED": "A platform refuses the operator's app: its id, secret, version or settings.",
    },
)


@strawberry.type(description="Something the operator should know, told once and counted.")
class OperatorNotice:
    kind: NoticeKind = strawberry.field(description="What it is.")
    subject: str = strawberry.field(description="What it is about: a login, a platform, a metric.")
    detail: str = strawberry.field(description="What was seen last, as a sentence. Never holds a token.")
    first_seen_at: DateTime = strawberry.field(description="When it was first seen.")
    last_seen_at: DateTime = strawberry.field(description="When it was last seen.")
    times: BigInt = strawberry.field(description="How often it was seen.")
