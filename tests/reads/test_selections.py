"""Whatever a client selects, it gets just what the obvious way would find: no row more, no field mixed up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from server.ids import global_id
from server.services.callers.viewers import Role
from support.client import Client
from support.documents import Document
from support.naive_reader import NaiveReader
from support.readings import Readings
from support.rows import Rows
from support.schema import committed_schema
from support.server import Server

DAY = timedelta(days=1)
EVIDENCE = json.dumps(
    {"operation": "refresh", "platform_code": "190/460", "at": "2026-01-02T03:04:05.600000+00:00"}
)


@dataclass
class Reading:
    """One viewer's client, the naive reader of the same viewer, and ids worth asking for."""

    client: Client
    naive: NaiveReader
    ids: list[str]

    async def agree(self, document: str, variables: dict[str, Any]) -> None:
        """Fail unless both answer alike."""
        answer = await self.client.send(document, **variables)
        assert answer == {"data": self.naive.answer(document, variables)}, document


async def fill(rows: Rows) -> list[str]:
    """A small roster with everything in it: groups that share members, ties, nulls, every status, a merge."""
    mara, dina, emil = [await rows.profile(name) for name in ("Mara", "Dina", "emil")]
    duo, trio = [await rows.profile(name, kind="GROUP") for name in ("Duo", "Trio")]
    merged = await rows.profile("Mara again", merged_into=mara)
    for group, member in ((duo, mara), (duo, dina), (trio, mara), (trio, dina), (trio, emil)):
        await rows.member(group, member)
    page = await rows.linked(mara, platform="facebook", followers=100, expires_in=90 * DAY)
    instagram = await rows.linked(mara, platform="instagram", followers=100, expires_in=13 * DAY)
    await rows.pair(page, instagram)
    broken: dict[str, Any] = {
        "invalidated_at": rows.now(),
        "invalid_reason": "PASSWORD_CHANGED",
        "status_evidence": EVIDENCE,
    }
    others = [
        await rows.account(mara, handle="AddedOnly"),
        await rows.account(mara, handle=None, platform_id="7", display_name="No handle"),
        await rows.linked(dina, followers=5, expires_in=-DAY),
        await rows.linked(dina, platform="youtube", scopes=(), **broken),
        await rows.linked(duo, platform="instagram", followers=7),
        await rows.account(emil, handle="emil", expires_in=14 * DAY - timedelta(minutes=1)),
    ]
    linked = await rows.attempt(mara, account=page, outcome="ACCOUNTS_LINKED")
    for position, account in enumerate((instagram, page, None)):
        await rows.candidate(linked, account=account, position=position)
    held = {"url": None, "account_id": 5, "profile_id": 2}
    attempts = [
        linked,
        await rows.attempt(dina),
        await rows.attempt(mara, outcome="ACCOUNT_ALREADY_ATTACHED", facts=held),
        await rows.attempt(duo, outcome="WRONG_ACCOUNT", facts={"expected": "a", "got": ["b", "c"]}),
    ]
    readings = Readings(rows.host)
    posts = [
        await readings.post(page, published_at=rows.now() - hours * DAY, **facts)
        for hours, facts in (
            (1, {}),
            (1, {"kind": "REEL"}),
            (2, {"gone_at": rows.now()}),
            (1, {"kind": "STORY"}),
        )
    ]
    posts.append(await readings.post(page, "STORY", ends_at=rows.now() - DAY))
    posts.append(await readings.post(others[2], url="https://chirp.example/dina/chirps/1"))
    for post in (None, posts[-2]):
        await readings.gap(page, post)
    nobody = [
        global_id("Profile", 999),
        global_id("Viewer", 1),
        "",
        "Profile:1",
        global_id("Profile", "1 OR 1"),
    ]
    return [mara, dina, emil, duo, trio, merged, page, instagram, *others, *attempts, *posts, *nobody]


@pytest_asyncio.fixture(params=["admin", "creator"])
async def reading(request: Any, server: Server, rows: Rows) -> Reading:
    """A roster as an admin reads it, and as the creator reads it who owns Mara's profile."""
    ids = await fill(rows)
    only = ids[0] if request.param == "creator" else None
    naive = NaiveReader(committed_schema(), server.host.now(), server.host.settings.warning, only)
    await naive.load(server.host)
    return Reading(await server.client(Role(request.param), only), naive, ids)


async def test_any_document_gets_what_the_obvious_way_would_find(reading: Reading) -> None:
    for seed in range(80):
        document = Document(reading.naive.schema, Random(seed), reading.ids)

        text, variables = document.text(depth=2 + seed % 9)

        await reading.agree(text, variables)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(
            """{ a: profiles { nodes { socialAccounts(first: 1) { nodes { handle } } } }
                 b: profiles { nodes { socialAccounts(last: 1) { nodes { handle } } } } }""",
            id="one root field twice",
        ),
        pytest.param(
            """{ profiles { nodes { first: socialAccounts(first: 1) { nodes { handle } }
                                    last: socialAccounts(last: 1) { nodes { handle } } } } }""",
            id="one relation twice with different arguments",
        ),
        pytest.param(
            """{ profiles { a: nodes { accounts: socialAccounts(first: 1) { nodes { handle } } }
                            b: nodes { accounts: socialAccounts(last: 1) { nodes { platform } } } } }""",
            id="the nodes of one page twice with different selections",
        ),
        pytest.param(
            """{ profiles { a: edges { node { page: socialAccounts(first: 1) { totalCount } } }
                            b: edges { node { page: members(first: 1) { totalCount } } }
                            nodes { page: groups { totalCount } } } }""",
            id="the edges of one page twice with different selections",
        ),
        pytest.param(
            """{ profiles { edges { a: node { page: socialAccounts(first: 1) { totalCount } }
                                    b: node { page: members(first: 1) { totalCount } } } } }""",
            id="the node of one edge twice with different selections",
        ),
        pytest.param(
            """{ profiles(filter: {kind: GROUP}) { nodes { members { totalCount nodes { displayName
                 socialAccounts(first: 1) { totalCount pageInfo { hasNextPage } nodes { handle } } } } } } }""",
            id="a member of several groups",
        ),
        pytest.param(
            """{ profiles { nodes { members { nodes { groups { nodes { members(last: 2) { edges { node {
                 displayName socialAccounts(last: 1, orderBy: MOST_FOLLOWERS) { nodes { handle pairedWith {
                 handle profile { displayName groups { nodes { displayName } } } } } } } } } } } } } } } }""",
            id="seven levels deep",
        ),
        pytest.param(
            """{ socialAccounts { nodes { a: posts(first: 1) { nodes { text } } b: posts(last: 1) { nodes { kind } }
                 stories { totalCount edges { node { account { posts(first: 2) { nodes { text } } } } } }
                 storyGaps { nodes { reason post { kind account { handle } } } } } } }""",
            id="posts, stories and gaps of one account",
        ),
        pytest.param(
            """{ socialAccounts { nodes { one: grantedScopes two: grantedScopes
                 a: statusEvidence { operation } b: statusEvidence { at } } } }""",
            id="what is stored as JSON under two keys",
        ),
    ],
)
async def test_a_field_asked_for_twice_keeps_its_answers_apart(reading: Reading, document: str) -> None:
    await reading.agree(document, {})
