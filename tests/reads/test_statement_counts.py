"""
The number of SQL statements depends on the query, never on the rows.

The schema is walked for every field that gives several objects, so a new one fails here until it has its count.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from graphql import GraphQLObjectType, GraphQLSchema

from server.platforms import load_platforms
from server.services.callers.audit import Actor, record
from support.browser import Browser
from support.campaigns import name_posts, plan
from support.client import Client
from support.readings import Readings, serve_metrics
from support.roster import Roster
from support.rows import Rows
from support.schema import committed_schema
from support.selections import everything, is_list_of_objects
from support.server import NO_LIMITS, Server, StartServer

FEW, MANY = 2, 20

STATIC = {
    "Query.platforms",
    *("Platform.logins", "Platform.permissions", "Platform.allowedOperations"),
    *("Login.permissions", "Login.allowedOperations"),
    *("Query.metricCatalogue", "MetricDefinition.scopes", "MetricDefinition.definitions"),
}
"""What comes from the installed plugins, without the database."""

WITH_THEIR_OBJECT = {
    *("MetricSeries.points", "MetricSeries.breaks", "MetricSum.points"),
    *("CampaignTotals.sums", "CampaignTotals.leftOut", "CampaignSum.platforms", "CampaignSum.sources"),
}
"""What is no object of its own: it is read with the one that has it, and counted there."""


BY_LOGIN = {"Query.quotaForecast", "QuotaForecast.works"}
"""What takes a few sums for each login, whatever the roster."""


BESIDE = (
    "(e.tx, e.id) > ($1::text::xid8, $2)",
    "SELECT k.name, k.role, k.secret_hash",
    "typeinfo_tree",
    "set_config('jit'",
)
"""What the server asks now and then, whoever else asks what: whether there are events, after a change whose key it
is, and on each new connection what its types are."""


class Statements:
    """Everything that a server tells its database."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def during(self, ask: Awaitable[Any]) -> tuple[list[str], Any]:
        """What was told while *ask* was answered, and the answer."""
        before = len(self.seen)
        answer = await ask
        return [text for text in self.seen[before:] if not any(own in text for own in BESIDE)], answer


@dataclass
class World:
    """A server under observation, and what its rows hang on."""

    server: Server
    client: Client
    rows: Rows
    statements: Statements
    names: dict[str, Any] = field(default_factory=dict)


@pytest_asyncio.fixture
async def world(start_server: StartServer) -> World:
    """An empty roster whose server is under observation."""
    statements = Statements()
    installed = load_platforms().plugins
    server = await serve_metrics(
        start_server, beside=installed, observe=statements.seen.append, limits=NO_LIMITS, rate_per_second=0
    )
    return World(server, await server.client(), Rows(server.host), statements)


@pytest.fixture
def schema() -> GraphQLSchema:
    """What a client may ask."""
    return committed_schema()


# Each grows a list by *count* rows, with everything hanging on each row, and answers the query's variables.


async def _person(world: World, number: int) -> str:
    """A profile with two linked accounts that are a pair, in a group."""
    person = await world.rows.profile(f"Person {number}")
    page = await world.rows.linked(person, platform="facebook")
    await world.rows.pair(page, await world.rows.linked(person, platform="instagram"))
    if "crowd" not in world.names:
        world.names["crowd"] = await world.rows.profile("Crowd", kind="GROUP")
    await world.rows.member(world.names["crowd"], person)
    return person


async def profiles(world: World, count: int) -> dict[str, Any]:
    """Profiles, with accounts, groups and members."""
    world.names.setdefault("ids", []).extend([await _person(world, n) for n in range(count)])
    return {"id": world.names["crowd"], "ids": world.names["ids"]}


async def accounts(world: World, count: int) -> dict[str, Any]:
    """Accounts of one profile, the last two of them a pair."""
    if "owner" not in world.names:
        world.names["owner"] = await _person(world, 0)
    added = [await world.rows.linked(world.names["owner"]) for _ in range(count)]
    await world.rows.pair(*added[-2:])
    return {"id": world.names["owner"]}


async def groups(world: World, count: int) -> dict[str, Any]:
    """Groups of one profile, with accounts."""
    if "member" not in world.names:
        world.names["member"] = await _person(world, 0)
    for number in range(count):
        group = await world.rows.profile(f"Group {number}", kind="GROUP")
        await world.rows.member(group, world.names["member"])
        await world.rows.linked(group)
    return {"id": world.names["member"]}


async def events(world: World, count: int) -> dict[str, Any]:
    """Status events, each of its own account."""
    for number in range(count):
        person = await _person(world, number)
        await world.rows.event(person, await world.rows.linked(person))
    return {}


async def candidates(world: World, count: int) -> dict[str, Any]:
    """Candidates of one attempt, each linked as its own account."""
    if "attempt" not in world.names:
        world.names["attempt"] = await world.rows.attempt(await _person(world, 0), outcome="ACCOUNTS_LINKED")
    for number in range(count):
        account = await world.rows.linked(await _person(world, number))
        await world.rows.candidate(world.names["attempt"], account=account, position=number)
    return {"id": world.names["attempt"]}


async def nodes(world: World, count: int) -> dict[str, Any]:
    """Ids of every type of node; the attempts ended well and ended badly."""
    ids = world.names.setdefault("ids", [])
    for number in range(count // 2):
        person = await _person(world, number)
        account = await world.rows.linked(person)
        attempt = await world.rows.attempt(person, outcome="ACCOUNTS_LINKED")
        candidate = await world.rows.candidate(attempt, account=account)
        held = {"url": None, "account_id": number + 1, "profile_id": number + 1}
        refused = await world.rows.attempt(person, outcome="ACCOUNT_ALREADY_ATTACHED", facts=held)
        post = await Readings(world.server.host).post(account)
        ids += [person, account, attempt, candidate, refused, post, await plan(world.rows, "Spring", person)]
    return {"ids": ids[-98:]}


async def merge(world: World, count: int) -> dict[str, Any]:
    """A survivor, and somebody to merge into it who has accounts and groups."""
    survivor, merged = await _person(world, 1), await world.rows.profile("Again")
    for number in range(count):
        await world.rows.linked(merged)
        await world.rows.member(await world.rows.profile(f"Club {number}", kind="GROUP"), merged)
    return {"input": {"survivorId": survivor, "mergedId": merged}}


async def merge_of_groups(world: World, count: int) -> dict[str, Any]:
    """A group to survive, and one to merge into it that has members."""
    survivor, merged = [await world.rows.profile(name, kind="GROUP") for name in ("Duo", "Trio")]
    for number in range(count):
        await world.rows.member(merged, await _person(world, number))
    return {"input": {"survivorId": survivor, "mergedId": merged}}


# Metrics


async def _read(world: World, *days: int) -> str:
    """A linked account that was read on these days, counted back from today, of a profile they all share."""
    readings = Readings(world.server.host)
    if "owner" not in world.names:
        world.names["owner"] = await world.rows.profile()
    account = await world.rows.linked(world.names["owner"], platform="chirp", scopes=("read",))
    for day in days:
        await readings.read(account, "VIEWS", 5, readings.today(-day))
    return account


async def read_accounts(world: World, count: int) -> dict[str, Any]:
    """Accounts of one profile: every other one was read on one day, the rest never."""
    for number in range(count):
        await _read(world, *([1] if number % 2 else []))
    return {"id": world.names["owner"]}


async def posts(world: World, count: int) -> dict[str, Any]:
    """Posts and stories of one account, with numbers and gaps."""
    if "account" not in world.names:
        world.names["account"] = await _read(world)
    readings = Readings(world.server.host)
    for _ in range(count):
        for kind in ("VIDEO", "STORY"):
            post = await readings.post(world.names["account"], kind)
            await readings.read(world.names["account"], "VIEWS", 5, post=post)
        await readings.gap(world.names["account"], post)
    return {"id": world.names["account"]}


# Campaigns


async def _taking_part(world: World, number: int) -> str:
    """A profile with a post that has a number, and an account that was never linked."""
    person, readings = await _person(world, number), Readings(world.server.host)
    account = await world.rows.linked(person)
    await world.rows.account(person)
    await readings.read(
        account, "VIEWS", 5, post=await readings.post(account, platform="tiktok"), level="POST"
    )
    return person


async def campaigns(world: World, count: int) -> dict[str, Any]:
    """Campaigns, each with a profile."""
    for number in range(count):
        await plan(world.rows, "Spring", await _taking_part(world, number))
    return {}


async def within_a_campaign(world: World, count: int) -> dict[str, Any]:
    """Profiles of one campaign, with their accounts and posts, and addresses at which there is none."""
    people = [await _taking_part(world, number) for number in range(count)]
    campaign = await plan(world.rows, "Spring", *people)
    await name_posts(world.rows, campaign, *(f"{10**18 + number}" for number in range(count)))
    return {"id": campaign}


async def entries(world: World, count: int) -> dict[str, Any]:
    """Entries of the audit log."""
    host, actor = world.server.host, Actor("lr_0123456789abcdef", "dashboard")
    for _ in range(count):
        await record(host, host.database, actor, "createProfile", [])
    return {}


async def notices(world: World, count: int) -> dict[str, Any]:
    """Notices for the operator."""
    for _ in range(count):
        number = world.names["notices"] = world.names.get("notices", 0) + 1
        await Readings(world.server.host).notice(f"metric {number}")
    return {}


@dataclass(frozen=True)
class ListField:
    """A field that gives several objects: what grows it, where it stands, and the type that it shows."""

    grow: Callable[[World, int], Awaitable[dict[str, Any]]]
    shows: str
    variables: str
    path: str
    is_page: bool = False

    def query(self, schema: GraphQLSchema) -> str:
        """An operation that asks for everything that the field's objects have, two relations deep."""
        # A document may only be so long, and a page shows its objects twice.
        is_large = self.shows in ("Profile", "Campaign") or (self.shows == "SocialAccount" and self.is_page)
        depth = 1 if is_large else 2
        shown = everything(schema, self.shows, depth)
        inner = f"{{ totalCount nodes {shown} edges {{ cursor node {shown} }} }}" if self.is_page else shown
        text = self.path + " " + inner + " }" * self.path.count("{")
        operation = "mutation" if "input" in self.variables else "query"
        return f"{operation} {self.variables} {text}"


ALL, ONE = "(first: 100)", "($id: ID!)"
MERGE = "($input: MergeProfilesInput!)"
PREVIEW = "{ previewMerge(input: $input) { ... on MergePreview {"
NAMES = "(names: [VIEWS, LIKES])"
OF_ACCOUNT = "{ socialAccount(id: $id) {"
OF_PROFILE = "{ profile(id: $id) { metrics(names: [VIEWS]) {"
CASES = {
    "Query.profiles": ListField(profiles, "Profile", "", f"{{ profiles{ALL}", True),
    "Query.socialAccounts": ListField(accounts, "SocialAccount", "", f"{{ socialAccounts{ALL}", True),
    "Query.auditLog": ListField(entries, "AuditEntry", "", f"{{ auditLog{ALL}", True),
    "Query.operatorNotices": ListField(notices, "OperatorNotice", "", f"{{ operatorNotices{ALL}", True),
    "SocialAccount.posts": ListField(posts, "Post", ONE, f"{OF_ACCOUNT} posts{ALL}", True),
    "SocialAccount.stories": ListField(posts, "Post", ONE, f"{OF_ACCOUNT} stories{ALL}", True),
    "SocialAccount.storyGaps": ListField(posts, "StoryGap", ONE, f"{OF_ACCOUNT} storyGaps{ALL}", True),
    "SocialAccount.metrics": ListField(
        read_accounts, "MetricSeries", "", f"{{ socialAccounts{ALL} {{ nodes {{ metrics{NAMES}"
    ),
    "SocialAccount.latestMetrics": ListField(
        read_accounts, "MetricResult", "", f"{{ socialAccounts{ALL} {{ nodes {{ latestMetrics{NAMES}"
    ),
    "Post.metrics": ListField(
        posts, "MetricSeries", ONE, f"{OF_ACCOUNT} posts{ALL} {{ nodes {{ metrics{NAMES}"
    ),
    "Post.latestMetrics": ListField(
        posts, "MetricResult", ONE, f"{OF_ACCOUNT} posts{ALL} {{ nodes {{ latestMetrics{NAMES}"
    ),
    "ProfileMetrics.sums": ListField(read_accounts, "MetricSum", ONE, f"{OF_PROFILE} sums"),
    "ProfileMetrics.leftOut": ListField(read_accounts, "MetricLeftOut", ONE, f"{OF_PROFILE} leftOut"),
    "ProfileMetrics.incomplete": ListField(
        read_accounts, "MetricIncomplete", ONE, f"{OF_PROFILE} incomplete"
    ),
    "MetricSum.accounts": ListField(read_accounts, "SocialAccount", ONE, f"{OF_PROFILE} sums {{ accounts"),
    "Query.statusEvents": ListField(events, "AccountStatusChanged", "", f"{{ statusEvents{ALL}", True),
    **{
        f"Query.nodes of {kind}": ListField(
            nodes, kind, "($ids: [ID!]!)", f"{{ nodes(ids: $ids) {{ ... on {kind}"
        )
        for kind in ("Profile", "SocialAccount", "ConnectAttempt", "ConnectCandidate", "Post", "Campaign")
    },
    "Query.campaigns": ListField(campaigns, "Campaign", "", f"{{ campaigns{ALL}", True),
    **{
        f"Campaign.{name}": ListField(
            within_a_campaign, shows, ONE, f"{{ campaign(id: $id) {{ {name}{ALL}", True
        )
        for name, shows in {
            "profiles": "Profile",
            "posts": "Post",
            "mustReconnect": "CampaignReconnect",
            "urls": "CampaignUrl",
            "missingUrls": "CampaignUrl",
        }.items()
    },
    "Profile.socialAccounts": ListField(
        accounts, "SocialAccount", ONE, f"{{ profile(id: $id) {{ socialAccounts{ALL}", True
    ),
    "Profile.members": ListField(profiles, "Profile", ONE, f"{{ profile(id: $id) {{ members{ALL}", True),
    "Profile.groups": ListField(groups, "Profile", ONE, f"{{ profile(id: $id) {{ groups{ALL}", True),
    "ConnectAttempt.candidates": ListField(
        candidates, "ConnectCandidate", ONE, "{ connectAttempt(id: $id) { candidates"
    ),
    "AccountsLinked.socialAccounts": ListField(
        candidates,
        "SocialAccount",
        ONE,
        "{ connectAttempt(id: $id) { outcome { ... on AccountsLinked { socialAccounts",
    ),
    "MergePreview.socialAccounts": ListField(merge, "SocialAccount", MERGE, f"{PREVIEW} socialAccounts"),
    "MergePreview.groups": ListField(merge, "Profile", MERGE, f"{PREVIEW} groups"),
    "MergePreview.members": ListField(merge_of_groups, "Profile", MERGE, f"{PREVIEW} members"),
    "MergeProfilesSuccess.socialAccounts": ListField(
        merge,
        "SocialAccount",
        MERGE,
        "{ mergeProfiles(input: $input) { ... on MergeProfilesSuccess { socialAccounts",
    ),
}


def test_every_field_that_gives_several_objects_is_counted(schema: GraphQLSchema) -> None:
    found = {
        f"{kind.name}.{name}"
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        # A page is counted where its list stands.
        if not kind.name.endswith("Connection")
        for name, one in kind.fields.items()
        if is_list_of_objects(one)
    }

    elsewhere = {"ChooseAccountsSuccess.socialAccounts", "MetricsRecorded.posts"} | BY_LOGIN
    assert found - elsewhere == {case.split()[0] for case in CASES} | STATIC | WITH_THEIR_OBJECT


@pytest.mark.parametrize("place", CASES)
async def test_statements_do_not_grow_with_rows(world: World, schema: GraphQLSchema, place: str) -> None:
    case = CASES[place]
    query = case.query(schema)

    few, few_shown = await least(world, case, query, FEW)
    many, many_shown = await least(world, case, query, MANY)

    assert many_shown > few_shown + 10
    assert many == few


async def least(world: World, case: ListField, query: str, rows: int) -> tuple[int, int]:
    """The statements that a query over *rows* more rows takes, and the objects that it shows then."""
    counts, shown = [], 0
    # Twice, since the server's own work runs beside it: now and then it looks for events, say.
    for _ in range(2):
        variables = await case.grow(world, rows)
        statements, answer = await world.statements.during(world.client.ask(query, **variables))
        counts.append(len(statements))
        shown = len(str(answer).split("'__typename'"))
    return min(counts), shown


async def test_the_installed_platforms_are_told_without_the_database(
    world: World, schema: GraphQLSchema
) -> None:
    query = f"{{ platforms {everything(schema, 'Platform', 2)} }}"
    await world.client.ask("{ __typename }")

    counts = [len((await world.statements.during(world.client.ask(query)))[0]) for _ in range(2)]

    assert min(counts) == 0


async def test_the_accounts_that_were_chosen_are_read_together(
    world: World, browser: Browser, schema: GraphQLSchema
) -> None:
    """Linking writes account by account; showing what was linked does not read them so."""
    roster = Roster(world.client)
    choose = (
        "mutation ($input: ChooseAccountsInput!) { chooseAccounts(input: $input)"
        f" {{ ... on ChooseAccountsSuccess {{ socialAccounts {everything(schema, 'SocialAccount', 2)} }} }} }}"
    )

    reads = []
    for wanted in (2, 6):
        dina = await roster.create_profile("Dina Haddad")
        attempt, _ = await roster.walk(browser, "dina", profile=dina, platform="facebook")
        usable = [c["id"] for c in attempt["candidates"] if c["usable"] and c["pair"]][:wanted]
        asking = world.client.ask(choose, input={"attemptId": attempt["id"], "candidateIds": usable})
        statements, answer = await world.statements.during(asking)
        assert [bool(a["pairedWith"]) for a in answer["socialAccounts"]] == [True] * wanted
        reads.append([text for text in statements if re.search(r"FROM (social_account|profile) t\b", text)])
        await world.rows.remove_accounts()

    assert reads[0] == reads[1] != []
