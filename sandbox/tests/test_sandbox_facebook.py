"""Facebook Login: dialog, tokens, Pages, and what is told when a token dies."""

import hashlib
import hmac
from urllib.parse import urlsplit

import pytest

GRAPH = "https://graph.facebook.com/v25.0"
CALLBACK = "http://127.0.0.1:8000/oauth/callback"
MARA_PAGE, CHEN_PORTFOLIO_PAGE = "615000111222333", "615000111222336"
MARA_INSTAGRAM = "17841400000000123"


async def redeem(sandbox, code, **changes):
    query = {**sandbox.secrets("facebook"), "redirect_uri": CALLBACK, "code": code, **changes}
    return await sandbox.get(f"{GRAPH}/oauth/access_token", **query)


async def long_token(sandbox, person="mara", answers=(), **changes):
    callback = await sandbox.consent("facebook", person, answers, **changes)
    short = (await redeem(sandbox, callback["code"])).json["access_token"]
    query = {"grant_type": "fb_exchange_token", "fb_exchange_token": short, **sandbox.secrets("facebook")}
    return (await sandbox.get(f"{GRAPH}/oauth/access_token", **query)).json["access_token"]


async def page_names(sandbox, token):
    answer = await sandbox.get(f"{GRAPH}/me/accounts", access_token=token, fields="name")
    return [page["name"] for page in answer.json["data"]]


async def debug(sandbox, token):
    app = sandbox.secrets("facebook")
    app_token = f"{app['client_id']}|{app['client_secret']}"
    answer = await sandbox.get(f"{GRAPH}/debug_token", input_token=token, access_token=app_token)
    return answer.json["data"]


async def test_a_consent_leads_to_a_token_and_to_the_person(sandbox):
    callback = await sandbox.consent("facebook", "mara")
    token = (await redeem(sandbox, callback["code"])).json

    me = await sandbox.get(f"{GRAPH}/me", fields="id,name,picture{url}", access_token=token["access_token"])

    assert callback["state"] == "st-1"
    assert (token["token_type"], token["expires_in"]) == ("bearer", 5107)
    assert me.json["name"] == "Mara Linden"
    assert me.json["picture"] == {"data": {"url": "https://cdn.sandbox/people/mara.svg"}}


async def test_the_callback_ends_in_metas_odd_fragment(sandbox):
    answer = await sandbox.try_consent("facebook", "mara")

    assert urlsplit(answer.location).fragment == "_=_"


async def test_the_version_in_the_path_may_be_left_out(sandbox):
    token = await long_token(sandbox)

    me = await sandbox.get("https://graph.facebook.com/me", access_token=token)

    assert me.json["id"] == "102030405060708"


async def test_an_unknown_app_sees_a_page_and_no_redirect(sandbox):
    answer = await sandbox.try_consent("facebook", "mara", client_id="1")

    assert answer.status == 400
    assert "Invalid App ID" in answer.text


async def test_a_foreign_redirect_address_sees_a_page_and_no_redirect(sandbox):
    answer = await sandbox.try_consent("facebook", "mara", redirect_uri="https://elsewhere.example/")

    assert answer.status == 400
    assert "location" not in answer.headers


async def test_a_denied_consent_comes_back_in_facebooks_words(sandbox):
    callback = await sandbox.consent("facebook", "mara", {"decision": "deny"})

    assert callback == {
        "error": "access_denied",
        "error_code": "200",
        "error_description": "Permissions error",
        "error_reason": "user_denied",
        "state": "st-1",
    }


async def test_a_code_works_once(sandbox):
    callback = await sandbox.consent("facebook", "mara")
    await redeem(sandbox, callback["code"])

    again = await redeem(sandbox, callback["code"])

    assert (again.error["code"], again.error["error_subcode"]) == (100, 36009)
    assert "invalid_code" in again.headers["www-authenticate"]


async def test_a_code_grows_old(sandbox):
    callback = await sandbox.consent("facebook", "mara")
    await sandbox.advance(minutes=11)

    answer = await redeem(sandbox, callback["code"])

    assert answer.error["error_subcode"] == 36007


async def test_the_redirect_address_must_be_repeated_byte_for_byte(sandbox):
    callback = await sandbox.consent("facebook", "mara")

    answer = await redeem(sandbox, callback["code"], redirect_uri=f"{CALLBACK}/")

    assert answer.error["error_subcode"] == 36008


@pytest.mark.parametrize(("wrong", "code"), [("client_id", 101), ("client_secret", 1)])
async def test_wrong_credentials_have_their_own_codes(sandbox, wrong, code):
    callback = await sandbox.consent("facebook", "mara")

    answer = await redeem(sandbox, callback["code"], **{wrong: "wrong"})

    assert answer.error["code"] == code


async def test_a_page_comes_with_its_token_and_its_instagram_account(sandbox):
    token = await long_token(sandbox)
    fields = "id,name,access_token,tasks,instagram_business_account{id,username},picture{url}"

    answer = await sandbox.get(f"{GRAPH}/me/accounts", access_token=token, fields=fields)

    [page] = answer.json["data"]
    assert page["id"] == MARA_PAGE
    assert page["instagram_business_account"] == {"id": MARA_INSTAGRAM, "username": "mara.bakes"}
    assert (await debug(sandbox, page["access_token"]))["type"] == "PAGE"


async def test_a_page_token_of_a_long_user_token_has_no_end(sandbox):
    token = await long_token(sandbox)
    page = (await sandbox.get(f"{GRAPH}/me/accounts", access_token=token)).json["data"][0]

    facts = await debug(sandbox, page["access_token"])

    assert facts["expires_at"] == 0
    assert facts["profile_id"] == MARA_PAGE


async def test_a_page_token_reads_its_page_and_the_account_behind_it(sandbox):
    token = await long_token(sandbox)
    page = (await sandbox.get(f"{GRAPH}/me/accounts", access_token=token)).json["data"][0]

    account = await sandbox.bearer(
        f"{GRAPH}/{MARA_INSTAGRAM}", page["access_token"], fields="username,media_count"
    )

    posts = (await sandbox.truth("instagram", "mara.bakes"))["totals"]["posts"]
    assert account.json == {"id": MARA_INSTAGRAM, "username": "mara.bakes", "media_count": posts}


async def test_an_unknown_field_fails_the_whole_call(sandbox):
    token = await long_token(sandbox)

    answer = await sandbox.get(f"{GRAPH}/me/accounts", access_token=token, fields="id,shoe_size")

    assert answer.status == 400
    assert answer.error["code"] == 100
    assert "shoe_size" in answer.error["message"]


async def test_an_unticked_page_is_missing_from_the_list_and_from_the_granular_scopes(sandbox):
    token = await long_token(sandbox, "dina", {"page": ["615000111222337", "615000111222340"]})

    names = await page_names(sandbox, token)
    facts = await debug(sandbox, token)

    assert names == ["Dina Travels", "Dina Archive"]
    assert {"scope": "pages_show_list", "target_ids": ["615000111222337", "615000111222340"]} in facts[
        "granular_scopes"
    ]


async def test_a_shown_form_without_a_tick_means_no_page(sandbox):
    token = await long_token(sandbox, "mara", {"pages_shown": "1"})

    assert await page_names(sandbox, token) == []


async def test_all_current_and_future_pages_leave_no_target_ids(sandbox):
    token = await long_token(sandbox, "dina", {"assets": "all"})

    facts = await debug(sandbox, token)

    assert {"scope": "pages_show_list"} in facts["granular_scopes"]


async def test_an_unticked_instagram_account_does_not_show(sandbox):
    token = await long_token(sandbox, "mara", {"instagram_shown": "1"})

    answer = await sandbox.get(
        f"{GRAPH}/me/accounts", access_token=token, fields="name,instagram_business_account"
    )

    assert answer.json["data"] == [{"name": "Mara Bakes", "id": MARA_PAGE}]


async def test_a_personal_account_does_not_show_behind_its_page(sandbox):
    token = await long_token(sandbox)
    await sandbox.act("mara", "switch-to-personal")

    listed = await sandbox.get(
        f"{GRAPH}/me/accounts", access_token=token, fields="instagram_business_account"
    )
    direct = await sandbox.get(f"{GRAPH}/{MARA_INSTAGRAM}", access_token=token)

    assert listed.json["data"] == [{"id": MARA_PAGE}]
    assert direct.error["code"] == 9009


async def test_a_portfolio_page_needs_business_management(sandbox):
    without = await page_names(sandbox, await long_token(sandbox, "chen"))
    scope = "pages_show_list,pages_read_engagement,business_management"
    token = await long_token(sandbox, "chen", scope=scope)
    with_it = await page_names(sandbox, token)
    business = (await sandbox.get(f"{GRAPH}/me/businesses", access_token=token)).json["data"][0]
    owned = await sandbox.get(f"{GRAPH}/{business['id']}/owned_pages", access_token=token)

    assert without == ["Mara Bakes", "Chen Ceramics"]
    assert with_it == ["Mara Bakes", "Chen Ceramics", "Kiln House"]
    assert owned.json["data"] == [{"id": CHEN_PORTFOLIO_PAGE, "name": "Kiln House"}]


async def test_a_hidden_portfolio_page_is_found_through_the_granular_scopes(sandbox):
    token = await long_token(sandbox, "chen")
    targets = next(
        one for one in (await debug(sandbox, token))["granular_scopes"] if one["scope"] == "pages_show_list"
    )

    page = await sandbox.get(f"{GRAPH}/{CHEN_PORTFOLIO_PAGE}", access_token=token, fields="name")

    assert CHEN_PORTFOLIO_PAGE in targets["target_ids"]
    assert page.json["name"] == "Kiln House"


async def test_a_helper_on_a_page_has_fewer_tasks(sandbox):
    token = await long_token(sandbox, "chen")

    page = await sandbox.get(f"{GRAPH}/{MARA_PAGE}", access_token=token, fields="tasks")

    assert page.json["tasks"] == ["CREATE_CONTENT", "MODERATE"]


async def test_a_list_is_paged_by_cursors_and_ends_without_next(sandbox):
    token = await long_token(sandbox, "dina")

    first = (await sandbox.get(f"{GRAPH}/me/accounts", access_token=token, fields="name", limit="3")).json
    second = (await sandbox.get(first["paging"]["next"])).json

    assert first["paging"]["next"].startswith(f"{GRAPH}/me/accounts?")
    assert [page["name"] for page in second["data"]] == ["Dina Archive"]
    assert "next" not in second["paging"]
    assert second["paging"]["cursors"]["after"]


async def test_a_list_may_start_with_an_empty_page(sandbox):
    token = await long_token(sandbox)
    await sandbox.switch(facebook_empty_first_page="on")

    first = (await sandbox.get(f"{GRAPH}/me/accounts", access_token=token)).json
    second = (await sandbox.get(first["paging"]["next"])).json

    assert first["data"] == []
    assert [page["name"] for page in second["data"]] == ["Mara Bakes"]


async def test_a_declined_permission_is_listed_and_not_asked_again_without_rerequest(sandbox):
    token = await long_token(
        sandbox, "mara", {"scope": ["pages_show_list"]}, scope="pages_show_list,read_insights"
    )
    listed = (await sandbox.get(f"{GRAPH}/me/permissions", access_token=token)).json["data"]
    plain = await sandbox.consent("facebook", "mara", scope="read_insights", return_scopes="true")
    again = await sandbox.consent(
        "facebook", "mara", scope="read_insights", auth_type="rerequest", return_scopes="true"
    )

    assert {"permission": "read_insights", "status": "declined"} in listed
    assert plain["denied_scopes"] == "read_insights"
    assert "read_insights" in again["granted_scopes"]


async def test_deauthorising_kills_user_and_page_tokens(sandbox):
    token = await long_token(sandbox)
    page = (await sandbox.get(f"{GRAPH}/me/accounts", access_token=token)).json["data"][0]

    revoked = await sandbox.call("DELETE", f"{GRAPH}/me/permissions?access_token={token}")
    answers = [await sandbox.get(f"{GRAPH}/me", access_token=one) for one in (token, page["access_token"])]

    assert revoked.json == {"success": True}
    assert [one.error["error_subcode"] for one in answers] == [458, 458]


@pytest.mark.parametrize(
    ("act", "given", "subcode"),
    [
        ("change-password", {}, 460),
        ("remove-app", {"login": "facebook"}, 458),
        ("checkpoint", {}, 459),
        ("checkpoint", {"kind": "blocking"}, 490),
        ("checkpoint", {"kind": "unconfirmed"}, 464),
        ("checkpoint", {"kind": "logged_out"}, 467),
    ],
    ids=["password", "app removed", "checkpoint", "blocking", "unconfirmed", "logged out"],
)
async def test_a_dead_token_says_why(sandbox, act, given, subcode):
    token = await long_token(sandbox)
    await sandbox.act("mara", act, **given)

    answer = await sandbox.get(f"{GRAPH}/me", access_token=token)
    facts = await debug(sandbox, token)

    assert (answer.error["code"], answer.error["error_subcode"]) == (190, subcode)
    assert (facts["is_valid"], facts["error"]["subcode"]) == (False, subcode)


async def test_a_long_token_ends_after_sixty_days_and_cannot_be_exchanged(sandbox):
    token = await long_token(sandbox)
    await sandbox.advance(days=61)

    query = {"grant_type": "fb_exchange_token", "fb_exchange_token": token, **sandbox.secrets("facebook")}
    answer = await sandbox.get(f"{GRAPH}/oauth/access_token", **query)

    assert answer.error["error_subcode"] == 463


async def test_a_lost_role_kills_that_page_token_only(sandbox):
    token = await long_token(sandbox, "dina")
    pages = (await sandbox.get(f"{GRAPH}/me/accounts", access_token=token)).json["data"]
    await sandbox.act("dina", "lose-role", page="dinaeats")

    answers = {
        page["name"]: await sandbox.get(f"{GRAPH}/me", access_token=page["access_token"]) for page in pages
    }

    assert await page_names(sandbox, token) == ["Dina Travels", "Dina & Friends", "Dina Archive"]
    assert answers["Dina Eats"].error["error_subcode"] == 492
    assert answers["Dina Travels"].status == 200


async def test_after_ninety_days_instagram_fails_and_the_exempt_permissions_go_on(sandbox):
    token = await long_token(sandbox)
    page = (await sandbox.get(f"{GRAPH}/me/accounts", access_token=token)).json["data"][0]
    await sandbox.advance(days=91)

    instagram = await sandbox.get(f"{GRAPH}/{MARA_INSTAGRAM}", access_token=page["access_token"])
    own_page = await sandbox.get(f"{GRAPH}/me", access_token=page["access_token"], fields="followers_count")

    assert instagram.error["code"] == 10
    assert own_page.json["followers_count"] > 0


async def test_the_stricter_reading_of_the_ninety_days_stops_every_data_call(sandbox):
    await sandbox.switch(facebook_data_access="everything")
    token = await long_token(sandbox)
    page = (await sandbox.get(f"{GRAPH}/me/accounts", access_token=token)).json["data"][0]
    await sandbox.advance(days=91)

    data = await sandbox.get(f"{GRAPH}/me", access_token=page["access_token"])
    permissions = await sandbox.get(f"{GRAPH}/me/permissions", access_token=page["access_token"])

    assert data.error["code"] == 10
    assert {one["status"] for one in permissions.json["data"]} == {"expired"}


@pytest.mark.parametrize(("auth_type", "revived"), [(None, False), ("reauthorize", True)])
async def test_lapsed_data_access_comes_back_with_reauthorize_only(sandbox, auth_type, revived):
    await long_token(sandbox)
    await sandbox.advance(days=91)
    token = await long_token(sandbox, auth_type=auth_type)

    answer = await sandbox.get(f"{GRAPH}/{MARA_INSTAGRAM}", access_token=token)

    assert (answer.status == 200) is revived


async def test_the_secret_proof_is_checked_when_sent_and_demanded_by_the_switch(sandbox):
    token = await long_token(sandbox)
    secret = sandbox.apps["facebook"]["client_secret"]
    proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    await sandbox.switch(require_appsecret_proof="on")

    good = await sandbox.get(f"{GRAPH}/me", access_token=token, appsecret_proof=proof)
    wrong = await sandbox.get(f"{GRAPH}/me", access_token=token, appsecret_proof="0" * 64)
    missing = await sandbox.get(f"{GRAPH}/me", access_token=token)

    assert good.status == 200
    assert "Invalid appsecret_proof" in wrong.error["message"]
    assert "require an appsecret_proof" in missing.error["message"]


async def test_a_text_that_nobody_issued_cannot_be_parsed(sandbox):
    answer = await sandbox.get(f"{GRAPH}/me", access_token="EAAGnothing")

    assert answer.error["code"] == 190
    assert "error_subcode" not in answer.error


async def test_somebody_elses_page_looks_as_if_it_did_not_exist(sandbox):
    token = await long_token(sandbox, "ben")

    answer = await sandbox.get(f"{GRAPH}/{MARA_PAGE}", access_token=token)

    assert (answer.error["code"], answer.error["error_subcode"]) == (100, 33)
