"""How profiles are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.reads import metric_sums, registry, social_accounts
from server.reads.filters import account_conditions, account_search, like
from server.reads.pages import Listing, Order
from server.reads.reader import Reader
from server.reads.selection import Selection
from server.reads.sql import Sql
from server.reads.tables import Column, Relation, Table, owned_by, to_one
from server.schema.types.profiles import Profile, ProfileOrder, StatusCounts
from server.services.links.status import Status, status_sql

ORDERS = {
    ProfileOrder.NEWEST: Order("newest", "t.id", "bigint", descending=True),
    ProfileOrder.OLDEST: Order("oldest", "t.id", "bigint"),
    ProfileOrder.NAME: Order("name", "lower(t.display_name)", "text"),
}
BY_NAME = ORDERS[ProfileOrder.NAME]
COUNTED = [status.lower() for status in Status]


def _total_followers(sql: Sql) -> str:
    linked = f"{status_sql('a', sql.now, sql.warning)} IN ('LINKED', 'EXPIRING')"
    return (
        "(SELECT COALESCE(sum(a.followers), 0)::bigint FROM social_account a"
        f" WHERE a.profile_id = t.id AND {linked})"
    )


def _status_counts(sql: Sql) -> str:
    counts = ", ".join(f"count(*) FILTER (WHERE s.status = '{status}')" for status in Status)
    return (
        f"(SELECT ARRAY[{counts}] FROM (SELECT {status_sql('a', sql.now, sql.warning)} AS status"
        " FROM social_account a WHERE a.profile_id = t.id) s)"
    )


def _counts_shown(counts: list[int]) -> StatusCounts:
    return StatusCounts(**dict(zip(COUNTED, counts, strict=True)))


def _where(reader: Reader, sql: Sql, args: Mapping[str, Any]) -> list[str]:
    found = ["t.merged_into_id IS NULL"]
    wanted = args.get("filter")
    if wanted is None:
        return found
    if wanted.kind is not None:
        found.append(f"t.kind = {sql.value(wanted.kind.value, 'text')}")
    if wanted.external_id is not None:
        found.append(_external_id(sql, wanted.external_id))
    if wanted.search is not None:
        found.append(_search(reader, sql, wanted.search))
    if wanted.account is not None:
        conditions = ["a.profile_id = t.id", *account_conditions(reader, sql, "a", wanted.account)]
        found.append(f"EXISTS (SELECT 1 FROM social_account a WHERE {' AND '.join(conditions)})")
    return found


def _external_id(sql: Sql, text: str) -> str:
    """Whether the profile, or one that was merged into it, carries this external id."""
    # PostgreSQL holds no NUL, so no profile carries such an id.
    wanted = sql.value(None if "\x00" in text else text, "text")
    merged = f"SELECT 1 FROM profile m WHERE m.merged_into_id = t.id AND m.external_id = {wanted}"
    return f"(t.external_id = {wanted} OR EXISTS ({merged}))"


def _search(reader: Reader, sql: Sql, text: str) -> str:
    pattern = like(sql, text)
    return (
        f"(lower(t.display_name) LIKE {pattern} OR lower(t.external_id) LIKE {pattern} OR EXISTS"
        f" (SELECT 1 FROM social_account a WHERE a.profile_id = t.id AND {account_search(reader, sql, 'a', text)}))"
    )


def _by_name(args: Mapping[str, Any]) -> Order:
    return BY_NAME


def _not_merged(reader: Reader, sql: Sql, args: Mapping[str, Any]) -> list[str]:
    # A merged profile keeps those memberships that its survivor had already, for the undo.
    return ["t.merged_into_id IS NULL"]


MEMBERS = Listing(
    "Profile.members",
    lambda: registry.table("Profile"),
    _by_name,
    _not_merged,
    parent="m.group_id",
    join="JOIN group_member m ON m.member_id = t.id",
)
GROUPS = Listing(
    "Profile.groups",
    lambda: registry.table("Profile"),
    _by_name,
    _not_merged,
    parent="m.member_id",
    join="JOIN group_member m ON m.group_id = t.id",
)

TABLE = registry.add(
    Table(
        type_name="Profile",
        kind=Profile,
        source="profile t",
        columns={
            "kind": Column("t.kind"),
            "display_name": Column("t.display_name"),
            "external_id": Column("t.external_id"),
            "created_at": Column("t.created_at"),
            "updated_at": Column("t.updated_at"),
            "total_followers": Column(_total_followers),
            "status_counts": Column(_status_counts, _counts_shown),
        },
        relations={
            "social_accounts": social_accounts.OF_PROFILE.relation(),
            "members": MEMBERS.relation(),
            "groups": GROUPS.relation(),
            "merged_into": to_one(lambda: registry.table("Profile"), "t.merged_into_id"),
            "metrics": Relation(metric_sums.load),
        },
        visible=owned_by("t.id"),
        always={"_merged_into": "t.merged_into_id"},
    )
)

ALL = Listing(
    "profiles", lambda: TABLE, lambda args: ORDERS[args.get("order_by") or ProfileOrder.NEWEST], _where
)


async def by_surviving_ids(reader: Reader, ids: Sequence[int], selection: Selection) -> dict[int, Any]:
    """
    Visible profiles by the ids asked for; a merged profile's id gives the survivor.

    Nearly always one statement: only where a row says that it was merged is the survivor read after it.
    """
    found = await TABLE.by_ids(reader, ids, selection)
    merged = {i: p.__dict__["_merged_into"] for i, p in found.items() if p.__dict__["_merged_into"]}
    missing = [i for i in ids if i not in found] if not reader.viewer.sees_roster else []
    merged |= {i: s for i, s in (await surviving_ids(reader, missing)).items() if s != i} if missing else {}
    survivors = await TABLE.by_ids(reader, merged.values(), selection)
    return {i: survivors.get(merged[i]) if i in merged else found[i] for i in {*found, *merged}}


async def ids_behind(reader: Reader, profile_id: int | None) -> list[int]:
    """The profile's own id, and those of the profiles that were merged into it."""
    rows = await reader.host.database.fetch(
        "SELECT id FROM profile WHERE id = $1 OR merged_into_id = $1", profile_id
    )
    return [row["id"] for row in rows]


async def surviving_ids(reader: Reader, ids: Sequence[int]) -> dict[int, int]:
    """The profile that each id resolves to: itself, or the one it was merged into. Unknown ids are missing."""
    rows = await reader.host.database.fetch(
        "SELECT id, COALESCE(merged_into_id, id) AS survivor FROM profile WHERE id = ANY($1::bigint[])",
        list(ids),
    )
    return {row["id"]: row["survivor"] for row in rows}
