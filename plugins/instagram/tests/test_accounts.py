"""The one account that a consent of Instagram Login reaches."""

from dataclasses import replace
from typing import Any

import pytest
from linkroll_sdk import (
    Candidate,
    ClientConfig,
    ConfigurationRejected,
    Grant,
    InvalidReason,
    RateLimited,
    ReauthorizationRequired,
    UnexpectedAnswer,
    Unusable,
)
from linkroll_sdk.testing import Answer, ScriptedHttp, json_answer
from linkroll_sdk.testing.suite import allowance_of

from linkroll_instagram.oauth import InstagramLogin

ME: dict[str, Any] = {
    "id": "26040011223344556",
    "user_id": "17841400000000123",
    "username": "mara.bakes",
    "name": "Mara",
    "account_type": "MEDIA_CREATOR",
    "profile_picture_url": "https://cdn.sandbox/i.jpg",
    "followers_count": 18342,
}


def me(**changes: Any) -> Answer:
    """The recorded `/me`; a field that is changed to None is left out."""
    body = {name: value for name, value in {**ME, **changes}.items() if value is not None}
    return json_answer("GET", "graph.instagram.com/v25.0/me", body)


def refused(code: int, message: str = "x", **more: object) -> Answer:
    error = {"message": message, "type": "IGApiException", "code": code, **more}
    return json_answer("GET", "/v25.0/me", {"error": error}, 400)


class Discovery:
    """Discovers with recorded answers and keeps the Instagram that gave them."""

    instagram: ScriptedHttp

    def __init__(self, login: InstagramLogin, app: ClientConfig, grant: Grant) -> None:
        self.login, self.app, self.grant = login, app, grant

    async def __call__(self, *script: Answer, without: tuple[str, ...] = ()) -> Candidate:
        """The candidate by *script*, all of which must be asked for; *without* names declined scopes."""
        grant = replace(self.grant, scopes=self.grant.scopes - set(without))
        self.instagram = ScriptedHttp(allowance_of(self.login), script)
        [candidate] = await self.login.discover(self.instagram, self.app, grant)
        assert len(self.instagram.requests) == len(script)
        return candidate


@pytest.fixture
def discover(login: InstagramLogin, app: ClientConfig, grant: Grant) -> Discovery:
    return Discovery(login, app, grant)


async def test_the_account_is_known_by_its_professional_id(discover: Discovery) -> None:
    """`id` is scoped to the app; `user_id` is what Facebook Login shows as well."""
    assert await discover(me()) == Candidate(
        platform="instagram",
        platform_id="17841400000000123",
        handle="mara.bakes",
        display_name="Mara",
        avatar_url="https://cdn.sandbox/i.jpg",
        followers=18342,
    )


async def test_the_token_travels_in_the_header(discover: Discovery) -> None:
    await discover(me())

    [request] = discover.instagram.requests
    assert request.access_token == "IGAAsandbox2"
    assert set(request.params) == {"fields"}


@pytest.mark.parametrize("kind", ["Business", "BUSINESS", "Media_Creator", "MEDIA_CREATOR", None, "NEW_KIND"])
async def test_every_professional_type_is_welcome_however_it_is_spelled(
    discover: Discovery, kind: str | None
) -> None:
    assert (await discover(me(account_type=kind))).is_usable


@pytest.mark.parametrize("kind", ["PERSONAL", "Personal"])
async def test_a_personal_account_is_told_how_to_become_professional(discover: Discovery, kind: str) -> None:
    candidate = await discover(me(account_type=kind))

    assert candidate.unusable is Unusable.PERSONAL_ACCOUNT
    assert candidate.handle == "mara.bakes"
    assert "professional" in candidate.hint


async def test_an_account_without_a_professional_id_is_personal(discover: Discovery) -> None:
    candidate = await discover(me(user_id=None))

    assert (candidate.platform_id, candidate.unusable) == (None, Unusable.PERSONAL_ACCOUNT)


@pytest.mark.parametrize(
    "answer",
    [refused(9009), refused(100, "The account is not an Instagram Business account", error_subcode=0)],
    ids=["by code", "by words"],
)
async def test_a_personal_account_that_fails_later_is_personal(discover: Discovery, answer: Answer) -> None:
    candidate = await discover(answer)

    assert (candidate.platform_id, candidate.unusable) == (None, Unusable.PERSONAL_ACCOUNT)


async def test_a_declined_insight_scope_names_the_account(discover: Discovery) -> None:
    candidate = await discover(me(), without=("instagram_business_manage_insights",))

    assert (candidate.platform_id, candidate.unusable) == ("17841400000000123", Unusable.SCOPE_DECLINED)
    assert candidate.missing_scopes == {"instagram_business_manage_insights"}
    assert "instagram_business_manage_insights" in candidate.hint


async def test_without_the_basic_scope_nothing_is_asked(discover: Discovery) -> None:
    candidate = await discover(without=("instagram_business_basic",))

    assert (candidate.platform_id, candidate.unusable) == (None, Unusable.SCOPE_DECLINED)
    assert candidate.missing_scopes == {"instagram_business_basic"}


@pytest.mark.parametrize("hidden", [None, -1, "18342", True])
async def test_followers_that_are_no_count_are_unknown(discover: Discovery, hidden: object) -> None:
    assert (await discover(me(followers_count=hidden))).followers is None


async def test_ids_that_come_as_numbers_are_read(discover: Discovery) -> None:
    assert (await discover(me(user_id=17841400000000123))).platform_id == "17841400000000123"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(refused(80002), RateLimited), (refused(100, "nonexisting field"), UnexpectedAnswer)],
)
async def test_other_faults_are_raised(discover: Discovery, answer: Answer, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await discover(answer)


async def test_a_dead_token_ends_the_discovery(discover: Discovery) -> None:
    with pytest.raises(ReauthorizationRequired) as caught:
        await discover(
            refused(190, "The session has been invalidated because the user changed their password")
        )

    assert caught.value.reason is InvalidReason.PASSWORD_CHANGED


async def test_a_version_that_is_none_is_told_to_the_operator(
    login: InstagramLogin, grant: Grant, play
) -> None:
    with pytest.raises(ConfigurationRejected, match="version"):
        await login.discover(play(), ClientConfig("1", "s", {"version": "25"}), grant)
