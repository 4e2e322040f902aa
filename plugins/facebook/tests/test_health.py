"""Whether a Page's link, and that of an Instagram account behind one, still works."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from linkroll_sdk import (
    AccountFacts,
    ClientConfig,
    ConfigurationRejected,
    Health,
    InvalidReason,
    LinkedAccount,
    PlatformUnavailable,
    ReauthorizationRequired,
    UnexpectedAnswer,
)
from linkroll_sdk.testing import Answer, ScriptedHttp, json_answer

from linkroll_facebook.oauth import FacebookLogin

PAGE_ID, OTHER_PAGE_ID = "615000111222333", "615000111222334"
IG_ID, OTHER_IG_ID = "17841400000000123", "17841400000000124"
DATA_ACCESS_END = 1810000000
JANUARY = 1800000000
SCOPES = frozenset(FacebookLogin().scope_names())
PAGE_ANSWER = json_answer(
    "GET",
    f"/v25.0/{PAGE_ID}",
    {
        "id": PAGE_ID,
        "name": "Mara Bakes",
        "username": "marabakes",
        "picture": {"data": {"url": "https://cdn.sandbox/p.jpg"}},
        "followers_count": 9120,
    },
)
INSTAGRAM_ANSWER = json_answer(
    "GET",
    f"/v25.0/{IG_ID}",
    {"id": IG_ID, "username": "mara.bakes", "name": "Mara", "followers_count": 18342},
)


@pytest.fixture
def page() -> LinkedAccount:
    return LinkedAccount("facebook", PAGE_ID, "facebook", "102030405060708", SCOPES, "EAAG0page", "EAAG0user")


@pytest.fixture
def instagram(page: LinkedAccount) -> LinkedAccount:
    return replace(page, platform="instagram", platform_id=IG_ID)


def debug(ticks: dict[str, list[str]] | None = None, **facts: Any) -> Answer:
    """The recorded facts of a Page token; *ticks* names assets by scope, the other scopes cover all."""
    told = {
        "is_valid": True,
        "type": "PAGE",
        "expires_at": 0,
        "data_access_expires_at": DATA_ACCESS_END,
        "profile_id": PAGE_ID,
        "scopes": sorted(SCOPES),
        "granular_scopes": [{"scope": scope, "target_ids": ids} for scope, ids in (ticks or {}).items()],
    }
    return json_answer("GET", "/v25.0/debug_token", {"data": told | facts})


class Probe:
    """Probes with recorded answers, all of which must be asked for."""

    facebook: ScriptedHttp

    def __init__(self, login: FacebookLogin, app: ClientConfig, play: Any) -> None:
        self.login, self.app, self.play = login, app, play

    async def __call__(self, account: LinkedAccount, *script: Answer) -> Health:
        self.facebook = self.play(*script)
        health = await self.login.probe(self.facebook, self.app, account)
        assert len(self.facebook.requests) == len(script)
        return health


@pytest.fixture
def probe(login: FacebookLogin, app: ClientConfig, play: Any) -> Probe:
    return Probe(login, app, play)


async def test_a_page_that_answers_is_well(probe: Probe, page: LinkedAccount) -> None:
    health = await probe(page, debug(), PAGE_ANSWER)

    assert health == Health(
        SCOPES,
        datetime.fromtimestamp(DATA_ACCESS_END, UTC),
        AccountFacts("marabakes", "Mara Bakes", "https://cdn.sandbox/p.jpg", 9120),
    )
    assert [r.operation for r in probe.facebook.requests] == ["debug_token", "page"]
    assert probe.facebook.requests[0].params == {"input_token": "EAAG0page"}
    assert probe.facebook.requests[1].access_token == "EAAG0page"


async def test_an_instagram_account_behind_a_page_tells_its_own_facts(
    probe: Probe, instagram: LinkedAccount
) -> None:
    health = await probe(instagram, debug(), INSTAGRAM_ANSWER)

    assert health.facts == AccountFacts("mara.bakes", "Mara", None, 18342)
    assert probe.facebook.requests[1].operation == "account"
    assert "appsecret_proof" in probe.facebook.requests[1].params


async def test_the_earlier_of_both_ends_is_the_persons(probe: Probe, page: LinkedAccount) -> None:
    health = await probe(page, debug(expires_at=JANUARY), PAGE_ANSWER)

    assert health.person_expires_at == datetime.fromtimestamp(JANUARY, UTC)


async def test_lapsed_data_access_is_told_without_asking_the_account(
    probe: Probe, page: LinkedAccount
) -> None:
    lapsed = 1790000000  # 2026-09-21, before the scripted clock
    health = await probe(page, debug(data_access_expires_at=lapsed))

    assert health.person_expires_at == datetime.fromtimestamp(lapsed, UTC)


async def test_a_scope_that_went_is_told_without_asking_the_account(
    probe: Probe, page: LinkedAccount
) -> None:
    health = await probe(page, debug(scopes=sorted(SCOPES - {"read_insights"})))

    assert health.scopes == SCOPES - {"read_insights"}


@pytest.mark.parametrize("scope", ["pages_show_list", "pages_read_engagement", "read_insights"])
async def test_a_page_that_was_unticked_has_lost_the_scope(
    probe: Probe, page: LinkedAccount, scope: str
) -> None:
    """The list of scopes still names it; only the ticks tell."""
    health = await probe(page, debug({scope: [OTHER_PAGE_ID]}))

    assert health.scopes == SCOPES - {scope}


async def test_an_instagram_account_that_was_unticked_has_lost_the_scope(
    probe: Probe, instagram: LinkedAccount
) -> None:
    health = await probe(instagram, debug({"instagram_basic": [OTHER_IG_ID]}))

    assert health.scopes == SCOPES - {"instagram_basic"}


async def test_an_instagram_account_needs_the_ticks_of_its_page(
    probe: Probe, instagram: LinkedAccount
) -> None:
    health = await probe(instagram, debug({"pages_read_engagement": [OTHER_PAGE_ID]}))

    assert health.scopes == SCOPES - {"pages_read_engagement"}


async def test_ticks_for_another_kind_of_account_are_left_alone(probe: Probe, page: LinkedAccount) -> None:
    """The grant is shared: what the Page does not need, the Instagram account beside it does."""
    ticks = {"instagram_basic": [OTHER_IG_ID], "instagram_manage_insights": [OTHER_IG_ID]}

    assert (await probe(page, debug(ticks), PAGE_ANSWER)).scopes == SCOPES


async def test_a_persons_token_does_not_tell_the_page_so_its_ticks_are_not_missed(
    probe: Probe, instagram: LinkedAccount
) -> None:
    facts = debug({"pages_show_list": [OTHER_PAGE_ID]}, profile_id=None, type="USER")

    assert (await probe(instagram, facts, INSTAGRAM_ANSWER)).scopes == SCOPES


async def test_a_token_that_names_no_scopes_tells_none(probe: Probe, page: LinkedAccount) -> None:
    assert (await probe(page, debug(scopes=None), PAGE_ANSWER)).scopes is None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"code": 190, "subcode": 458}, InvalidReason.ACCESS_REVOKED),
        ({"code": 190, "subcode": 459}, InvalidReason.ACTION_REQUIRED),
        ({"code": 190, "subcode": 460}, InvalidReason.PASSWORD_CHANGED),
        ({"code": 190, "subcode": 463}, InvalidReason.EXPIRED),
        ({"code": 190, "subcode": 492}, InvalidReason.ROLE_LOST),
        (None, InvalidReason.ACCESS_REVOKED),
    ],
)
async def test_an_invalid_token_ends_the_link_with_its_reason(
    probe: Probe, page: LinkedAccount, error: object, reason: InvalidReason
) -> None:
    with pytest.raises(ReauthorizationRequired) as caught:
        await probe(page, debug(is_valid=False, scopes=[], error=error))

    assert caught.value.reason is reason


def refused(account_id: str, code: int, subcode: int | None = None, status: int = 400) -> Answer:
    error = {"message": "(words)", "type": "OAuthException", "code": code, "error_subcode": subcode}
    return json_answer("GET", f"/v25.0/{account_id}", {"error": error}, status)


@pytest.mark.parametrize(
    ("code", "subcode", "reason"),
    [
        (9009, None, InvalidReason.ACTION_REQUIRED),
        (190, 492, InvalidReason.ROLE_LOST),
        (110, None, InvalidReason.ACCOUNT_GONE),
        (803, None, InvalidReason.ACCOUNT_GONE),
        (10, None, InvalidReason.PERMISSION_LOST),
    ],
)
async def test_a_valid_token_does_not_save_an_account_that_is_lost(
    probe: Probe, instagram: LinkedAccount, code: int, subcode: int | None, reason: InvalidReason
) -> None:
    with pytest.raises(ReauthorizationRequired) as caught:
        await probe(instagram, debug(), refused(IG_ID, code, subcode))

    assert caught.value.reason is reason


async def test_an_account_that_is_merely_not_visible_is_not_ended(probe: Probe, page: LinkedAccount) -> None:
    with pytest.raises(UnexpectedAnswer):
        await probe(page, debug(), refused(PAGE_ID, 100, 33))


async def test_an_outage_is_an_outage(probe: Probe, page: LinkedAccount) -> None:
    with pytest.raises(PlatformUnavailable):
        await probe(page, debug(), refused(PAGE_ID, 190, 460, 503))


def test_nothing_is_refreshed_and_three_callbacks_are_heard(login: FacebookLogin) -> None:
    assert (login.refreshes, login.keep_alive) == (False, None)
    assert [callback.key for callback in login.callbacks] == ["deauthorize", "data-deletion", "webhook"]


@pytest.mark.parametrize("code", [190, 102, 10, 200, 3])
async def test_an_app_secret_that_is_refused_disconnects_nobody(
    login: FacebookLogin, app: ClientConfig, play: Any, page: LinkedAccount, code: int
) -> None:
    """Facebook says so with the codes of a dead token, but what is dead is the operator's own one."""
    error = {"message": "Invalid OAuth access token signature.", "type": "OAuthException", "code": code}
    facebook = play(json_answer("GET", "/v25.0/debug_token", {"error": error}, 400))

    with pytest.raises(ConfigurationRejected):
        await login.probe(facebook, app, page)
