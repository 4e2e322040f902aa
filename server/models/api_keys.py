"""Callers' keys: only a hash of the secret is kept."""

from __future__ import annotations

from datetime import datetime

from tortoise import fields
from tortoise.models import Model

from server.models.profiles import Profile


class ApiKey(Model):
    """A caller. `id` is the public half of the key; `secret_hash` SHA-256 of the other half."""

    id = fields.CharField(max_length=32, primary_key=True)
    name = fields.CharField(max_length=200)
    role = fields.CharField(max_length=16)
    profile: fields.ForeignKeyNullableRelation[Profile] = fields.ForeignKeyField(
        "models.Profile", related_name="api_keys", null=True, on_delete=fields.CASCADE
    )
    profile_id: int | None
    secret_hash: bytes = fields.BinaryField()
    created_at: datetime = fields.DatetimeField()
    revoked_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "api_key"
