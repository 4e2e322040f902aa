"""Which master keys this database knows: a canary sealed under each proves a key right at start."""

from __future__ import annotations

from datetime import datetime

from tortoise import fields
from tortoise.models import Model


class VaultKey(Model):
    """One master key by name, and a known text sealed under it."""

    name = fields.CharField(max_length=64, primary_key=True)
    canary: bytes = fields.BinaryField()
    created_at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "vault_key"
