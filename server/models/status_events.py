"""The append-only log of status changes: the truth behind subscriptions, and their cursor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.models import Model


class StatusEvent(Model):
    """
    One change of one account's status. Null `previous_status`: the account is new; null `status`: removed.

    Rows outlive their account, so there is no foreign key. Migration 0002 adds `tx`, the writing
    transaction, because ids alone are not in commit order (ADR 0004).
    """

    id: int = fields.BigIntField(primary_key=True)
    at: datetime = fields.DatetimeField()
    account_id = fields.BigIntField()
    profile_id = fields.BigIntField()
    platform = fields.CharField(max_length=32)
    previous_status = fields.CharField(max_length=16, null=True)
    status = fields.CharField(max_length=16, null=True)
    status_reason = fields.CharField(max_length=32, null=True)
    evidence: dict[str, Any] | None = fields.JSONField(null=True)

    class Meta(Model.Meta):
        table = "status_event"
