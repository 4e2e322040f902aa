"""
The same answers, found the obvious way: graphql-core's own executor over the rows in memory, one object at a
time. Slow and simple, so that what the read path answers can be compared with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from graphql import GraphQLSchema, graphql_sync, parse, validate

from server.host import Host
from server.ids import global_id, row_id, uuid_id
from server.services.links.status import Facts, Standing, Status, next_action, status_of
from server.services.refusals import BY_CODE, from_record

Row = dict[str, Any]

TABLES = {
    "Profile": "profile",
    "SocialAccount": "social_account",
    "ConnectAttempt": "connect_attempt",
    "ConnectCandidate": "connect_candidate",
    "Post": "post",
}
NUMBERED = ("Profile", "SocialAccount", "Post")


def moment(value: datetime | None) -> str | None:
    """A time as the API prints it."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None


def snake(name: str) -> str:
    """A field's name as its column is called."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


class NaiveReader:
    """Answers documents for one viewer: *only* is the profile that a creator is bound to."""

    def __init__(
        self, schema: GraphQLSchema, now: datetime, warning: timedelta, only: str | None = None
    ) -> None:
        self.schema = schema
        self._now, self._warning = now, warning
        self._only = row_id(only, "Profile") if only else None
        self._rows: dict[str, dict[Any, Row]] = {}
        self._members: list[tuple[int, int]] = []
        self._grants: dict[Any, Row] = {}
        self._gaps: list[Row] = []

    async def load(self, host: Host) -> None:
        """Read all tables into memory."""
        for kind, table in TABLES.items():
            rows = await host.database.fetch(f"SELECT * FROM {table} ORDER BY id")
            self._rows[kind] = {row["id"]: {**dict(row), "__typename": kind} for row in rows}
        self._grants = {r["id"]: dict(r) for r in await host.database.fetch("SELECT * FROM oauth_grant")}
        rows = await host.database.fetch("SELECT * FROM story_gap ORDER BY from_at DESC, id DESC")
        self._gaps = [{**dict(row), "__typename": "StoryGap"} for row in rows]
        rows = await host.database.fetch("SELECT group_id, member_id FROM group_member")
        self._members = [(row["group_id"], row["member_id"]) for row in rows]

    def answer(self, document: str, variables: dict[str, Any]) -> Any:
        """The data that the document asks for."""
        assert validate(self.schema, parse(document)) == [], document
        result = graphql_sync(
            self.schema,
            document,
            root_value={"__typename": "Query"},
            variable_values=variables,
            field_resolver=self._resolve,
            type_resolver=lambda value, *_: value["__typename"],
        )
        assert result.errors is None, result.errors
        return result.data

    # What the viewer may see

    def _sees(self, row: Row) -> bool:
        if self._only is None:
            return True
        match row["__typename"]:
            case "Profile":
                return bool(row["id"] == self._only)
            case "ConnectCandidate":
                return self._sees(self._rows["ConnectAttempt"][row["attempt_id"]])
            case "Post":
                return self._sees(self._rows["SocialAccount"][row["account_id"]])
            case _:
                return bool(row["profile_id"] == self._only)

    def _one(self, kind: str, key: Any) -> Row | None:
        row = self._rows[kind].get(key)
        return row if row is not None and self._sees(row) else None

    def _all(self, kind: str, condition: Callable[[Row], bool] = lambda row: True) -> list[Row]:
        return [row for row in self._rows[kind].values() if self._sees(row) and condition(row)]

    # Fields

    def _resolve(self, source: Row, info: Any, **args: Any) -> Any:
        special = getattr(self, f"_{info.parent_type.name}_{info.field_name}", None)
        if special is not None:
            return special(source, args)
        value = source[info.field_name] if info.field_name in source else source[snake(info.field_name)]
        return moment(value) if isinstance(value, datetime) else value

    def _Query_node(self, _: Row, args: Row) -> Row | None:
        for kind in TABLES:
            key: int | UUID | None = (row_id if kind in NUMBERED else uuid_id)(args["id"], kind)
            if key is not None:
                row = self._rows[kind].get(key)
                survivor = row["merged_into_id"] if row and kind == "Profile" else None
                return self._one(kind, survivor or key)
        return None

    def _Query_nodes(self, _: Row, args: Row) -> list[Row | None]:
        return [self._Query_node(_, {"id": text}) for text in args["ids"]]

    def _of_kind(self, kind: str, args: Row) -> Row | None:
        row = self._Query_node({}, args)
        return row if row is not None and row["__typename"] == kind else None

    def _Query_profile(self, _: Row, args: Row) -> Row | None:
        return self._of_kind("Profile", args)

    def _Query_socialAccount(self, _: Row, args: Row) -> Row | None:
        return self._of_kind("SocialAccount", args)

    def _Query_connectAttempt(self, _: Row, args: Row) -> Row | None:
        return self._of_kind("ConnectAttempt", args)

    def _Query_profiles(self, _: Row, args: Row) -> Row:
        kind = (args.get("filter") or {}).get("kind")
        rows = self._all("Profile", lambda r: r["merged_into_id"] is None and kind in (None, r["kind"]))
        return self._page(self._in_order(rows, args["orderBy"]), args, "ProfileConnection")

    def _Query_socialAccounts(self, _: Row, args: Row) -> Row:
        return self._accounts(self._all("SocialAccount"), args)

    def _Profile_id(self, row: Row, _: Row) -> str:
        return global_id(row["__typename"], row["id"])

    _SocialAccount_id = _ConnectAttempt_id = _ConnectCandidate_id = _Post_id = _Profile_id

    def _Profile_socialAccounts(self, row: Row, args: Row) -> Row:
        return self._accounts(self._accounts_of(row), args)

    def _accounts_of(self, row: Row) -> list[Row]:
        return self._all("SocialAccount", lambda account: account["profile_id"] == row["id"])

    def _Profile_members(self, row: Row, args: Row) -> Row:
        ids = {member for group, member in self._members if group == row["id"]}
        return self._named(ids, args)

    def _Profile_groups(self, row: Row, args: Row) -> Row:
        ids = {group for group, member in self._members if member == row["id"]}
        return self._named(ids, args)

    def _named(self, ids: set[int], args: Row) -> Row:
        rows = self._all("Profile", lambda row: row["id"] in ids)
        return self._page(self._in_order(rows, "NAME"), args, "ProfileConnection")

    def _Profile_mergedInto(self, row: Row, _: Row) -> Row | None:
        return self._one("Profile", row["merged_into_id"])

    def _Profile_totalFollowers(self, row: Row, _: Row) -> int:
        linked = [a for a in self._accounts_of(row) if self._standing(a).status in ("LINKED", "EXPIRING")]
        return sum(account["followers"] or 0 for account in linked)

    def _Profile_statusCounts(self, row: Row, _: Row) -> Row:
        standing = [self._standing(account).status for account in self._accounts_of(row)]
        return {status.lower(): standing.count(status) for status in Status}

    def _SocialAccount_status(self, row: Row, _: Row) -> str:
        return self._standing(row).status.value

    def _SocialAccount_statusReason(self, row: Row, _: Row) -> str | None:
        return self._standing(row).reason

    def _SocialAccount_nextAction(self, row: Row, _: Row) -> str | None:
        return next_action(self._standing(row).status)

    def _SocialAccount_statusEvidence(self, row: Row, _: Row) -> Row | None:
        facts = json.loads(row["status_evidence"] or "{}")
        if "at" not in facts:
            return None
        at = facts["at"].replace("+00:00", "Z")
        return {"operation": facts["operation"], "platformCode": facts.get("platform_code"), "at": at}

    def _SocialAccount_login(self, row: Row, _: Row) -> str | None:
        return self._grants[row["grant_id"]]["login"] if row["grant_id"] else None

    def _SocialAccount_grantedScopes(self, row: Row, _: Row) -> list[str]:
        return json.loads(self._grants[row["grant_id"]]["scopes"]) if row["grant_id"] else []

    def _SocialAccount_profile(self, row: Row, _: Row) -> Row | None:
        return self._one("Profile", row["profile_id"])

    _ConnectAttempt_profile = _SocialAccount_profile

    def _SocialAccount_pairedWith(self, row: Row, _: Row) -> Row | None:
        return self._one("SocialAccount", row["paired_with_id"])

    def _posts_of(self, row: Row, *, stories: bool) -> list[Row]:
        found = self._all(
            "Post", lambda p: p["account_id"] == row["id"] and (p["kind"] == "STORY") is stories
        )
        return sorted(found, key=lambda post: (post["published_at"], post["id"]), reverse=True)

    def _SocialAccount_posts(self, row: Row, args: Row) -> Row:
        return self._page(self._posts_of(row, stories=False), args, "PostConnection")

    def _SocialAccount_stories(self, row: Row, args: Row) -> Row:
        live = args.get("live")
        found = [p for p in self._posts_of(row, stories=True) if live in (None, self._is_live(p))]
        return self._page(found, args, "PostConnection")

    def _is_live(self, row: Row) -> bool:
        return row["gone_at"] is None and (row["ends_at"] is None or row["ends_at"] > self._now)

    def _SocialAccount_storyGaps(self, row: Row, args: Row) -> Row:
        found = [gap for gap in self._gaps if gap["account_id"] == row["id"]]
        return self._page(found, args, "StoryGapConnection")

    def _Post_account(self, row: Row, _: Row) -> Row | None:
        return self._one("SocialAccount", row["account_id"])

    def _StoryGap_post(self, row: Row, _: Row) -> Row | None:
        return self._one("Post", row["post_id"])

    def _ConnectAttempt_state(self, row: Row, _: Row) -> str:
        ended = {
            "ACCOUNTS_LINKED": "SUCCEEDED",
            "ATTEMPT_CANCELLED": "CANCELLED",
            "ATTEMPT_EXPIRED": "EXPIRED",
        }
        return ended.get(row["outcome_code"], "FAILED") if row["finished_at"] else "PENDING"

    def _ConnectAttempt_expectedAccount(self, row: Row, _: Row) -> Row | None:
        return self._one("SocialAccount", row["account_id"])

    def _ConnectAttempt_candidates(self, row: Row, _: Row) -> list[Row]:
        found = [c for c in self._rows["ConnectCandidate"].values() if c["attempt_id"] == row["id"]]
        return sorted(found, key=lambda candidate: candidate["position"])

    def _ConnectAttempt_outcome(self, row: Row, args: Row) -> Row | None:
        code = row["outcome_code"]
        if code is None:
            return None
        if code == "ACCOUNTS_LINKED":
            linked = [
                self._one("SocialAccount", c["account_id"])
                for c in self._ConnectAttempt_candidates(row, args)
            ]
            return {"__typename": "AccountsLinked", "socialAccounts": [a for a in linked if a is not None]}
        refusal = from_record(code, json.loads(row["outcome_facts"]))
        plain = {"code": refusal.code, "message": refusal.message, "nextStep": refusal.next_step}
        return {"__typename": BY_CODE[code].__name__, **plain, **refusal.facts()}

    def _AccountAlreadyAttached_holder(self, row: Row, _: Row) -> Row | None:
        return self._one("Profile", row["profile_id"])

    def _AccountAlreadyAttached_heldAccount(self, row: Row, _: Row) -> Row | None:
        return self._one("SocialAccount", row["account_id"])

    def _ConnectCandidate_usable(self, row: Row, _: Row) -> bool:
        return row["unusable"] is None and row["platform_id"] is not None

    def _ConnectCandidate_problem(self, row: Row, _: Row) -> str | None:
        return row["unusable"]  # type: ignore[no-any-return]

    def _ConnectCandidate_missingScopes(self, row: Row, _: Row) -> list[str]:
        return json.loads(row["missing_scopes"])  # type: ignore[no-any-return]

    def _ConnectCandidate_socialAccount(self, row: Row, _: Row) -> Row | None:
        return self._one("SocialAccount", row["account_id"])

    # Status, filters, orders, pages

    def _standing(self, row: Row) -> Standing:
        facts = Facts(
            row["authenticated_at"], row["expires_at"], row["invalidated_at"], row["invalid_reason"]
        )
        return status_of(facts, self._now, self._warning)

    def _accounts(self, rows: list[Row], args: Row) -> Row:
        wanted = args.get("filter") or {}
        kept = [
            row
            for row in rows
            if (wanted.get("platforms") is None or row["platform"] in wanted["platforms"])
            and (wanted.get("statuses") is None or self._standing(row).status in wanted["statuses"])
            and (wanted.get("reasons") is None or self._standing(row).reason in wanted["reasons"])
        ]
        return self._page(self._in_order(kept, args["orderBy"]), args, "SocialAccountConnection")

    def _in_order(self, rows: Iterable[Row], order: str) -> list[Row]:
        far = datetime.max.replace(tzinfo=UTC)
        keys: dict[str, Callable[[Row], Any]] = {
            "NEWEST": lambda row: -row["id"],
            "OLDEST": lambda row: row["id"],
            "NAME": lambda row: (row["display_name"].lower(), row["id"]),
            "HANDLE": lambda row: ((row["handle"] or "").lower(), row["id"]),
            "EXPIRES_SOONEST": lambda row: (row["expires_at"] or far, row["id"]),
            "MOST_FOLLOWERS": lambda row: (-1 if row["followers"] is None else row["followers"], row["id"]),
        }
        return sorted(rows, key=keys[order], reverse=order == "MOST_FOLLOWERS")

    def _page(self, rows: list[Row], args: Row, kind: str) -> Row:
        first, last = args.get("first"), args.get("last")
        size = first or last or 20
        page = rows[-size:] if last else rows[:size]
        more = len(rows) > size
        return {
            "__typename": kind,
            "nodes": page,
            "edges": [{"node": row} for row in page],
            "totalCount": len(rows),
            "pageInfo": {"hasNextPage": more and not last, "hasPreviousPage": bool(more and last)},
        }
