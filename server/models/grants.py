"""What people allowed at logins. Tokens stand here sealed, never in the clear."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model


class OAuthGrant(Model):
    """One consent. Grants of one (`login`, `subject`) are siblings: revoking one may end all."""

    id: UUID = fields.UUIDField(primary_key=True, default=uuid4)
    login = fields.CharField(max_length=32)
    subject = fields.CharField(max_length=200)
    scopes = fields.JSONField[list[str]]()
    sealed_tokens: bytes = fields.BinaryField()
    access_expires_at: datetime | None = fields.DatetimeField(null=True)
    refresh_expires_at: datetime | None = fields.DatetimeField(null=True)
    person_expires_at: datetime | None = fields.DatetimeField(null=True)
    consented_at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "oauth_grant"
