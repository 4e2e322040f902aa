"""Whatever a client selects, it gets just what the obvious way would find: no row more, no field mixed up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from support.client import Client
from support.documents import Document
from support.generated import generated
from support.naive_reader import NaiveReader
from support.rows import Rows
from support.server import Server

from server.ids import global_id
from server.services.viewers import Role

DAY = timedelta(days=1)
EVIDENCE = json.dumps({"operation": "refresh", "platform_code": "190/460", "at": "2026-01-02T03:04:05.600000+00:00"})


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
    broken = {"invalidated_at": rows.now(), "invalid_reason": "PASSWORD_CHANGED", "status_evidence": EVIDENCE}
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
    nobody = [global_id("Profile", 999), global_id("Viewer", 1), "", "Profile:1", global_id("Profile", "1 OR 1")]
    return [mara, dina, emil, duo, trio, merged, page, instagram, *others, *attempts, *nobody]


@pytest_asyncio.fixture(params=["admin", "creator"])
async def reading(request: Any, server: Server, rows: Rows, sdl: str) -> Reading:
    """A roster as an admin reads it, and as the creator reads it who owns Mara's profile."""
    ids = await fill(rows)
    only = ids[0] if request.param == "creator" else None
    naive = NaiveReader(sdl, server.host.now(), server.host.settings.warning, only)
    await naive.load(server.host)
    return Reading(await server.client(Role(request.param), only), naive, ids)


@generated(cases=150)
@given(data=st.data())
async def test_any_document_gets_what_the_obvious_way_would_find(reading: Reading, data: st.DataObject) -> None:
    draw: Any = data.draw
    document, variables = Document(reading.naive.schema, draw, reading.ids).text(depth=data.draw(st.integers(1, 8)))

    await reading.agree(document, variables)
