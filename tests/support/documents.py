"""Random documents from the schema: any selection a client could write, with all the means of the language."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

DIRECTIVES = [
    "@include(if: $yes)",
    "@include(if: $no)",
    "@skip(if: $yes)",
    "@skip(if: $no)",
    "@skip(if: true)",
]
VARIABLES = {
    "yes": ("Boolean!", True),
    "no": ("Boolean!", False),
    "two": ("Int", 2),
    "unset": ("Int", None),
    "linked": ("SocialAccountFilter", {"statuses": ["LINKED", "EXPIRING"]}),
}
PAGES = ["", "first: 1", "last: 2", "first: $two", "last: 1, first: null", "first: $unset", "first: 100"]
ACCOUNT_FILTERS = [
    "",
    "filter: null",
    "filter: {platforms: [tiktok, instagram]}",
    "filter: {statuses: [INVALID], reasons: [EXPIRED, UNLINKED]}",
    "filter: $linked",
]
ACCOUNT_ORDERS = [
    "",
    "orderBy: NEWEST",
    "orderBy: HANDLE",
    "orderBy: EXPIRES_SOONEST",
    "orderBy: MOST_FOLLOWERS",
]
ARGUMENTS = {
    "Query.profiles": [PAGES, ["", "orderBy: OLDEST", "orderBy: NAME"]],
    "Query.socialAccounts": [PAGES, ACCOUNT_FILTERS, ACCOUNT_ORDERS],
    "Profile.socialAccounts": [PAGES, ACCOUNT_FILTERS, ACCOUNT_ORDERS],
    "SocialAccount.posts": [PAGES],
    "SocialAccount.stories": [PAGES, ["", "live: true", "live: false", "live: null"]],
    "SocialAccount.storyGaps": [PAGES],
    "Profile.members": [PAGES],
    "Profile.groups": [PAGES],
}
LEFT_OUT = {
    # Where a cursor stands is the read path's own business; the tests of pages walk by them.
    *("PageInfo.startCursor", "PageInfo.endCursor"),
    *("ProfileEdge.cursor", "SocialAccountEdge.cursor", "ConnectAttempt.platform"),
    *("PostEdge.cursor", "StoryGapEdge.cursor"),
    *("Query.viewer", "Query.socialAccountByUrl", "Query.platforms", "Query.statusEvents"),
    *("Query.postByUrl", "Query.metricCatalogue", "Query.operatorNotices", "Query.quotaForecast"),
    # Campaigns have tests of their own, the audit log is for admins.
    *("Query.campaign", "Query.campaigns", "Query.auditLog"),
    # What numbers mean is the services' business; the tests of metrics tell each case.
    *("Profile.metrics", "SocialAccount.metrics", "SocialAccount.latestMetrics"),
    *("Post.metrics", "Post.latestMetrics"),
}


@dataclass
class Document:
    """A document in the making."""

    schema: GraphQLSchema
    random: Random
    ids: list[str]
    left: int = 80
    """How many more parts it may get: the server takes 4,000 tokens."""
    fragments: dict[str, str] = field(default_factory=dict)
    responses: dict[str, int] = field(default_factory=dict)

    def selection(self, kind: GraphQLNamedType, depth: int) -> str:
        """A selection set for objects of *kind*, at most *depth* levels deep."""
        if isinstance(kind, (GraphQLInterfaceType, GraphQLUnionType)):
            return self._of_abstract(kind, depth)
        assert isinstance(kind, GraphQLObjectType)
        parts = [self._part(kind, depth) for _ in range(self.random.randint(1, 4))]
        return "{ " + " ".join(parts) + " }"

    def _of_abstract(self, kind: GraphQLAbstractType, depth: int) -> str:
        members = [m for m in self.schema.get_possible_types(kind) if m.name != "ProfileMerge"]
        wanted = self.random.sample(members, min(3, len(members)))
        return (
            "{ __typename " + " ".join(f"... on {m.name} {self.selection(m, depth)}" for m in wanted) + " }"
        )

    def _part(self, kind: GraphQLObjectType, depth: int) -> str:
        self.left -= 1
        depth = depth if self.left > 0 else 0
        form = self.random.choice(
            ["field", "field", "field", "field", "typename", "inline", "bare", "fragment"]
        )
        directive = self.random.choice(["", *DIRECTIVES]) if self.random.random() < 0.15 else ""
        if form == "typename":
            return f"__typename {directive}"
        if form == "field" or depth < 1:
            return self._field(kind, depth, directive)
        inner = self.selection(kind, depth - 1)
        if form == "inline":
            return f"... on {kind.name} {directive} {inner}"
        if form == "bare":
            return f"... {directive} {inner}"
        name = f"F{len(self.fragments)}"
        self.fragments[name] = f"fragment {name} on {kind.name} {inner}"
        return f"...{name} {directive}"

    def _field(self, kind: GraphQLObjectType, depth: int, directive: str) -> str:
        fields = {
            name: definition
            for name, definition in kind.fields.items()
            if f"{kind.name}.{name}" not in LEFT_OUT
            and (depth > 0 or is_leaf_type(get_named_type(definition.type)))
        }
        if not fields:
            return "__typename"
        deep = [name for name in fields if not is_leaf_type(get_named_type(fields[name].type))]
        # Most fields are plain, most bugs are not.
        name = self.random.choice(sorted(deep if deep and self.random.random() < 0.6 else fields))
        arguments = self._arguments(kind, name, fields[name])
        below = get_named_type(fields[name].type)
        inner = "" if is_leaf_type(below) else self.selection(below, depth - 1)
        return f"{self._key(kind, name, arguments)}: {name}{arguments} {directive} {inner}"

    def _key(self, kind: GraphQLObjectType, name: str, arguments: str) -> str:
        """One key for one field with the same arguments (so that selections merge), or now and then a second."""
        place = f"{kind.name}.{name}{arguments}{self.random.choice(['', '', ' again'])}"
        return f"{name}_{self.responses.setdefault(place, len(self.responses))}"

    def _arguments(self, kind: GraphQLObjectType, name: str, definition: GraphQLField) -> str:
        if "id" in definition.args:
            return f'(id: "{self.random.choice(self.ids)}")'
        if "ids" in definition.args:
            ids = self.random.choices(self.ids, k=self.random.randint(0, 6))
            return "(ids: [" + ", ".join(f'"{one}"' for one in ids) + "])"
        chosen = [self.random.choice(options) for options in ARGUMENTS.get(f"{kind.name}.{name}", [])]
        text = ", ".join(filter(None, chosen))
        return f"({text})" if text else ""

    def text(self, depth: int) -> tuple[str, dict[str, Any]]:
        """The document, and values for the variables that it uses."""
        assert self.schema.query_type is not None
        body = self.selection(self.schema.query_type, depth)
        whole = "\n".join([body, *self.fragments.values()])
        used = [name for name in VARIABLES if re.search(rf"\${name}\b", whole)]
        declared = ", ".join(f"${name}: {VARIABLES[name][0]}" for name in used)
        given = {name: VARIABLES[name][1] for name in used if name != "unset"}
        return (f"query ({declared}) {whole}" if used else f"query {whole}"), given
