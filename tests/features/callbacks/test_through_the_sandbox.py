"""The whole way: a person links by consent, the platform delivers by itself, and the account tells what happened."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from server.services.callbacks.notices import work_off_callbacks
from support.browser import Browser
from support.clock import travel
from support.deliveries import read_page
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import Server
from support.ways import FACEBOOK, GOOGLE, INSTAGRAM, TIKTOK, Way, every_login

LINKED = ("LINKED", None)
REVOKED = ("INVALID", "ACCESS_REVOKED")


class Platforms:
    """The sandbox's platforms, with this server's addresses entered at each."""

    def __init__(self, sandbox: Sandbox, server: Server, roster: Roster, browser: Browser) -> None:
        self.sandbox, self.server, self.roster, self.browser = sandbox, server, roster, browser

    async def enter_addresses(self) -> None:
        """What an operator does in each platform's portal."""
        logins = self.server.host.platforms.logins.values()
        url = f"{self.server.url}/callbacks"
        await self.sandbox.control(
            "PUT",
            "callbacks",
            {login.key: {c.key: f"{url}/{login.key}/{c.key}" for c in login.callbacks} for login in logins},
        )

    async def link(self, way: Way) -> str:
        """An account linked by a real consent."""
        profile = await self.roster.create_profile("Mara Linden")
        return await self.roster.link(self.browser, way.person, profile, way.handle, way.platform)

    async def send(self, way: Way, kind: str, **order: Any) -> list[dict[str, Any]]:
        """What the server said to each try of a delivery; worked off."""
        answer = await self.sandbox.control(
            "POST", "deliveries", {"login": way.login, "kind": kind, "person": way.person, **order}
        )
        await work_off_callbacks(self.server.host)
        return list(answer["tries"])

    async def standing(self, account: str) -> tuple[str, str | None]:
        """An account's status with its reason."""
        found = await self.roster.account(account)
        return found["status"], found["statusReason"]


@pytest_asyncio.fixture
async def platforms(sandbox: Sandbox, server: Server, roster: Roster, browser: Browser) -> Platforms:
    """The platforms, and a server that they know."""
    found = Platforms(sandbox, server, roster, browser)
    await found.enter_addresses()
    return found


@every_login
async def test_a_person_who_removes_the_app_is_no_longer_linked(platforms: Platforms, way: Way) -> None:
    account = await platforms.link(way)
    await platforms.sandbox.switch(callbacks_automatic="on")

    await platforms.sandbox.person(way.person, "remove-app", login=way.login)
    await work_off_callbacks(platforms.server.host)

    assert await platforms.standing(account) == REVOKED
    assert await platforms.server.sealed_tokens() == {}


@pytest.mark.parametrize("way", [FACEBOOK, INSTAGRAM], ids=lambda way: way.login)
async def test_a_request_for_deletion_leads_to_the_page_that_tells_its_state(
    platforms: Platforms, way: Way
) -> None:
    account = await platforms.link(way)

    [answer] = await platforms.send(way, "data-deletion")

    code = answer["body"].partition("/deletion/")[2][:32]
    page = await read_page(platforms.server, f"/deletion/{code}")
    assert (answer["status"], page.status) == (200, 200) and "Your data are being deleted" in page.text
    assert await platforms.standing(account) == REVOKED


@pytest.mark.parametrize(
    ("reason", "meaning"),
    [
        (0, "ACCESS_REVOKED"),
        (1, "ACCESS_REVOKED"),
        (2, "ACCOUNT_GONE"),
        (3, "ACTION_REQUIRED"),
        (4, "ACCOUNT_GONE"),
        (5, "ACCESS_REVOKED"),
    ],
)
async def test_tiktoks_reason_becomes_ours(platforms: Platforms, reason: int, meaning: str) -> None:
    account = await platforms.link(TIKTOK)

    [answer] = await platforms.send(TIKTOK, "authorization.removed", reason=reason)

    assert answer["status"] == 200
    assert await platforms.standing(account) == ("INVALID", meaning)


@pytest.mark.parametrize(
    ("kind", "more", "standing"),
    [
        ("tokens-revoked", {}, REVOKED),
        ("token-revoked", {"identifier": "hash_base64_sha512_sha512"}, REVOKED),
        ("token-revoked", {"identifier": "prefix"}, REVOKED),
        ("account-disabled", {"reason": "hijacking"}, ("INVALID", "ACTION_REQUIRED")),
        ("account-disabled", {}, LINKED),
        ("account-enabled", {}, LINKED),
        ("sessions-revoked", {}, LINKED),
        ("account-credential-change-required", {}, LINKED),
        ("account-purged", {}, REVOKED),
        ("verification", {}, LINKED),
    ],
)
async def test_googles_events_find_the_link_that_they_are_about(
    platforms: Platforms, kind: str, more: dict[str, Any], standing: tuple[str, str | None]
) -> None:
    account = await platforms.link(GOOGLE)

    [answer] = await platforms.send(GOOGLE, kind, **more)

    assert answer["status"] == 202
    assert await platforms.standing(account) == standing


SIGNED_REQUEST = ("signature", "stale", "algorithm")
FORGERIES = [
    (way, kind, forge)
    for way, kind, forges in [
        (FACEBOOK, "deauthorize", SIGNED_REQUEST),
        (FACEBOOK, "data-deletion", SIGNED_REQUEST),
        (INSTAGRAM, "deauthorize", SIGNED_REQUEST),
        (INSTAGRAM, "data-deletion", SIGNED_REQUEST),
        (TIKTOK, "authorization.removed", ("signature", "stale")),
        (GOOGLE, "tokens-revoked", ("signature", "audience", "unknown_key", "algorithm")),
    ]
    for forge in forges
]


@pytest.mark.parametrize(
    ("way", "kind", "forge"), FORGERIES, ids=[f"{way.login} {kind} {forge}" for way, kind, forge in FORGERIES]
)
async def test_what_a_platform_did_not_sign_for_us_changes_nothing(
    platforms: Platforms, way: Way, kind: str, forge: str
) -> None:
    account = await platforms.link(way)

    [answer] = await platforms.send(way, kind, forge=forge)

    assert 400 <= answer["status"] < 500
    assert await platforms.standing(account) == LINKED


@every_login
async def test_a_delivery_that_comes_three_times_is_answered_alike_and_counts_once(
    platforms: Platforms, way: Way
) -> None:
    kind = {"tiktok": "authorization.removed", "google": "tokens-revoked"}.get(way.login, "deauthorize")
    await platforms.link(way)

    answers = await platforms.send(way, kind, repeat=3)

    assert len({(answer["status"], answer["body"]) for answer in answers}) == 1 and len(answers) == 3
    row = await platforms.server.host.database.fetchrow(
        "SELECT count(*) AS n, sum(repeats) AS r FROM callback_delivery"
    )
    assert row is not None and (row["n"], row["r"]) == (1, 2)


async def test_an_old_event_of_googles_ends_no_newer_consent(platforms: Platforms) -> None:
    account = await platforms.link(GOOGLE)

    await platforms.send(GOOGLE, "tokens-revoked", forge="stale")

    assert await platforms.standing(account) == LINKED


async def test_googles_new_key_is_found(platforms: Platforms, sandbox: Sandbox) -> None:
    account = await platforms.link(GOOGLE)
    await platforms.send(GOOGLE, "verification")
    await sandbox.control("POST", "google/rotate-keys", {"keep_old": False})
    await travel(sandbox, platforms.server, minutes=2)

    [answer] = await platforms.send(GOOGLE, "tokens-revoked")

    assert answer["status"] == 202 and await platforms.standing(account) == REVOKED
