"""The audit log: who did what, when, and how it ended."""

from __future__ import annotations

import strawberry

from server.schema.types.scalars import DateTime


@strawberry.type(description="One act of one caller, done or refused.")
class AuditEntry:
    at: DateTime = strawberry.field(description="When it was.")
    actor: str = strawberry.field(
        description="Who: an API key (`lr_…`), a subject of the identity provider (`jwt_…`), or `cli` for the "
        "command line. A sign-in that failed names the key that was claimed, `?` for none."
    )
    actor_name: str = strawberry.field(
        description="The name that the caller had then; empty for creators, as it would outlive their removal."
    )
    action: str = strawberry.field(
        description="What: a mutation's name, `signIn`, or an act of the command line such as `key.revoke`."
    )
    outcome: str = strawberry.field(
        description="`OK`, or the code that says why nothing was changed: a refusal's or an error's."
    )
    target_ids: list[strawberry.ID] = strawberry.field(
        description="What it was about: the ids that the input named, and of what was made."
    )
    request_id: str | None = strawberry.field(description="The request's number in the log; null for others.")


@strawberry.input(description="Which entries. All that is given must fit.")
class AuditLogFilter:
    actor: str | None = strawberry.field(default=None, description="Only this caller's.")
    action: str | None = strawberry.field(default=None, description="Only acts of this name.")
    outcome: str | None = strawberry.field(default=None, description="Only acts that ended so.")
    target_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only acts about this object."
    )
    since: DateTime | None = strawberry.field(default=None, description="Only from this time on.")
    until: DateTime | None = strawberry.field(default=None, description="Only before this time.")
