"""Which Pages and Instagram accounts a consent reaches, and what is said of the others."""

from dataclasses import replace
from typing import Any

import pytest
from linkroll_sdk import (
    Candidate,
    ClientConfig,
    Grant,
    PlatformUnavailable,
    RateLimited,
    ReauthorizationRequired,
    UnexpectedAnswer,
    Unusable,
)
from linkroll_sdk.testing import Answer, ScriptedHttp, json_answer
from linkroll_sdk.testing.suite import allowance_of

from linkroll_facebook.oauth import FacebookLogin

PAGE_ID = "615000111222333"
OTHER_ID = "615000111222334"
IG_ID = "17841400000000123"
INSTAGRAM = {
    "id": IG_ID,
    "username": "mara.bakes",
    "name": "Mara",
    "profile_picture_url": "https://cdn.sandbox/i.jpg",
    "followers_count": 18342,
}
PAGE: dict[str, Any] = {
    "id": PAGE_ID,
    "name": "Mara Bakes",
    "username": "marabakes",
    "category": "Blogger",
    "access_token": "EAAG0page",
    "tasks": ["ANALYZE", "CREATE_CONTENT", "MODERATE", "ADVERTISE", "MANAGE"],
    "picture": {"data": {"url": "https://cdn.sandbox/p.jpg"}},
    "followers_count": 9120,
    "instagram_business_account": INSTAGRAM,
}
REFUSED = {"error": {"message": "x", "type": "OAuthException", "code": 3}}


def page(**changes: Any) -> dict[str, Any]:
    """The recorded Page; a field that is changed to None is left out."""
    return {name: value for name, value in {**PAGE, **changes}.items() if value is not None}


def debug(**target_ids: list[str]) -> Answer:
    """The token's facts; a scope that is not named covers all."""
    granular = [{"scope": scope, "target_ids": ids} for scope, ids in target_ids.items()]
    granular += [{"scope": "public_profile"}]
    facts = {"is_valid": True, "expires_at": 0, "granular_scopes": granular}
    return json_answer("GET", "/v25.0/debug_token", {"data": facts})


def listing(*pages: dict[str, Any], after: str = "QVFI2", more: bool = False) -> Answer:
    paging: dict[str, Any] = {"cursors": {"before": "QVFI1", "after": after}}
    if more:
        paging["next"] = f"https://graph.facebook.com/v25.0/1/accounts?access_token=EAAGleak&after={after}"
    return json_answer("GET", "/v25.0/me/accounts", {"data": list(pages), "paging": paging})


class Discovery:
    """Discovers with recorded answers and keeps the Facebook that gave them."""

    facebook: ScriptedHttp

    def __init__(self, login: FacebookLogin, app: ClientConfig, grant: Grant) -> None:
        self.login, self.app, self.grant = login, app, grant

    async def __call__(self, *script: Answer, without: tuple[str, ...] = ()) -> list[Candidate]:
        """The candidates by *script*, all of which must be asked for; *without* names declined scopes."""
        grant = replace(self.grant, scopes=self.grant.scopes - set(without))
        self.facebook = ScriptedHttp(allowance_of(self.login), script)
        found = list(await self.login.discover(self.facebook, self.app, grant))
        assert len(self.facebook.requests) == len(script)
        return found


@pytest.fixture
def discover(login: FacebookLogin, app: ClientConfig, grant: Grant) -> Discovery:
    return Discovery(login, app, grant)


async def test_a_page_and_its_instagram_account_are_a_pair(discover: Discovery) -> None:
    found = await discover(debug(), listing(page()))

    assert found == [
        Candidate(
            platform="facebook",
            platform_id=PAGE_ID,
            handle="marabakes",
            display_name="Mara Bakes",
            avatar_url="https://cdn.sandbox/p.jpg",
            followers=9120,
            pair=PAGE_ID,
            access_token="EAAG0page",
        ),
        Candidate(
            platform="instagram",
            platform_id=IG_ID,
            handle="mara.bakes",
            display_name="Mara",
            avatar_url="https://cdn.sandbox/i.jpg",
            followers=18342,
            pair=PAGE_ID,
            access_token="EAAG0page",
        ),
    ]
    assert all(candidate.is_usable for candidate in found)


async def test_every_call_carries_the_proof_and_no_address_a_token(discover: Discovery) -> None:
    await discover(
        debug(pages_show_list=[PAGE_ID, "9"]), listing(page()), json_answer("GET", "/9", REFUSED, 400)
    )

    requests = discover.facebook.requests
    assert all("appsecret_proof" in request.params for request in requests[1:])
    assert not any("EAAG" in request.url for request in requests)


async def test_sparse_fields_are_unknown_and_not_zero(discover: Discovery) -> None:
    sparse = {"id": PAGE_ID, "access_token": "EAAG0page", "instagram_business_account": {"id": IG_ID}}

    found = await discover(debug(), listing(sparse))

    assert [c.platform_id for c in found if c.is_usable] == [PAGE_ID, IG_ID]
    assert {c.followers for c in found} == {c.handle for c in found} == {None}


async def test_a_page_without_the_analyze_task_lacks_the_role(discover: Discovery) -> None:
    found = await discover(debug(), listing(page(tasks=["CREATE_CONTENT", "MODERATE"])))

    assert found[0].unusable is Unusable.ROLE_MISSING
    assert found[0].hint.endswith(".")


async def test_a_page_without_a_token_of_its_own_is_not_accessible(discover: Discovery) -> None:
    found = await discover(debug(), listing(page(access_token=None)))

    assert found[0].unusable is Unusable.NOT_ACCESSIBLE


# Lists


async def test_the_list_goes_on_while_there_is_a_next(discover: Discovery) -> None:
    """The last answer has an `after` too, and an empty one may have a `next` (meta sheet 4.6)."""
    second = page(id=OTHER_ID, instagram_business_account=None)

    found = await discover(
        debug(), listing(after="A", more=True), listing(page(), after="B", more=True), listing(second)
    )

    assert [c.platform_id for c in found] == [PAGE_ID, IG_ID, OTHER_ID]
    assert [r.params.get("after") for r in discover.facebook.requests[1:]] == [None, "A", "B"]


async def test_only_the_cursor_of_next_is_used(discover: Discovery) -> None:
    """`next` holds the access token."""
    await discover(debug(), listing(page(), more=True), listing())

    assert not any("EAAGleak" in request.full_url() for request in discover.facebook.requests)


async def test_an_endless_list_ends(discover: Discovery) -> None:
    found = await discover(debug(), *[listing(page(), more=True)] * 50)

    assert [c.platform_id for c in found] == [PAGE_ID, IG_ID]


async def test_a_next_without_a_cursor_ends_the_list(discover: Discovery) -> None:
    odd = json_answer("GET", "/me/accounts", {"data": [page()], "paging": {"next": "https://x"}})

    assert len(await discover(debug(), odd)) == 2


# Ticks


async def test_a_page_ticked_for_one_permission_only_is_not_ticked(discover: Discovery) -> None:
    ticks = debug(pages_show_list=[PAGE_ID, OTHER_ID], read_insights=[OTHER_ID])

    found = await discover(ticks, listing(page(), page(id=OTHER_ID, instagram_business_account=None)))

    assert [c.unusable for c in found] == [Unusable.NOT_TICKED, None, None]


async def test_a_page_named_by_another_permission_but_not_listed_is_not_ticked(discover: Discovery) -> None:
    hidden = json_answer("GET", f"/v25.0/{OTHER_ID}", REFUSED, 400)

    found = await discover(
        debug(pages_show_list=[PAGE_ID], read_insights=[PAGE_ID, OTHER_ID]), listing(page()), hidden
    )

    assert (found[-1].platform_id, found[-1].unusable) == (OTHER_ID, Unusable.NOT_TICKED)


async def test_a_ticked_page_that_the_list_leaves_out_is_asked_for(discover: Discovery) -> None:
    """Pages of a business portfolio are missing from the list (meta sheet 2 and 10.2)."""
    found = await discover(
        debug(pages_show_list=[PAGE_ID]), listing(), json_answer("GET", f"/v25.0/{PAGE_ID}", page(tasks=None))
    )

    assert [(c.platform_id, c.is_usable) for c in found] == [(PAGE_ID, True), (IG_ID, True)]
    assert "tasks" not in discover.facebook.requests[2].params["fields"]


@pytest.mark.parametrize("code", [3, 10, 100, 190, 803])
async def test_a_ticked_page_that_does_not_answer_is_not_accessible(discover: Discovery, code: int) -> None:
    refused = json_answer("GET", f"/{PAGE_ID}", {"error": {"message": "x", "code": code}}, 400)

    found = await discover(debug(pages_show_list=[PAGE_ID]), listing(), refused)

    assert (found[0].platform_id, found[0].unusable) == (PAGE_ID, Unusable.NOT_ACCESSIBLE)


@pytest.mark.parametrize(("code", "kind"), [(2, PlatformUnavailable), (80001, RateLimited)])
async def test_a_passing_fault_is_no_proof_that_a_page_is_closed(
    login: FacebookLogin, app: ClientConfig, grant: Grant, play, code: int, kind: type[Exception]
) -> None:
    busy = json_answer("GET", f"/{PAGE_ID}", {"error": {"message": "x", "code": code}}, 400)

    with pytest.raises(kind):
        await login.discover(play(debug(pages_show_list=[PAGE_ID]), listing(), busy), app, grant)


async def test_an_answer_for_another_page_is_not_believed(discover: Discovery) -> None:
    found = await discover(
        debug(pages_show_list=[PAGE_ID]), listing(), json_answer("GET", f"/{PAGE_ID}", page(id=OTHER_ID))
    )

    assert (found[0].platform_id, found[0].unusable) == (PAGE_ID, Unusable.NOT_ACCESSIBLE)


async def test_an_instagram_account_that_was_left_out_is_not_ticked(discover: Discovery) -> None:
    found = await discover(
        debug(instagram_basic=["17841400000000999"]),
        listing(page()),
        json_answer("GET", "/17841400000000999", REFUSED, 400),
    )

    assert (found[1].platform_id, found[1].unusable) == (IG_ID, Unusable.NOT_TICKED)


async def test_an_instagram_account_ticked_without_its_page_is_named(discover: Discovery) -> None:
    found = await discover(
        debug(pages_show_list=[OTHER_ID], instagram_basic=[IG_ID]),
        listing(page(id=OTHER_ID, instagram_business_account=None)),
        json_answer("GET", f"/v25.0/{IG_ID}", INSTAGRAM),
    )

    stray = found[-1]
    assert (stray.platform_id, stray.handle, stray.unusable) == (IG_ID, "mara.bakes", Unusable.NOT_TICKED)


async def test_an_instagram_account_behind_a_closed_page_is_not_accessible(discover: Discovery) -> None:
    """Its Page was ticked: to ask for the tick again would send the person in circles."""
    found = await discover(
        debug(pages_show_list=[PAGE_ID], instagram_basic=[IG_ID]),
        listing(),
        json_answer("GET", f"/v25.0/{PAGE_ID}", REFUSED, 400),
        json_answer("GET", f"/v25.0/{IG_ID}", INSTAGRAM),
    )

    assert [c.unusable for c in found] == [Unusable.NOT_ACCESSIBLE, Unusable.NOT_ACCESSIBLE]


async def test_page_ids_in_an_instagram_permission_count_for_the_account(discover: Discovery) -> None:
    found = await discover(debug(instagram_basic=[PAGE_ID]), listing(page()))

    assert all(c.is_usable for c in found)
    assert len(found) == 2


async def test_a_permission_with_no_ids_covers_everything(discover: Discovery) -> None:
    found = await discover(debug(pages_show_list=[], instagram_basic=[]), listing(page()))

    assert all(c.is_usable for c in found)


async def test_an_id_that_is_no_number_is_never_put_into_an_address(discover: Discovery) -> None:
    found = await discover(debug(pages_show_list=["../me"]), listing())

    assert found[0].unusable is Unusable.NOT_ACCESSIBLE


# What there is not


async def test_no_page_at_all_is_said_for_both_platforms(discover: Discovery) -> None:
    found = await discover(debug(), listing())

    assert [(c.platform, c.platform_id, c.unusable) for c in found] == [
        ("facebook", None, Unusable.NO_PAGE),
        ("instagram", None, Unusable.NO_PAGE),
    ]


async def test_pages_without_a_professional_account_say_so_once(discover: Discovery) -> None:
    pages = [page(id=str(n), instagram_business_account=None) for n in (1, 2, 3)]

    found = await discover(debug(), listing(*pages))

    assert [c.unusable for c in found] == [None, None, None, Unusable.PERSONAL_ACCOUNT]
    assert found[-1].platform == "instagram"
    assert "professional" in found[-1].hint
    assert {c.pair for c in found} == {None}


async def test_a_page_without_instagram_is_silent_beside_one_that_has_it(discover: Discovery) -> None:
    found = await discover(debug(), listing(page(), page(id=OTHER_ID, instagram_business_account=None)))

    assert all(c.is_usable for c in found)


# Declined scopes


async def test_a_declined_insight_scope_closes_the_pages_but_not_instagram(discover: Discovery) -> None:
    found = await discover(debug(), listing(page()), without=("read_insights",))

    assert (found[0].unusable, found[0].missing_scopes) == (Unusable.SCOPE_DECLINED, {"read_insights"})
    assert "read_insights" in found[0].hint
    assert found[1].is_usable


async def test_a_declined_instagram_insight_scope_names_the_account(discover: Discovery) -> None:
    found = await discover(debug(), listing(page()), without=("instagram_manage_insights",))

    assert found[0].is_usable
    assert (found[1].platform_id, found[1].unusable) == (IG_ID, Unusable.SCOPE_DECLINED)
    assert found[1].missing_scopes == {"instagram_manage_insights"}


async def test_without_instagram_basic_no_instagram_field_is_asked(discover: Discovery) -> None:
    """One field too many can fail the call, and then the Pages were lost as well."""
    found = await discover(
        debug(), listing(page(instagram_business_account=None)), without=("instagram_basic",)
    )

    assert "instagram" not in discover.facebook.requests[1].params["fields"]
    assert found[0].is_usable
    assert (found[1].platform, found[1].unusable) == ("instagram", Unusable.SCOPE_DECLINED)
    assert found[1].missing_scopes == {"instagram_basic"}


async def test_without_read_engagement_only_the_names_are_asked(discover: Discovery) -> None:
    slim = {"id": PAGE_ID, "name": "Mara Bakes", "access_token": "EAAG0page"}

    found = await discover(debug(), listing(slim), without=("pages_read_engagement", "instagram_basic"))

    assert discover.facebook.requests[1].params["fields"] == "id,name,access_token,tasks"
    assert {c.unusable for c in found} == {Unusable.SCOPE_DECLINED}


async def test_without_the_page_list_nothing_is_asked(discover: Discovery) -> None:
    found = await discover(without=("pages_show_list",))

    assert [(c.platform, c.unusable) for c in found] == [
        ("facebook", Unusable.SCOPE_DECLINED),
        ("instagram", Unusable.SCOPE_DECLINED),
    ]
    assert all("pages_show_list" in c.missing_scopes for c in found)


async def test_a_stray_account_with_a_declined_scope_is_declined_first(discover: Discovery) -> None:
    found = await discover(
        debug(instagram_basic=[IG_ID]),
        listing(),
        json_answer("GET", f"/{IG_ID}", INSTAGRAM),
        without=("instagram_manage_insights",),
    )

    assert {c.unusable for c in found if c.platform == "instagram"} == {Unusable.SCOPE_DECLINED}


# Faults


async def test_a_dead_token_ends_the_discovery(
    login: FacebookLogin, app: ClientConfig, grant: Grant, play
) -> None:
    dead = {"error": {"message": "x", "code": 190, "error_subcode": 458}}

    with pytest.raises(ReauthorizationRequired):
        await login.discover(play(debug(), json_answer("GET", "/me/accounts", dead, 400)), app, grant)


@pytest.mark.parametrize("body", [{}, {"data": 5}, {"data": [{"name": "no id"}]}])
async def test_a_list_of_another_shape_is_named_as_such(
    login: FacebookLogin, app: ClientConfig, grant: Grant, play, body: object
) -> None:
    with pytest.raises(UnexpectedAnswer):
        await login.discover(play(debug(), json_answer("GET", "/me/accounts", body)), app, grant)


@pytest.mark.parametrize("granular", [None, 5, ["x"], [{"scope": "pages_show_list", "target_ids": "x"}]])
async def test_odd_ticks_count_as_all(discover: Discovery, granular: object) -> None:
    facts = {"is_valid": True, "granular_scopes": granular}

    found = await discover(json_answer("GET", "/debug_token", {"data": facts}), listing(page()))

    assert all(c.is_usable for c in found)


async def test_tokens_stay_out_of_every_repr(discover: Discovery) -> None:
    found = await discover(debug(), listing(page()))

    assert "EAAG" not in repr(found)
