"""Social accounts: the facts that status is a function of."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from server.models.grants import OAuthGrant
from server.models.profiles import Profile


class SocialAccount(Model):
    """
    One account on one platform, attached to one profile.

    Known by `platform_id` once authenticated, by `handle_key` before. Both are unique per platform
    (migration 0002), which is what makes "one profile" true under any concurrency. `expires_at`
    is a generated column: the earlier of `consent_expires_at` and `platform_expires_at`.
    """

    id: int = fields.BigIntField(primary_key=True)
    profile: fields.ForeignKeyRelation[Profile] = fields.ForeignKeyField(
        "models.Profile", related_name="social_accounts", on_delete=fields.CASCADE
    )
    profile_id: int
    platform = fields.CharField(max_length=32)
    platform_id = fields.CharField(max_length=200, null=True)
    handle = fields.CharField(max_length=200, null=True)
    handle_key = fields.CharField(max_length=200, null=True)
    url = fields.CharField(max_length=500, null=True)
    display_name = fields.CharField(max_length=300, null=True)
    avatar_url = fields.CharField(max_length=2000, null=True)
    followers = fields.BigIntField(null=True)
    paired_with: fields.ForeignKeyNullableRelation[SocialAccount] = fields.ForeignKeyField(
        "models.SocialAccount", related_name="paired_by", null=True, on_delete=fields.SET_NULL
    )
    paired_with_id: int | None
    grant: fields.ForeignKeyNullableRelation[OAuthGrant] = fields.ForeignKeyField(
        "models.OAuthGrant", related_name="social_accounts", null=True, on_delete=fields.SET_NULL
    )
    grant_id: UUID | None
    sealed_access_token: bytes | None = fields.BinaryField(null=True)
    authenticated_at: datetime | None = fields.DatetimeField(null=True)
    consent_expires_at: datetime | None = fields.DatetimeField(null=True)
    platform_expires_at: datetime | None = fields.DatetimeField(null=True)
    invalidated_at: datetime | None = fields.DatetimeField(null=True)
    invalid_reason = fields.CharField(max_length=32, null=True)
    status_evidence: dict[str, Any] | None = fields.JSONField(null=True)
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "social_account"
