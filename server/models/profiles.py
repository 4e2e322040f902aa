"""Profiles and group membership."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.models import Model


class Profile(Model):
    """
    A creator or a group of creators.

    A merged profile keeps its row: `merged_into` names the survivor, so its id keeps resolving.
    """

    id: int = fields.BigIntField(primary_key=True)
    kind = fields.CharField(max_length=16)
    display_name = fields.CharField(max_length=200)
    external_id = fields.CharField(max_length=200, null=True)
    merged_into: fields.ForeignKeyNullableRelation[Profile] = fields.ForeignKeyField(
        "models.Profile", related_name="merged_profiles", null=True, on_delete=fields.CASCADE
    )
    merged_into_id: int | None
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "profile"


class GroupMember(Model):
    """An individual's membership in a group profile."""

    id: int = fields.BigIntField(primary_key=True)
    group: fields.ForeignKeyRelation[Profile] = fields.ForeignKeyField(
        "models.Profile", related_name="memberships", on_delete=fields.CASCADE
    )
    group_id: int
    member: fields.ForeignKeyRelation[Profile] = fields.ForeignKeyField(
        "models.Profile", related_name="group_memberships", on_delete=fields.CASCADE
    )
    member_id: int
    created_at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "group_member"
        unique_together = (("group", "member"),)


class ProfileMerge(Model):
    """
    One merge, with what it moved, so that undo gives back exactly that.

    `moved` holds ids only: `accounts`, `group_ids`, `member_ids`, `attempts`, `redirects` (profiles merged
    earlier into the one that was merged now).
    """

    id: int = fields.BigIntField(primary_key=True)
    survivor: fields.ForeignKeyRelation[Profile] = fields.ForeignKeyField(
        "models.Profile", related_name="merges_survived", on_delete=fields.CASCADE
    )
    survivor_id: int
    merged: fields.ForeignKeyRelation[Profile] = fields.ForeignKeyField(
        "models.Profile", related_name="merges_undergone", on_delete=fields.CASCADE
    )
    merged_id: int
    moved = fields.JSONField[dict[str, list[Any]]]()
    merged_at: datetime = fields.DatetimeField()
    undone_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "profile_merge"
