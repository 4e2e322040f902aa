"""Ending: an unlinked account's tokens are over at the server as well, and what is ended there is noticed here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from linkroll_sdk import ReauthorizationRequired

from server.ids import row_id
from server.services.links.links import open_link
from server.services.links.probing import probe
from support.authorization_server import CLIENT, SECRET, AuthorizationServer, stored_pair
from support.roster import Roster
from support.server import Server


async def test_unlinking_ends_both_tokens_at_the_server(
    server: Server, roster: Roster, provider: AuthorizationServer, linked: str
) -> None:
    pair = await stored_pair(server)
    assert await provider.is_alive(pair["refresh_token"])

    answer = await roster.unlink(linked)

    assert answer["revocation"] == "REVOKED"
    assert not await provider.is_alive(pair["refresh_token"])
    assert not await provider.is_alive(pair["access_token"])
    assert await provider.userinfo(pair["access_token"]) == 401
    assert await server.sealed_tokens() == {}


async def test_a_revocation_is_sent_as_the_standard_says(
    server: Server, roster: Roster, provider: AuthorizationServer, linked: str
) -> None:
    """RFC 7009 2.1: a form with the token and the client's own proof, and none of it in the address."""
    pair = await stored_pair(server)

    await roster.unlink(linked)

    [sent] = await provider.revocations()
    assert (sent["method"], sent["query"], sent["status"]) == ("POST", {}, 200)
    assert sent["body"]["token"] == [pair["refresh_token"]]
    assert (sent["body"]["client_id"], sent["body"]["client_secret"]) == ([CLIENT], [SECRET])


async def test_a_grant_that_the_person_ended_first_counts_as_revoked(
    roster: Roster, provider: AuthorizationServer, linked: str
) -> None:
    await provider.person("mara", "remove-app")

    answer = await roster.unlink(linked)

    assert answer["revocation"] == "REVOKED"


@pytest.mark.parametrize("status", [503, 401, 302])
async def test_tokens_are_forgotten_when_the_server_cannot_be_told(
    server: Server, roster: Roster, provider: AuthorizationServer, linked: str, status: int
) -> None:
    await provider.control(
        "PUT", "faults", [{"path": "/revoke", "status": status, "body": {"error": "invalid_client"}}]
    )

    answer = await roster.unlink(linked)

    assert answer["revocation"] == "FAILED"
    assert answer["socialAccount"]["statusReason"] == "UNLINKED"
    assert await server.sealed_tokens() == {}


async def test_a_person_who_removes_the_app_at_the_server_is_noticed(
    server: Server, roster: Roster, provider: AuthorizationServer, linked: str
) -> None:
    await provider.person("mara", "remove-app")

    await probe(server.host, row_id(linked, "SocialAccount") or 0)

    account = await roster.account(linked)
    assert (account["status"], account["statusReason"]) == ("INVALID", "ACCESS_REVOKED")
    assert account["nextAction"] == "RECONNECT"


async def test_a_person_who_removes_the_app_is_noticed_at_the_refresh(
    server: Server, roster: Roster, provider: AuthorizationServer, linked: str
) -> None:
    await provider.person("mara", "remove-app")
    server.host.clock.offset = timedelta(hours=2)

    with pytest.raises(ReauthorizationRequired) as over:
        await open_link(server.host, row_id(linked, "SocialAccount") or 0)

    assert over.value.platform_code == "invalid_grant"
    assert (await roster.account(linked))["statusReason"] == "ACCESS_REVOKED"


async def test_a_code_that_is_used_a_second_time_by_somebody_else_ends_the_grant_and_is_noticed(
    server: Server, roster: Roster, provider: AuthorizationServer, linked: str
) -> None:
    """RFC 6749 4.1.2: the server cannot tell who was first, and ends what it gave."""
    [exchange] = await provider.code_exchanges()
    status, _ = await provider.post("/token", **{name: value for name, [value] in exchange["body"].items()})
    assert status == 400

    await probe(server.host, row_id(linked, "SocialAccount") or 0)

    account = await roster.account(linked)
    assert (account["status"], account["nextAction"]) == ("INVALID", "RECONNECT")


async def test_a_good_link_is_probed_and_stays(
    server: Server, roster: Roster, provider: AuthorizationServer, linked: str
) -> None:
    """The other way round: it is the server's word that ends a link, not the question."""
    await provider.person("mara", "rename", to="mara_new")

    await probe(server.host, row_id(linked, "SocialAccount") or 0)

    account = await roster.account(linked)
    assert (account["status"], account["handle"]) == ("LINKED", "mara_new")
    assert await provider.refreshes() == []
