"""Filters and search: each finds what it says, several must all hold, and no text is a pattern."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest_asyncio

from support.client import Client
from support.rows import Rows
from support.server import Server

DAY = timedelta(days=1)

Found = tuple[dict[str, Any] | None, set[str]]
"""A filter, and what it finds."""


@pytest_asyncio.fixture
async def client(server: Server, rows: Rows) -> Client:
    """An admin before a roster of every platform and status."""
    mara = await rows.profile("Mara Linden", external_id="CRM-1")
    dina = await rows.profile("Dina 100%", external_id="crm_2")
    duo = await rows.profile("Duo\\Duo", kind="GROUP")
    await rows.profile("Nobody's")
    await rows.profile("Mara merged", merged_into=mara, external_id="CRM-3")
    broken: dict[str, Any] = {"invalidated_at": rows.now(), "invalid_reason": "PASSWORD_CHANGED"}
    await rows.account(mara, handle="mara_added")
    await rows.linked(mara, handle="MaraLinked", display_name="Sourdough & Söhne", expires_in=90 * DAY)
    await rows.linked(mara, handle="mara.expiring", platform="instagram", expires_in=10 * DAY)
    await rows.linked(dina, handle="dina.expired", platform="instagram", expires_in=-DAY)
    await rows.linked(dina, handle="dina_broken", platform="youtube", **broken)
    await rows.linked(
        duo, handle="duoforever", platform="facebook", url="https://www.facebook.com/duoforever"
    )
    return await server.client()


async def accounts(client: Client, filter: dict[str, Any] | None) -> set[str]:
    """The handles of the accounts that a filter finds; the count must agree."""
    answer = await client.ask(
        """query ($filter: SocialAccountFilter) {
          socialAccounts(filter: $filter, first: 100) { totalCount nodes { handle } } }""",
        filter=filter,
    )
    assert answer["totalCount"] == len(answer["nodes"])
    return {node["handle"] for node in answer["nodes"]}


async def profiles(client: Client, filter: dict[str, Any] | None) -> set[str]:
    """The names of the profiles that a filter finds; the count must agree."""
    answer = await client.ask(
        """query ($filter: ProfileFilter) {
          profiles(filter: $filter, first: 100) { totalCount nodes { displayName } } }""",
        filter=filter,
    )
    assert answer["totalCount"] == len(answer["nodes"])
    return {node["displayName"] for node in answer["nodes"]}


EVERYBODY = {"mara_added", "MaraLinked", "mara.expiring", "dina.expired", "dina_broken", "duoforever"}


ACCOUNT_FILTERS: list[Found] = [
    (None, EVERYBODY),
    ({}, EVERYBODY),
    ({"platforms": None, "statuses": None, "search": None}, EVERYBODY),
    ({"platforms": []}, set()),
    ({"platforms": ["instagram", "youtube"]}, {"mara.expiring", "dina.expired", "dina_broken"}),
    ({"statuses": ["ADDED"]}, {"mara_added"}),
    ({"statuses": ["LINKED", "EXPIRING"]}, {"MaraLinked", "mara.expiring", "duoforever"}),
    ({"statuses": ["INVALID"]}, {"dina.expired", "dina_broken"}),
    ({"reasons": ["EXPIRED"]}, {"dina.expired"}),
    ({"reasons": ["PASSWORD_CHANGED", "UNLINKED"]}, {"dina_broken"}),
    ({"platforms": ["instagram"], "statuses": ["INVALID"]}, {"dina.expired"}),
    ({"platforms": ["facebook"], "statuses": ["INVALID"]}, set()),
    ({"search": "mara"}, {"mara_added", "MaraLinked", "mara.expiring"}),
    ({"search": "@MARALINKED"}, {"MaraLinked"}),
    ({"search": "  söhne "}, {"MaraLinked"}),
    ({"search": "SOURDOUGH &"}, {"MaraLinked"}),
    ({"search": "_"}, {"mara_added", "dina_broken"}),
    ({"search": "a.e"}, {"mara.expiring", "dina.expired"}),
    ({"search": "%"}, set()),
    ({"search": "m%a"}, set()),
    ({"search": "\\"}, set()),
    ({"search": "'; DROP TABLE profile; --"}, set()),
    ({"search": "https://www.tiktok.com/@maralinked?lang=en"}, {"MaraLinked"}),
    ({"search": "m.facebook.com/DuoForever"}, {"duoforever"}),
    ({"search": "https://www.tiktok.com/@nobody.at.all"}, set()),
    ({"search": "https://example.com/mara_added"}, set()),
    ({"search": "x" * 200}, set()),
]


async def test_accounts_are_found_by_what_a_filter_says(client: Client) -> None:
    wrong = [
        (filter, got) for filter, found in ACCOUNT_FILTERS if (got := await accounts(client, filter)) != found
    ]

    assert wrong == []


PROFILE_FILTERS: list[Found] = [
    (None, {"Mara Linden", "Dina 100%", "Duo\\Duo", "Nobody's"}),
    ({"kind": "GROUP"}, {"Duo\\Duo"}),
    ({"externalId": "CRM-1"}, {"Mara Linden"}),
    ({"externalId": "crm-1"}, set()),
    ({"externalId": "CRM-3"}, {"Mara Linden"}),
    ({"externalId": "CRM-1\x00"}, set()),
    ({"externalId": ""}, set()),
    ({"search": "crm_"}, {"Dina 100%"}),
    ({"search": "crm-1"}, {"Mara Linden"}),
    ({"search": "100%"}, {"Dina 100%"}),
    ({"search": "duo\\"}, {"Duo\\Duo"}),
    ({"search": "nobody's"}, {"Nobody's"}),
    ({"search": "EXPIR"}, {"Mara Linden", "Dina 100%"}),
    ({"search": "sourdough"}, {"Mara Linden"}),
    ({"search": "https://www.tiktok.com/@maralinked"}, {"Mara Linden"}),
    ({"account": {}}, {"Mara Linden", "Dina 100%", "Duo\\Duo"}),
    ({"account": {"statuses": ["INVALID"]}}, {"Dina 100%"}),
    ({"account": {"platforms": ["instagram"], "statuses": ["INVALID"]}}, {"Dina 100%"}),
    ({"account": {"platforms": ["youtube"], "reasons": ["EXPIRED"]}}, set()),
    ({"account": {"search": "https://www.facebook.com/duoforever"}}, {"Duo\\Duo"}),
    ({"kind": "INDIVIDUAL", "search": "mara", "account": {"platforms": ["tiktok"]}}, {"Mara Linden"}),
    ({"kind": "GROUP", "search": "mara"}, set()),
]


async def test_profiles_are_found_by_what_a_filter_says(client: Client) -> None:
    wrong = [
        (filter, got) for filter, found in PROFILE_FILTERS if (got := await profiles(client, filter)) != found
    ]

    assert wrong == []


async def test_what_expires_before_a_moment_is_what_a_person_can_still_save(
    server: Server, client: Client
) -> None:
    """Neither what is broken already, nor what was never connected."""
    now = server.host.now().astimezone(UTC)

    soon, later = [(now + days * DAY).isoformat() for days in (11, 91)]

    assert await accounts(client, {"expiringBefore": soon}) == {"mara.expiring"}
    assert await accounts(client, {"expiringBefore": later}) == {"mara.expiring", "MaraLinked", "duoforever"}
    assert await accounts(client, {"expiringBefore": now.isoformat()}) == set()
    assert await profiles(client, {"account": {"expiringBefore": soon}}) == {"Mara Linden"}


async def test_a_status_filter_follows_the_clock(server: Server, client: Client) -> None:
    """No worker has run: status is a function of facts and the time of asking."""
    server.host.clock.offset += 80 * DAY

    assert await accounts(client, {"statuses": ["EXPIRING"]}) == {"MaraLinked", "duoforever"}
    assert await accounts(client, {"reasons": ["EXPIRED"]}) == {"dina.expired", "mara.expiring"}


async def test_a_profiles_own_accounts_are_filtered_alike(client: Client) -> None:
    answer = await client.ask(
        """{ profiles(orderBy: NAME) { nodes { displayName
          invalid: socialAccounts(filter: {statuses: [INVALID]}) { totalCount nodes { handle } }
          statusCounts { added linked expiring invalid } } } }"""
    )

    counts = {p["displayName"]: tuple(p["statusCounts"].values()) for p in answer["nodes"]}
    assert counts == {
        "Dina 100%": (0, 0, 0, 2),
        "Duo\\Duo": (0, 1, 0, 0),
        "Mara Linden": (1, 1, 1, 0),
        "Nobody's": (0, 0, 0, 0),
    }
    assert {p["displayName"]: p["invalid"]["totalCount"] for p in answer["nodes"]} == {
        name: invalid for name, (_, _, _, invalid) in counts.items()
    }


async def test_a_search_that_says_nothing_or_too_much_is_refused(client: Client) -> None:
    by_account = "query ($s: String) { socialAccounts(filter: {search: $s}) { totalCount } }"
    by_profile = "query ($s: String) { profiles(filter: {search: $s}) { totalCount } }"
    below = (
        "query ($s: String) { profiles { nodes { socialAccounts(filter: {search: $s}) { totalCount } } } }"
    )
    texts = ["", "   ", "@", "x" * 201, "\x00", "a\x00b", "x" * 500_000]

    codes = [
        await client.error_code(query, s=text) for query in (by_account, by_profile, below) for text in texts
    ]

    assert set(codes) == {"INVALID_FILTER"}


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"platforms": ["myspace"]}, "UNKNOWN_PLATFORM"),
    ({"platforms": ["TIKTOK"]}, "UNKNOWN_PLATFORM"),
    ({"platforms": [1]}, "UNKNOWN_PLATFORM"),
    ({"statuses": ["linked"]}, "BAD_USER_INPUT"),
    ({"expiringBefore": "2026-11-22T12:00:00"}, "BAD_USER_INPUT"),
    ({"expiringBefore": "2026-11-22"}, "BAD_USER_INPUT"),
    ({"expiringBefore": "2026-W47-7T12:00:00Z"}, "BAD_USER_INPUT"),
    ({"expiringBefore": "2026-11-22T25:00:00Z"}, "BAD_USER_INPUT"),
    ({"expiringBefore": "0001-01-01T00:00:00+14:00"}, "BAD_USER_INPUT"),
    ({"expiringBefore": 1795348800}, "BAD_USER_INPUT"),
    ({"expiringBefore": ""}, "BAD_USER_INPUT"),
    ({"unknown": 1}, "BAD_USER_INPUT"),
]


async def test_a_malformed_filter_is_refused(client: Client) -> None:
    query = "query ($filter: SocialAccountFilter) { socialAccounts(filter: $filter) { totalCount } }"

    codes = [(filter, await client.error_code(query, filter=filter)) for filter, _ in MALFORMED]

    assert codes == MALFORMED


async def test_a_moment_may_be_given_with_any_offset(server: Server, client: Client) -> None:
    moment = (server.host.now() + 11 * DAY).strftime("%Y-%m-%dT%H:%M:%S")

    for spelled in (f"{moment}Z", f"{moment}z", f"{moment}.123456Z", f"{moment}+00:00", f"{moment}-12:00"):
        assert await accounts(client, {"expiringBefore": spelled}) == {"mara.expiring"}, spelled
