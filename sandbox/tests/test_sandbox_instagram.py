"""Instagram Login: consent, the three tokens, and the professional account."""

from urllib.parse import urlsplit

import pytest

CODE = "https://api.instagram.com/oauth/access_token"
GRAPH = "https://graph.instagram.com"
CALLBACK = "http://127.0.0.1:8000/oauth/callback"


async def redeem(sandbox, code, **changes):
    form = {
        **sandbox.secrets("instagram"),
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
        "code": code,
        **changes,
    }
    return await sandbox.post(CODE, **form)


async def short_token(sandbox, person="mara", answers=()):
    callback = await sandbox.consent("instagram", person, answers)
    return (await redeem(sandbox, callback["code"])).json["access_token"]


async def long_token(sandbox, person="mara", answers=()):
    secret = sandbox.apps["instagram"]["client_secret"]
    query = {"grant_type": "ig_exchange_token", "client_secret": secret}
    answer = await sandbox.get(
        f"{GRAPH}/access_token", access_token=await short_token(sandbox, person, answers), **query
    )
    return answer.json["access_token"]


async def refresh(sandbox, token):
    return await sandbox.get(
        f"{GRAPH}/refresh_access_token", grant_type="ig_refresh_token", access_token=token
    )


async def test_a_consent_leads_to_a_token_and_to_the_account(sandbox):
    token = await long_token(sandbox)

    me = await sandbox.get(f"{GRAPH}/v25.0/me", fields="id,user_id,username,account_type", access_token=token)

    assert me.json == {
        "id": "26040011223344556",
        "user_id": "17841400000000123",
        "username": "mara.bakes",
        "account_type": "MEDIA_CREATOR",
    }


async def test_the_callback_ends_in_a_fragment_that_is_no_part_of_the_code(sandbox):
    answer = await sandbox.try_consent("instagram", "mara")

    assert urlsplit(answer.location).fragment == "_"
    assert not answer.callback["code"].endswith("#_")


async def test_the_consent_also_stands_at_the_api_host(sandbox):
    url = sandbox.authorize_url("instagram").replace("www.instagram.com", "api.instagram.com")

    answer = await sandbox.call("POST", url, data={"person": "mara", "decision": "allow"})

    assert "code" in answer.callback


async def test_a_denied_consent_says_so(sandbox):
    callback = await sandbox.consent("instagram", "mara", {"decision": "deny"})

    assert callback == {
        "error": "access_denied",
        "error_reason": "user_denied",
        "error_description": "The user denied your request",
        "state": "st-1",
    }


async def test_the_short_token_comes_flat_or_wrapped(sandbox):
    callback = await sandbox.consent("instagram", "mara")
    flat = (await redeem(sandbox, callback["code"])).json
    await sandbox.switch(ig_token_shape="wrapped")
    callback = await sandbox.consent("instagram", "mara")
    wrapped = (await redeem(sandbox, callback["code"])).json["data"][0]

    assert flat["user_id"] == 26040011223344556
    assert flat["permissions"] == ["instagram_business_basic", "instagram_business_manage_insights"]
    assert wrapped["user_id"] == "26040011223344556"
    assert wrapped["permissions"] == "instagram_business_basic,instagram_business_manage_insights"


async def test_a_used_code_is_refused_without_an_envelope(sandbox):
    callback = await sandbox.consent("instagram", "mara")
    await redeem(sandbox, callback["code"])

    again = await redeem(sandbox, callback["code"])

    assert again.status == 400
    assert again.json == {
        "error_type": "OAuthException",
        "code": 400,
        "error_message": "This authorization code has been used",
    }


@pytest.mark.parametrize("wrong", ["client_id", "client_secret", "redirect_uri", "grant_type"])
async def test_a_wrong_token_request_is_refused_flat(sandbox, wrong):
    callback = await sandbox.consent("instagram", "mara")

    answer = await redeem(sandbox, callback["code"], **{wrong: "wrong"})

    assert answer.status == 400
    assert "error_message" in answer.json


async def test_a_personal_account_is_stopped_at_the_consent(sandbox):
    answer = await sandbox.try_consent("instagram", "ben")

    assert answer.status == 403
    assert "professional account" in answer.text


async def test_a_personal_account_may_also_fail_later(sandbox):
    await sandbox.switch(ig_personal="fail_later")
    token = await short_token(sandbox, "ben")

    answer = await sandbox.get(f"{GRAPH}/me", access_token=token)

    assert answer.error["code"] == 9009


async def test_somebody_with_several_accounts_names_one(sandbox):
    token = await long_token(sandbox, "dina", {"account": "17841400000000402"})

    me = await sandbox.get(f"{GRAPH}/me", fields="username", access_token=token)

    assert me.json["username"] == "dina.eats"


async def test_a_token_younger_than_a_day_cannot_be_refreshed(sandbox):
    token = await long_token(sandbox)

    answer = await refresh(sandbox, token)

    assert answer.error["code"] == 100
    assert "24 hours" in answer.error["message"]


async def test_a_refresh_starts_sixty_days_anew(sandbox):
    token = await long_token(sandbox)
    await sandbox.advance(days=50)
    refreshed = (await refresh(sandbox, token)).json
    await sandbox.advance(days=50)

    me = await sandbox.get(f"{GRAPH}/me", access_token=refreshed["access_token"])

    assert refreshed["expires_in"] == 5183944
    assert me.status == 200


@pytest.mark.parametrize(("switch", "same"), [("same", True), ("new", False)])
async def test_a_refresh_may_keep_the_text_of_the_token(sandbox, switch, same):
    await sandbox.switch(ig_refresh_string=switch)
    token = await long_token(sandbox)
    await sandbox.advance(days=2)

    answer = await refresh(sandbox, token)

    assert (answer.json["access_token"] == token) is same


async def test_a_token_that_was_not_refreshed_dies_after_sixty_days(sandbox):
    token = await long_token(sandbox)
    await sandbox.advance(days=61)

    answer = await refresh(sandbox, token)

    assert answer.error["code"] == 190


@pytest.mark.parametrize(
    "field", ["is_published", "has_profile_pic", "legacy_instagram_user_id", "business_discovery"]
)
async def test_a_field_of_the_other_surface_kills_the_call(sandbox, field):
    token = await long_token(sandbox)

    answer = await sandbox.get(f"{GRAPH}/me", fields=f"id,{field}", access_token=token)

    assert (answer.error["code"], answer.error["type"]) == (100, "IGApiException")


@pytest.mark.parametrize(("switch", "subcode"), [("omit", None), ("zero", 0), ("full", 460)])
async def test_the_subcode_of_a_dead_token_is_usually_missing(sandbox, switch, subcode):
    await sandbox.switch(ig_subcodes=switch)
    token = await long_token(sandbox)
    await sandbox.act("mara", "change-password")

    answer = await sandbox.get(f"{GRAPH}/me", access_token=token)

    assert answer.error["code"] == 190
    assert answer.error.get("error_subcode") == subcode
    assert "changed their password" in answer.error["message"]


async def test_a_renamed_account_keeps_its_ids(sandbox):
    token = await long_token(sandbox)
    await sandbox.act("mara", "rename", platform="instagram", handle="mara.bread")

    me = await sandbox.get(f"{GRAPH}/me", fields="user_id,username", access_token=token)

    assert me.json["user_id"] == "17841400000000123"
    assert me.json["username"] == "mara.bread"


async def test_a_closed_account_has_no_session_left(sandbox):
    token = await long_token(sandbox)
    await sandbox.act("mara", "close-account", platform="instagram")

    answer = await sandbox.get(f"{GRAPH}/me", access_token=token)

    assert answer.error["code"] == 190
