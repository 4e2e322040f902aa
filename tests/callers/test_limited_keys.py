"""Keys with limits: over after a time, or good for a part of what their role may do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from graphql import GraphQLObjectType

from server.services.callers.api_keys import create_key
from server.services.callers.viewers import CONNECTING, Role, Scope
from support.browser import Browser
from support.client import Client
from support.roster import Roster
from support.rows import Rows
from support.schema import committed_schema
from support.server import Server
from support.snapshots import snapshot

WHOAMI = "{ viewer { name role scope expiresAt } }"


async def with_key(server: Server, scope: Scope = Scope.FULL, lasts: timedelta | None = None) -> Client:
    """An admin with a limited key."""
    key = await create_key(server.host, "limited", Role.ADMIN, scope=scope, lasts=lasts)
    return Client(server.url, server.session, key)


async def test_a_key_is_over_when_its_time_is(server: Server) -> None:
    """Also for a process that has just looked it up."""
    client = await with_key(server, lasts=timedelta(days=30))
    server.host.clock.offset = timedelta(days=30, seconds=-30)
    before = await client.ask(WHOAMI)

    server.host.clock.offset = timedelta(days=30, seconds=30)

    assert before["expiresAt"] is not None
    assert await client.error_code(WHOAMI) == "UNAUTHENTICATED"


async def test_a_key_without_an_end_goes_on(server: Server) -> None:
    client = await with_key(server)
    server.host.clock.offset = timedelta(days=3650)

    assert (await client.ask(WHOAMI))["expiresAt"] is None


async def test_a_stream_ends_with_its_key(server: Server) -> None:
    """The event that comes after its end is not told."""
    client = await with_key(server, lasts=timedelta(days=1))
    roster = await server.roster()
    mara = await roster.create_profile("Mara Linden")

    async with client.subscribe("subscription { accountStatusChanged { __typename } }") as events:
        await roster.add(mara, "@marabakes", "tiktok")
        told = await anext(events)
        server.host.clock.offset = timedelta(days=2)
        await roster.add(mara, "@maraagain", "tiktok")
        rest = [event async for event in events]

    assert told and rest == []


async def test_a_reading_key_sends_no_mutation_that_there_is(server: Server) -> None:
    mutations = committed_schema().type_map["Mutation"]
    assert isinstance(mutations, GraphQLObjectType)
    client, rows = await with_key(server, Scope.READ), Rows(server.host)
    mara = await rows.profile("Mara Linden")
    before = await snapshot(server.host)

    for scope, allowed in ((Scope.READ, frozenset()), (Scope.CONNECT, CONNECTING)):
        client = await with_key(server, scope)
        for name in set(mutations.fields) - allowed:
            assert await client.error_code(*empty(name)) == "FORBIDDEN", name

    found = await client.ask("{ profiles { nodes { id } } }")
    assert found == {"nodes": [{"id": mara}]}
    after = await snapshot(server.host)
    assert {**after, "api_key": []} == {**before, "api_key": []}


def empty(name: str) -> tuple[str]:
    """A mutation that is refused before its input counts; enough of one to be valid."""
    return (f"mutation {{ {name}(input: {INPUTS.get(name, '{}')}) {{ __typename }} }}",)


ID = '"UHJvZmlsZTox"'
NAMED = '{displayName: "x", kind: INDIVIDUAL}'
PLAN = '{name: "x", startsAt: "2026-01-01T00:00:00Z", endsAt: "2026-02-01T00:00:00Z"}'
INPUTS = {
    "createProfile": NAMED,
    "updateProfile": f"{{id: {ID}}}",
    "removeProfile": f"{{id: {ID}}}",
    "addGroupMember": f"{{groupId: {ID}, memberId: {ID}}}",
    "removeGroupMember": f"{{groupId: {ID}, memberId: {ID}}}",
    "addSocialAccount": f'{{profileId: {ID}, account: "x"}}',
    "connectSocialAccount": f"{{target: {{socialAccountId: {ID}}}}}",
    "chooseAccounts": f"{{attemptId: {ID}, candidateIds: []}}",
    "cancelConnect": f"{{attemptId: {ID}}}",
    "unlinkSocialAccount": f"{{id: {ID}}}",
    "removeSocialAccount": f"{{id: {ID}}}",
    "previewMerge": f"{{survivorId: {ID}, mergedId: {ID}}}",
    "mergeProfiles": f"{{survivorId: {ID}, mergedId: {ID}}}",
    "undoMerge": f"{{mergeId: {ID}}}",
    "refreshMetrics": f"{{accountId: {ID}}}",
    "createCampaign": PLAN,
    "updateCampaign": f"{{id: {ID}}}",
    "removeCampaign": f"{{id: {ID}}}",
    "addCampaignProfiles": f"{{campaignId: {ID}, profileIds: []}}",
    "removeCampaignProfiles": f"{{campaignId: {ID}, profileIds: []}}",
    "addCampaignPosts": f"{{campaignId: {ID}, urls: []}}",
    "removeCampaignPosts": f"{{campaignId: {ID}, urls: []}}",
}


async def test_a_connecting_key_leads_through_a_consent(server: Server, browser: Browser) -> None:
    mara = await Rows(server.host).profile("Mara Linden")
    page = Roster(await with_key(server, Scope.CONNECT))

    attempt, landing = await page.walk(browser, "mara", profile=mara, platform="tiktok")

    assert (await page.client.ask(WHOAMI))["scope"] == "CONNECT"
    assert attempt["state"] == "SUCCEEDED", landing.url


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.MANAGER])
async def test_a_scope_never_gives_more_than_the_role(server: Server, role: Role) -> None:
    key = await create_key(server.host, "limited", role, scope=Scope.CONNECT)
    client = Client(server.url, server.session, key)
    mara = await Rows(server.host).profile("Mara Linden")
    begin = "mutation ($i: ConnectSocialAccountInput!) { connectSocialAccount(input: $i) { __typename } }"

    answer = await client.send(
        begin, i={"target": {"profilePlatform": {"profileId": mara, "platform": "tiktok"}}}
    )

    assert ("errors" in answer) == (role is Role.OBSERVER), answer
    assert await client.error_code("{ auditLog { totalCount } }") == "FORBIDDEN"
