"""Attempts: one walk through a login's consent each, and the accounts it turned out to reach."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model

from server.models.grants import OAuthGrant
from server.models.profiles import Profile
from server.models.social_accounts import SocialAccount


class ConnectAttempt(Model):
    """
    One walk through consent. Its state is a function of its times (`services.connect.attempts.state_of`).

    `start_hash`, `state_hash` and `browser_hash` are SHA-256 of values that only the address, the
    platform and the browser know. `taken_at` is set once, before any network call.
    """

    id: UUID = fields.UUIDField(primary_key=True, default=uuid4)
    login = fields.CharField(max_length=32)
    platform = fields.CharField(max_length=32)
    profile: fields.ForeignKeyRelation[Profile] = fields.ForeignKeyField(
        "models.Profile", related_name="connect_attempts", on_delete=fields.CASCADE
    )
    profile_id: int
    account: fields.ForeignKeyNullableRelation[SocialAccount] = fields.ForeignKeyField(
        "models.SocialAccount", related_name="connect_attempts", null=True, on_delete=fields.CASCADE
    )
    account_id: int | None
    api_key_id = fields.CharField(max_length=32)
    return_url = fields.CharField(max_length=2000, null=True)
    start_hash: bytes = fields.BinaryField()
    browser_hash: bytes | None = fields.BinaryField(null=True)
    state_hash: bytes | None = fields.BinaryField(null=True)
    sealed_code_verifier: bytes | None = fields.BinaryField(null=True)
    created_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField()
    opened_at: datetime | None = fields.DatetimeField(null=True)
    taken_at: datetime | None = fields.DatetimeField(null=True)
    grant: fields.ForeignKeyNullableRelation[OAuthGrant] = fields.ForeignKeyField(
        "models.OAuthGrant", related_name="connect_attempts", null=True, on_delete=fields.SET_NULL
    )
    grant_id: UUID | None
    choosing_at: datetime | None = fields.DatetimeField(null=True)
    finished_at: datetime | None = fields.DatetimeField(null=True)
    outcome_code = fields.CharField(max_length=64, null=True)
    outcome_facts: dict[str, Any] | None = fields.JSONField(null=True)

    class Meta(Model.Meta):
        table = "connect_attempt"


class ConnectCandidate(Model):
    """One account that an attempt's grant reaches, usable or with the reason why not."""

    id: UUID = fields.UUIDField(primary_key=True, default=uuid4)
    attempt: fields.ForeignKeyRelation[ConnectAttempt] = fields.ForeignKeyField(
        "models.ConnectAttempt", related_name="candidates", on_delete=fields.CASCADE
    )
    attempt_id: UUID
    position = fields.IntField()
    platform = fields.CharField(max_length=32)
    platform_id = fields.CharField(max_length=200, null=True)
    handle = fields.CharField(max_length=200, null=True)
    display_name = fields.CharField(max_length=300)
    avatar_url = fields.CharField(max_length=2000, null=True)
    followers = fields.BigIntField(null=True)
    unusable = fields.CharField(max_length=32, null=True)
    hint = fields.CharField(max_length=500)
    missing_scopes = fields.JSONField[list[str]]()
    pair = fields.CharField(max_length=200, null=True)
    expected = fields.BooleanField(default=False)
    sealed_access_token: bytes | None = fields.BinaryField(null=True)
    account: fields.ForeignKeyNullableRelation[SocialAccount] = fields.ForeignKeyField(
        "models.SocialAccount", related_name="candidates", null=True, on_delete=fields.SET_NULL
    )
    account_id: int | None

    class Meta(Model.Meta):
        table = "connect_candidate"
