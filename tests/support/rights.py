"""Two creators whom every edge of the graph ties together, and an operation for every root field about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, get_named_type

from server.ids import global_id
from server.services.callers.viewers import Role
from support.campaigns import name_posts, plan
from support.client import Client
from support.readings import Readings
from support.rows import Rows
from support.server import Server

NOBODY = 2**40
"""A row that there is not."""
SECRET = "Hush"
"""Stands in every name of what the creator must not see."""
SECRET_NUMBER = 1_000_003
"""Stands in every number of what the creator must not see."""
FOR_ADMINS = {"auditLog", "operatorNotices", "quotaForecast"}
POSTS = {"mara": "111", "hush": "222", "nobody": "333"}
"""The posts as their addresses name them."""
ROSTER_CHANGES = {
    "createProfile",
    "removeProfile",
    "addGroupMember",
    "removeGroupMember",
    "previewMerge",
    "mergeProfiles",
    "undoMerge",
    "createCampaign",
    "updateCampaign",
    "removeCampaign",
    "addCampaignProfiles",
    "removeCampaignProfiles",
    "addCampaignPosts",
    "removeCampaignPosts",
}


@dataclass
class People:
    """Mara, who has a creator's key, and Hush, whom she knows and must not see."""

    server: Server
    rows: Rows
    mara: str
    mara_account: str
    mara_attempt: str
    mara_post: str
    hush: str
    hush_account: str
    hush_attempt: str
    hush_candidate: str
    hush_post: str
    mara_campaign: str
    hush_campaign: str

    async def creator(self) -> Client:
        """Mara's own key."""
        return await self.server.client(Role.CREATOR, self.mara)


async def make_people(server: Server) -> People:
    """Two creators whom every edge of the graph ties together."""
    rows = Rows(server.host)
    mara, hush = await rows.profile("Mara Linden"), await rows.profile(SECRET, external_id=SECRET)
    duo = await rows.profile(f"{SECRET} and Mara", kind="GROUP")
    await rows.member(duo, mara)
    await rows.member(duo, hush)
    mara_account = await rows.linked(mara, platform="facebook", handle="mara")
    hush_account = await rows.linked(hush, handle="quiet", display_name=SECRET, followers=SECRET_NUMBER)
    await rows.pair(mara_account, hush_account)
    # Linked in Mara's attempt once, and somebody else's by now: she knows its id, and no more than that.
    moved = await rows.linked(hush, handle="moved", display_name=f"{SECRET} now")
    mara_attempt = await rows.attempt(mara, account=moved, outcome="ACCOUNTS_LINKED")
    await rows.candidate(mara_attempt, account=moved)
    await rows.candidate(mara_attempt, account=mara_account, position=1)
    hush_attempt = await rows.attempt(hush, account=hush_account)
    hush_candidate = await rows.candidate(hush_attempt)
    await rows.event(mara, mara_account)
    await rows.event(mara, moved)
    await rows.event(hush, hush_account, status="INVALID")
    readings, posts = Readings(server.host), []
    for account, key, text in ((mara_account, "111", "Bread"), (hush_account, "222", SECRET)):
        posts.append(await readings.post(account, url_key=key, platform="tiktok", text=text))
        await readings.post(account, "STORY", text=text)
        await readings.gap(account, posts[-1])
        await readings.read(account, "FOLLOWERS", SECRET_NUMBER if text == SECRET else 5)
        await readings.read(account, "VIEWS", SECRET_NUMBER if text == SECRET else 5, post=posts[-1])
    mara_campaign, hush_campaign = await plan(rows, "Theirs", mara, hush), await plan(rows, SECRET, hush)
    await name_posts(rows, mara_campaign, "222", handle=f"{SECRET}.and.quiet")
    await name_posts(rows, mara_campaign, "999", handle=SECRET)
    return People(
        server,
        rows,
        mara,
        mara_account,
        mara_attempt,
        posts[0],
        hush,
        hush_account,
        hush_attempt,
        hush_candidate,
        posts[1],
        mara_campaign,
        hush_campaign,
    )


def sample(name: str, people: People, whose: str) -> Any:
    """A value for an argument or input field: *whose* is `mara`, `hush` or `nobody`."""
    profile, account = {
        "mara": (people.mara, people.mara_account),
        "hush": (people.hush, people.hush_account),
        "nobody": (global_id("Profile", NOBODY), global_id("SocialAccount", NOBODY)),
    }[whose]
    post = {"mara": people.mara_post, "hush": people.hush_post, "nobody": global_id("Post", NOBODY)}[whose]
    campaign = {
        "mara": people.mara_campaign,
        "hush": people.hush_campaign,
        "nobody": global_id("Campaign", NOBODY),
    }[whose]
    attempt = {
        "mara": people.mara_attempt,
        "hush": people.hush_attempt,
        "nobody": global_id("ConnectAttempt", "00000000-0000-4000-8000-000000000000"),
    }[whose]
    return {
        "displayName": "Renamed",
        "externalId": None,
        "account": "@somebody.new",
        "platform": "tiktok",
        "url": {"mara": "facebook.com/mara", "hush": "tiktok.com/@quiet"}.get(whose, "tiktok.com/@nobody"),
        "profileId": profile,
        "accountId": account,
        "survivorId": profile,
        "mergedId": profile,
        "groupId": profile,
        "memberId": profile,
        "mergeId": global_id("ProfileMerge", NOBODY),
        "attemptId": attempt,
        "candidateIds": [people.hush_candidate],
        "target": {"socialAccountId": account},
        "campaignId": campaign,
        "profileIds": [profile],
        "urls": ["https://www.tiktok.com/@marabakes/video/7574012345678901234"],
        "name": "Renamed",
        "startsAt": "2026-01-01T00:00:00Z",
        "endsAt": "2026-02-01T00:00:00Z",
        "ids": [profile, account, attempt, people.hush_candidate, post],
    }.get(name)


def sample_id(operation: str, people: People, whose: str) -> str:
    """What `id` is to a root field."""
    if "ampaign" in operation:
        return str(sample("campaignId", people, whose))
    if "Attempt" in operation:
        return str(sample("attemptId", people, whose))
    name = "target" if "SocialAccount" in operation or operation == "socialAccount" else "profileId"
    value = sample(name, people, whose)
    return str(value["socialAccountId"] if isinstance(value, dict) else value)


def root_fields(schema: GraphQLSchema, root: str) -> dict[str, Any]:
    """The fields of a root type."""
    kind = schema.type_map[root]
    assert isinstance(kind, GraphQLObjectType)
    return dict(kind.fields)


def operation(
    schema: GraphQLSchema, root: str, name: str, people: People, whose: str, shown: str = "{ __typename }"
) -> tuple[str, dict[str, Any]]:
    """An operation for one root field with every required argument, and its variables."""
    field = root_fields(schema, root)[name]
    required = {n: a for n, a in field.args.items() if str(a.type).endswith("!") and n != "orderBy"}
    variables: dict[str, Any] = {}
    for argument, definition in required.items():
        kind = get_named_type(definition.type)
        if isinstance(kind, GraphQLInputObjectType):
            inner = {
                n: sample_id(name, people, whose) if n == "id" else sample(n, people, whose)
                for n in kind.fields
            }
            variables[argument] = {n: value for n, value in inner.items() if value is not None}
        else:
            variables[argument] = (
                sample_id(name, people, whose) if argument == "id" else sample(argument, people, whose)
            )
            if name == "postByUrl":
                variables[argument] = f"tiktok.com/@x/video/{POSTS[whose]}"
    declared = ", ".join(f"${n}: {required[n].type}" for n in variables)
    given = ", ".join(f"{n}: ${n}" for n in variables)
    head = f"{root.lower()} ({declared})" if declared else root.lower()
    return f"{head} {{ {name}{f'({given})' if given else ''} {shown} }}", variables
