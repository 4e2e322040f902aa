"""Every change of status stands in the log, once, in the transaction that made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.models import StatusEvent
from server.services.callers.viewers import Role
from support.browser import Browser
from support.clock import travel
from support.events import EVENT, changes, log_of
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server

ADDED = (None, "ADDED", None)
LINKED = ("ADDED", "LINKED", None)


@pytest.fixture
async def mara(roster: Roster) -> str:
    """Mara's profile, without any account."""
    return await roster.create_profile("Mara Linden")


async def test_adding_linking_unlinking_and_removing_write_one_event_each(
    roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    await roster.unlink(account)
    await roster.remove(account)

    events = await log_of(roster.client)

    assert changes(events) == [
        ADDED,
        LINKED,
        ("LINKED", "INVALID", "UNLINKED"),
        ("INVALID", None, None),
    ]
    assert {event["accountId"] for event in events} == {account}
    assert all(event["profile"] == {"id": mara} and event["account"] is None for event in events)


async def test_an_account_found_by_consent_is_added_and_linked(
    roster: Roster, browser: Browser, mara: str
) -> None:
    await roster.walk(browser, "mara", profile=mara, platform="tiktok")

    assert changes(await log_of(roster.client)) == [ADDED, LINKED]


async def test_a_reconnect_after_the_end_of_consent_tells_what_it_ended(
    server: Server, sandbox: Sandbox, roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    await travel(sandbox, server, days=91)
    assert await roster.status(account) == "INVALID"

    attempt, _ = await roster.walk(browser, "mara", account)

    assert attempt["state"] == "SUCCEEDED", attempt
    assert changes(await log_of(roster.client)) == [
        ADDED,
        LINKED,
        ("LINKED", "INVALID", "EXPIRED"),
        ("INVALID", "LINKED", None),
    ]


async def test_a_reconnect_of_a_healthy_account_is_no_change(
    roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.link(browser, "mara", mara, "@marabakes", "tiktok")

    await roster.walk(browser, "mara", account)

    assert changes(await log_of(roster.client)) == [ADDED, LINKED]


async def test_a_reconnect_in_the_time_of_warning_ends_the_warning(
    server: Server, sandbox: Sandbox, roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    await travel(sandbox, server, days=80)

    await roster.walk(browser, "mara", account)

    assert changes(await log_of(roster.client))[-1] == ("EXPIRING", "LINKED", None)


async def test_removing_a_profile_tells_the_end_of_each_account(
    roster: Roster, browser: Browser, mara: str
) -> None:
    await roster.link(browser, "mara", mara, "@marabakes", "tiktok")
    await roster.add(mara, "youtube.com/@marabakes")

    await roster.client.ask(
        """mutation ($input: RemoveProfileInput!) {
          removeProfile(input: $input) { ... on RemoveProfileSuccess { removedAccountCount } } }""",
        input={"id": mara},
    )

    events = await log_of(roster.client)
    assert changes(events) == [ADDED, LINKED, ADDED, ("LINKED", None, None), ("ADDED", None, None)]
    assert all(event["profile"] is None for event in events)


async def test_what_is_refused_leaves_no_event(
    roster: Roster, new_browser: Callable[[], Browser], mara: str
) -> None:
    """A pair of which another profile holds one half is refused whole: also the half that was linked first."""
    ben = await roster.create_profile("Ben Okafor")
    await roster.add(ben, "instagram.com/mara.bakes")
    attempt, _ = await roster.walk(new_browser(), "mara", profile=mara, platform="facebook")
    pair = [c["id"] for c in attempt["candidates"] if c["usable"] and c["pair"]]

    answer = await roster.choose(attempt["id"], pair)

    assert (answer["__typename"], len(pair)) == ("AccountAlreadyAttached", 2)
    assert changes(await log_of(roster.client)) == [ADDED]
    held = await roster.client.ask(
        "query ($id: ID!) { profile(id: $id) { socialAccounts { totalCount } } }", id=mara
    )
    assert held == {"socialAccounts": {"totalCount": 0}}


async def test_a_change_whose_event_cannot_be_written_does_not_happen(
    server: Server, roster: Roster, mara: str
) -> None:
    """One transaction: without its event there is no change."""
    async with server.host.database.transaction() as transaction:
        await transaction.execute(f'ALTER TABLE "{StatusEvent._meta.db_table}" ADD CHECK (false) NOT VALID')

    code = await roster.client.error_code(
        """mutation ($input: AddSocialAccountInput!) { addSocialAccount(input: $input) { __typename } }""",
        input={"profileId": mara, "account": "tiktok.com/@marabakes"},
    )

    assert code == "INTERNAL_ERROR"
    assert await roster.client.ask("{ socialAccounts { totalCount } }") == {"totalCount": 0}


# The log as pages


async def test_the_log_is_paged_forwards_and_backwards_in_the_same_cursors(roster: Roster, mara: str) -> None:
    for n in range(7):
        await roster.add(mara, f"creator{n}", "tiktok")
    whole = await log_of(roster.client)

    forwards = await _walk(roster, "first", "after", "hasNextPage", "endCursor")
    backwards = await _walk(roster, "last", "before", "hasPreviousPage", "startCursor")

    assert forwards == [whole[:3], whole[3:6], whole[6:]]
    assert backwards == [whole[4:], whole[1:4], whole[:1]]


async def _walk(roster: Roster, size: str, place: str, more: str, end: str) -> list[Any]:
    """All pages of three, walked in one direction."""
    pages, cursor = [], None
    while True:
        page = await roster.client.ask(
            f"""query ($cursor: String) {{
              statusEvents({size}: 3, {place}: $cursor) {{
                nodes {{ {EVENT} }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}""",
            cursor=cursor,
        )
        pages.append(page["nodes"])
        if not page["pageInfo"][more]:
            return pages
        cursor = page["pageInfo"][end]


async def test_a_creator_reads_only_the_log_of_their_own_profile(
    server: Server, roster: Roster, mara: str
) -> None:
    ben = await roster.create_profile("Ben Okafor")
    mine = await roster.add(mara, "@marabakes", "tiktok")
    await roster.add(ben, "@benonbikes", "tiktok")
    creator = await server.client(Role.CREATOR, profile=mara)

    events = await log_of(creator)

    assert [event["accountId"] for event in events] == [mine]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "garbage",
        "ZXZlbnQ6",
        "ZXZlbnQ6MS4x4pyT",
        "ZXZlbnQ6LTEuMQ==",
        "ZXZlbnQ6OTk5OTk5OTk5OTk5OTk5OTk5OTk5OS4x",
    ],
    ids=["empty", "no base64", "no place", "not ascii", "negative", "beyond 64 bits"],
)
async def test_a_cursor_that_is_none_of_the_log_is_a_coded_error(roster: Roster, cursor: str) -> None:
    code = await roster.client.error_code(
        "query ($after: String) { statusEvents(first: 1, after: $after) { totalCount } }", after=cursor
    )

    assert code == "INVALID_CURSOR"
