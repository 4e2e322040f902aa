"""Of several accounts that one person allowed, only those end of which the platform said so."""

from __future__ import annotations

from typing import Any

import pytest
from linkroll_sdk import InvalidReason, ReauthorizationRequired

from server.ids import row_id
from server.services.links.detection import end_grant
from server.services.links.links import use_link
from server.services.links.probing import probe
from server.worker.jobs_report import jobs_report
from server.worker.upkeep import probe_due
from support.browser import Browser
from support.links import LinkOne
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server, StartServer


@pytest.fixture
async def pair(roster: Roster, browser: Browser) -> tuple[int, int]:
    """Mara's Page and her Instagram account behind it, by one consent."""
    mara = await roster.create_profile("Mara Linden")
    attempt, _ = await roster.walk(browser, "mara", profile=mara, platform="facebook")
    answer = await roster.choose(attempt["id"], [c["id"] for c in attempt["candidates"]])
    page, instagram = (row_id(account["id"], "SocialAccount") or 0 for account in answer["socialAccounts"])
    return page, instagram


async def reasons(server: Server) -> dict[int, str | None]:
    """Why each account is no longer linked; None for those that are."""
    rows = await server.host.database.fetch("SELECT id, invalid_reason FROM social_account")
    return {row["id"]: row["invalid_reason"] for row in rows}


async def test_an_instagram_account_that_became_personal_takes_no_page_along(
    server: Server, sandbox: Sandbox, pair: tuple[int, int]
) -> None:
    page, instagram = pair
    await sandbox.person("mara", "switch-to-personal")

    await probe(server.host, instagram)
    await probe_due(server.host, "facebook")

    assert await reasons(server) == {page: None, instagram: "ACTION_REQUIRED"}


async def test_what_happened_to_the_person_is_found_out_about_the_others_at_once(
    server: Server, sandbox: Sandbox, pair: tuple[int, int]
) -> None:
    page, instagram = pair
    await sandbox.person("mara", "change-password")

    await probe(server.host, page)
    assert (await reasons(server))[instagram] is None
    await probe_due(server.host, "facebook")

    assert await reasons(server) == {page: "PASSWORD_CHANGED", instagram: "PASSWORD_CHANGED"}


async def test_a_sibling_whose_first_probe_is_not_planned_yet_is_looked_at_too(
    server: Server, sandbox: Sandbox, pair: tuple[int, int]
) -> None:
    page, instagram = pair
    await server.host.database.fetch("UPDATE social_account SET probe_at = NULL")
    await sandbox.person("mara", "change-password")

    await probe(server.host, page)
    await probe_due(server.host, "facebook")

    assert (await reasons(server))[instagram] == "PASSWORD_CHANGED"


async def test_an_app_secret_that_is_wrong_disconnects_nobody_and_the_operator_reads_of_it(
    server: Server, start_server: StartServer, pair: tuple[int, int]
) -> None:
    logins = dict(server.host.settings.logins)
    logins["facebook"] = logins["facebook"].model_copy(
        update={"client_secret": type(logins["facebook"].client_secret)("mistyped")}
    )
    mistaken = await start_server(logins=logins)

    for account in pair:
        await probe(mistaken.host, account)

    assert set((await reasons(server)).values()) == {None}
    rows = await server.host.database.fetch("SELECT kind, subject FROM operator_notice")
    assert [tuple(row) for row in rows] == [("APP_REFUSED", "facebook")]


async def test_an_end_that_could_have_passed_gives_way_to_one_that_cannot(
    server: Server, link_one: LinkOne
) -> None:
    """Else it would be probed for ever, by a grant with which nothing can be asked."""
    account = await link_one("tiktok")

    async def lose_a_role(*_: object) -> Any:
        raise ReauthorizationRequired(InvalidReason.ROLE_LOST, operation="test")

    with pytest.raises(ReauthorizationRequired):
        await use_link(server.host, account, "test", lose_a_role)
    await server.host.database.fetch("UPDATE social_account SET probe_at = $1", server.host.now())
    [grant] = await server.host.database.fetch("SELECT id FROM oauth_grant")
    revoked = ReauthorizationRequired(InvalidReason.ACCESS_REVOKED, operation="refresh")
    assert await end_grant(server.host, grant["id"], 1, revoked)

    assert await reasons(server) == {account: "ACCESS_REVOKED"}
    told = await server.host.database.fetch(
        "SELECT previous_status, status, status_reason FROM status_event ORDER BY id DESC LIMIT 1"
    )
    assert [tuple(row) for row in told] == [("INVALID", "INVALID", "ACCESS_REVOKED")]
    assert "probe" not in {row["work"] for row in (await jobs_report(server.host))["due"]}
