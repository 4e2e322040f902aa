"""Pages: walking them gives the whole list, in every order, both ways, also while rows come and go."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from server.ids import global_id
from support.client import Client
from support.lists import Pages, keys
from support.rows import Rows
from support.server import Server

DAY = timedelta(days=1)
ACCOUNT_ORDERS = ["NEWEST", "OLDEST", "HANDLE", "EXPIRES_SOONEST", "MOST_FOLLOWERS"]
LISTS = [
    *(("profiles", order) for order in ("NEWEST", "OLDEST", "NAME")),
    *(("socialAccounts", order) for order in ACCOUNT_ORDERS),
    *(("Profile.socialAccounts", order) for order in ACCOUNT_ORDERS),
    *(("Profile.members", None), ("Profile.groups", None), ("statusEvents", None)),
]
every_list = pytest.mark.parametrize(("name", "order"), LISTS, ids=lambda part: part or "own order")
NAMES = [
    "mara",
    "Mara",
    "MARA",
    "Ömer",
    "Zoë",
    "ßen",
    "İnci",
    "\\",
    "%",
    "\N{GRINNING FACE}" * 200,
    "x" * 200,
    "'",
]

OpenList = Callable[[str, str | None], Pages]


async def odd_account(rows: Rows, profile: str, random: Random) -> str:
    """An account whose sort keys tie with others', or are null."""
    handle = random.choice([None, "aa", "aA", "AA", "bb", "zz"])
    return await rows.account(
        profile,
        handle=handle,
        # Handles that tie: only a stable id tells such accounts apart.
        handle_key=None,
        platform_id=f"id {random.random()}",
        followers=random.choice([None, 0, 1, 1, 5, 2**40]),
        expires_in=random.choice([None, 5 * DAY, -5 * DAY]),
    )


@pytest_asyncio.fixture
async def crowd(rows: Rows) -> str:
    """A group with twelve members of odd names, accounts with odd keys, and a past."""
    random = Random(1)
    crowd = await rows.profile("Crowd", kind="GROUP")
    for name in NAMES:
        await rows.member(crowd, await rows.profile(name))
    for _ in range(23):
        await rows.event(crowd, await odd_account(rows, crowd, random))
    return crowd


@pytest_asyncio.fixture
async def mara(rows: Rows) -> str:
    """Somebody in twelve groups of odd names."""
    mara = await rows.profile("Mara Linden")
    for name in NAMES:
        await rows.member(await rows.profile(name, kind="GROUP"), mara)
    return mara


@pytest_asyncio.fixture
async def client(server: Server) -> Client:
    """Somebody who sees everything."""
    return await server.client()


@pytest.fixture
def open_list(client: Client, crowd: str, mara: str) -> OpenList:
    """A list by name, in an order."""

    def open_list(name: str, order: str | None) -> Pages:
        parent = {"Profile.groups": mara}.get(name, crowd) if "." in name else None
        return Pages(client, name, order, parent)

    return open_list


@every_list
async def test_walking_by_pages_of_any_size_gives_the_whole_list_once(
    open_list: OpenList, name: str, order: str | None
) -> None:
    pages = open_list(name, order)
    whole = keys(await pages.page(first=100))
    assert len(set(whole)) == len(whole) > 10

    for size in (1, 3, 7, len(whole), 100):
        assert await pages.forward(size) == whole
        assert await pages.backward(size) == whole


@every_list
async def test_a_page_says_where_it_lies(open_list: OpenList, name: str, order: str | None) -> None:
    pages = open_list(name, order)
    whole = await pages.page(first=100)
    cursors, rows = [edge["cursor"] for edge in whole["edges"]], keys(whole)

    middle = await pages.page(first=3, after=cursors[1])
    fenced = await pages.page(last=3, after=cursors[0], before=cursors[6])
    end = await pages.page(first=3, after=cursors[-1])

    assert whole["totalCount"] == middle["totalCount"] == end["totalCount"] == len(rows)
    assert keys(middle) == [edge["node"]["key"] for edge in middle["edges"]] == rows[2:5]
    assert [edge["cursor"] for edge in middle["edges"]] == cursors[2:5]
    assert middle["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": True,
        "startCursor": cursors[2],
        "endCursor": cursors[4],
    }
    assert keys(fenced) == rows[3:6]
    assert keys(end) == []
    assert end["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "startCursor": None,
        "endCursor": None,
    }


@pytest.mark.parametrize("order", ACCOUNT_ORDERS)
@pytest.mark.parametrize("way", ["forward", "backward"])
async def test_rows_that_come_and_go_shift_nothing(
    client: Client, rows: Rows, crowd: str, order: str, way: str
) -> None:
    """Whoever was there all the time is met exactly once, and nobody twice, whatever else happens."""
    pages, random = Pages(client, "socialAccounts", order), Random(order + way)
    at_first = set(keys(await pages.page(first=100)))
    removed: set[str] = set()

    async def somebody_comes_and_somebody_goes() -> None:
        await odd_account(rows, crowd, random)
        goes = random.choice(sorted(at_first - removed))
        removed.add(goes)
        await rows.remove(goes)

    met = await getattr(pages, way)(2, somebody_comes_and_somebody_goes)

    assert len(removed) > 5
    assert len(set(met)) == len(met)
    assert at_first - removed <= set(met)
    still = [key for key in keys(await pages.page(first=100)) if key in met]
    assert still == [key for key in met if key in still]


async def test_without_a_size_a_page_has_twenty_rows(open_list: OpenList) -> None:
    for name, order in LISTS:
        page = await open_list(name, order).page()

        assert len(page["nodes"]) == min(20, page["totalCount"]), name
        assert page["pageInfo"]["hasNextPage"] == (page["totalCount"] > 20), name


@pytest.mark.parametrize(
    "size",
    [
        {"first": 0},
        {"first": -1},
        {"first": 101},
        {"last": 0},
        {"last": -5},
        {"last": 2**31 - 1},
        {"first": 1, "last": 1},
    ],
    ids=str,
)
async def test_a_size_out_of_bounds_is_refused(open_list: OpenList, size: dict[str, int]) -> None:
    codes = [await open_list(name, order).error_code(**size) for name, order in LISTS]

    assert set(codes) == {"INVALID_PAGE"}


async def test_a_cursor_of_any_other_list_or_order_is_refused(open_list: OpenList) -> None:
    pages = {one: open_list(*one) for one in LISTS}
    cursors = {one: (await pages[one].page(first=1))["pageInfo"]["endCursor"] for one in LISTS}

    taken = [
        (one, other)
        for one in LISTS
        for other in LISTS
        if other != one and await pages[one].error_code(first=1, after=cursors[other]) != "INVALID_CURSOR"
    ]

    assert taken == []


def forged(*inside: Any) -> str:
    """A cursor of our form that we never wrote."""
    return base64.urlsafe_b64encode(json.dumps(inside).encode()).decode()


GARBAGE = {
    "empty": "",
    "no base64": "%%%",
    "not ASCII": "ÄÖÜ",
    "a NUL": "AA==\x00",
    "binary": base64.b64encode(bytes(range(256))).decode(),
    "no JSON": base64.b64encode(b"{").decode(),
    "null": base64.b64encode(b"null").decode(),
    "a number": base64.b64encode(b"1").decode(),
    "deep": base64.b64encode(b"[" * 1400).decode(),
    "huge": "A" * 500_000,
    "a node's id": global_id("SocialAccount", 1),
    "an event's place beyond all": base64.b64encode(b"event:99999999999999999999.1").decode(),
    "an event's place in words": base64.b64encode(b"event:one.two").decode(),
    "two parts": forged("socialAccounts:newest", "1"),
    "no text": forged("socialAccounts:newest", 1, 1),
    "no place": forged("socialAccounts:newest", None, 1),
    "a row in words": forged("socialAccounts:newest", "1", "1"),
    "a row that is true": forged("socialAccounts:newest", "1", True),
    "a row below zero": forged("socialAccounts:newest", "1", -1),
    "a row beyond all": forged("socialAccounts:newest", "1", 2**63),
    "a place of another kind": forged("socialAccounts:newest", "x", 1),
    "a place beyond all": forged("socialAccounts:newest", "9" * 30, 1),
    "an injection": forged("socialAccounts:newest", "1) OR (1=1", 1),
    "a NUL inside": forged("socialAccounts:newest", "1\x00", 1),
    "half a character": forged("socialAccounts:newest", "\ud800", 1),
}


FORGED = {
    "EXPIRES_SOONEST": [
        forged("socialAccounts:expires", place, 1) for place in ("tomorrow or so", "999999-01-01")
    ],
    "HANDLE": [forged("socialAccounts:handle", place, 1) for place in ("\ud83d", "\x00")],
}


@pytest.mark.parametrize("side", ["after", "before"])
async def test_what_is_no_cursor_is_refused(client: Client, side: str) -> None:
    lists = [
        Pages(client, "socialAccounts", "NEWEST"),
        Pages(client, "profiles"),
        Pages(client, "statusEvents"),
    ]

    codes = {
        name: {await pages.error_code(**{side: cursor}) for pages in lists}
        for name, cursor in GARBAGE.items()
    }

    assert codes == {name: {"INVALID_CURSOR"} for name in GARBAGE}


@pytest.mark.parametrize("order", FORGED)
async def test_a_place_that_is_none_of_its_order_is_refused(client: Client, order: str) -> None:
    pages = Pages(client, "socialAccounts", order)

    codes = [await pages.error_code(after=cursor) for cursor in FORGED[order]]

    assert codes == ["INVALID_CURSOR"] * len(codes)


async def test_a_cursor_outlives_the_row_it_stands_at(client: Client, rows: Rows, crowd: str) -> None:
    pages = Pages(client, "socialAccounts", "MOST_FOLLOWERS")
    before = await pages.page(first=100)
    gone = keys(before)[4]

    await rows.remove(gone)

    after = await pages.page(first=100, after=before["edges"][4]["cursor"])
    assert keys(after) == keys(before)[5:]
