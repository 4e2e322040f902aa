"""TikTok's Login Kit and Display API."""

import hashlib

import pytest

EXCHANGE = "https://open.tiktokapis.com/v2/oauth/token/"
REVOKE = "https://open.tiktokapis.com/v2/oauth/revoke/"
USER = "https://open.tiktokapis.com/v2/user/info/"
CALLBACK = "http://127.0.0.1:8000/oauth/callback"
BY_HAND = {"disable_auto_auth": "1"}


async def redeem(sandbox, code, **changes):
    form = {
        **sandbox.secrets("tiktok"),
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
        "code": code,
        **changes,
    }
    return await sandbox.post(EXCHANGE, **form)


async def pair(sandbox, person="mara", answers=()):
    callback = await sandbox.consent("tiktok", person, answers, **BY_HAND)
    return (await redeem(sandbox, callback["code"])).json


async def refresh(sandbox, tokens):
    form = {
        **sandbox.secrets("tiktok"),
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
    }
    return await sandbox.post(EXCHANGE, **form)


async def test_a_consent_leads_to_a_token_and_to_the_account(sandbox):
    tokens = await pair(sandbox)

    user = await sandbox.bearer(USER, tokens["access_token"], fields="open_id,username,is_verified")

    assert tokens["open_id"] == "-000mK3xExampleOpenId91"
    assert (tokens["expires_in"], tokens["refresh_expires_in"]) == (7200, 15552000)
    assert user.json["data"]["user"] == {
        "open_id": "-000mK3xExampleOpenId91",
        "username": "marabakes",
        "is_verified": False,
    }
    assert user.json["error"]["code"] == "ok"


async def test_the_callback_names_the_scopes_and_a_code_with_star_and_bang(sandbox):
    answer = await sandbox.try_consent("tiktok", "mara", **BY_HAND)

    assert answer.callback["scopes"] == "user.info.basic,user.info.profile,user.info.stats,video.list"
    assert "*0!" in answer.callback["code"]
    assert "%2A0%21" in answer.location


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"client_key": "wrong"}, "client_key"),
        ({"client_key": None, "client_id": "sbaw1linkrollsandbox"}, "client_key"),
        ({"redirect_uri": "https://elsewhere.example/"}, "redirect_uri"),
        ({"redirect_uri": f"{CALLBACK}?a=1"}, "redirect_uri"),
        ({"scope": "user.info.basic user.info.profile"}, "scope"),
        ({"code_challenge": "base64url-is-wrong-here", "code_challenge_method": "S256"}, "code_challenge"),
    ],
    ids=["key", "client_id instead", "foreign address", "query in address", "spaces", "challenge"],
)
async def test_a_bad_parameter_is_named_on_tiktoks_own_page(sandbox, change, named):
    answer = await sandbox.try_consent("tiktok", "mara", **change)

    assert answer.status == 400
    assert named in answer.text


async def test_a_scope_can_be_denied_but_the_basic_one(sandbox):
    tokens = await pair(sandbox, "mara", {"scope": ["user.info.profile"]})

    assert tokens["scope"] == "user.info.basic,user.info.profile"


async def test_a_denied_consent_says_so(sandbox):
    callback = await sandbox.consent("tiktok", "mara", {"decision": "deny"})

    assert (callback["error"], callback["state"]) == ("access_denied", "st-1")


async def test_a_remembered_person_is_passed_through_in_silence(sandbox):
    await sandbox.consent("tiktok", "mara")

    silent = await sandbox.get(sandbox.authorize_url("tiktok"))
    asked = await sandbox.get(sandbox.authorize_url("tiktok", **BY_HAND))

    assert "code" in silent.callback
    assert asked.status == 200


async def test_a_code_works_once(sandbox):
    callback = await sandbox.consent("tiktok", "mara")
    await redeem(sandbox, callback["code"])

    again = await redeem(sandbox, callback["code"])

    assert again.json["error"] == "invalid_grant"
    assert again.json["log_id"]


@pytest.mark.parametrize("status", [400, 200])
async def test_an_oauth_error_has_no_reliable_status(sandbox, status):
    await sandbox.switch(tiktok_oauth_error_status=str(status))

    answer = await redeem(sandbox, "nothing")

    assert answer.status == status
    assert answer.json["error"] == "invalid_grant"


async def test_a_redirect_mismatch_is_an_invalid_request(sandbox):
    callback = await sandbox.consent("tiktok", "mara")

    answer = await redeem(sandbox, callback["code"], redirect_uri=f"{CALLBACK}/")

    assert answer.json["error"] == "invalid_request"


async def test_a_verifier_nobody_asked_for_is_ignored(sandbox):
    callback = await sandbox.consent("tiktok", "mara")

    answer = await redeem(sandbox, callback["code"], code_verifier="v" * 43)

    assert "access_token" in answer.json


@pytest.mark.parametrize(("verifier", "accepted"), [("v" * 43, True), ("w" * 43, False)])
async def test_the_challenge_is_hex_and_is_verified(sandbox, verifier, accepted):
    challenge = hashlib.sha256(b"v" * 43).hexdigest()
    callback = await sandbox.consent("tiktok", "mara", code_challenge=challenge, code_challenge_method="S256")

    answer = await redeem(sandbox, callback["code"], code_verifier=verifier)

    assert ("access_token" in answer.json) is accepted


async def test_a_refresh_rotates_and_the_old_token_is_spent(sandbox):
    tokens = await pair(sandbox)
    first = await refresh(sandbox, tokens)

    again = await refresh(sandbox, tokens)

    assert first.json["refresh_token"] != tokens["refresh_token"]
    assert again.json["error"] == "invalid_grant"


async def test_a_refresh_does_not_move_the_end(sandbox):
    tokens = await pair(sandbox)
    await sandbox.advance(days=100)
    renewed = (await refresh(sandbox, tokens)).json
    await sandbox.advance(days=81)

    late = await refresh(sandbox, renewed)

    assert renewed["refresh_expires_in"] == pytest.approx(80 * 86400, abs=5)
    assert late.json["error"] == "invalid_grant"


async def test_the_old_lifetimes_are_a_switch(sandbox):
    await sandbox.switch(tiktok_lifetimes="old")

    tokens = await pair(sandbox)

    assert (tokens["expires_in"], tokens["refresh_expires_in"]) == (86400, 31536000)


async def test_a_revoke_kills_both_tokens(sandbox):
    tokens = await pair(sandbox)
    revoked = await sandbox.post(REVOKE, **sandbox.secrets("tiktok"), token=tokens["access_token"])

    user = await sandbox.bearer(USER, tokens["access_token"], fields="open_id")
    renewed = await refresh(sandbox, tokens)

    assert revoked.json == {}
    assert (user.status, user.error["code"]) == (401, "access_token_invalid")
    assert renewed.json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ("", 400, "invalid_params"),
        ("open_id,shoe_size", 400, "invalid_params"),
        ("open_id,username", 400, "scope_permission_missed"),
        ("username,is_verified", 401, "scope_not_authorized"),
        ("open_id,display_name", 200, "ok"),
    ],
    ids=["none", "unknown", "some without scope", "all without scope", "granted"],
)
async def test_every_field_stands_behind_its_scope(sandbox, fields, status, code):
    tokens = await pair(sandbox, "mara", {"scopes_shown": "1"})

    answer = await sandbox.bearer(USER, tokens["access_token"], fields=fields)

    assert (answer.status, answer.error["code"]) == (status, code)


async def test_a_scope_taken_back_later_closes_its_fields(sandbox):
    tokens = await pair(sandbox)
    await sandbox.act("mara", "decline", login="tiktok", scopes=["user.info.stats"])

    answer = await sandbox.bearer(USER, tokens["access_token"], fields="follower_count")

    assert answer.error["code"] == "scope_not_authorized"


async def test_an_expired_access_token_looks_like_a_revoked_one(sandbox):
    tokens = await pair(sandbox)
    await sandbox.advance(hours=3)

    answer = await sandbox.bearer(USER, tokens["access_token"], fields="open_id")

    assert answer.error["code"] == "access_token_invalid"


async def test_a_closed_account_looks_like_a_dead_token(sandbox):
    tokens = await pair(sandbox)
    await sandbox.act("mara", "close-account", platform="tiktok")

    user = await sandbox.bearer(USER, tokens["access_token"], fields="open_id")
    renewed = await refresh(sandbox, tokens)

    assert user.error["code"] == "access_token_invalid"
    assert renewed.json["error"] == "invalid_grant"


async def test_listing_videos_is_a_read_by_post(sandbox):
    tokens = await pair(sandbox)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    url = "https://open.tiktokapis.com/v2/video/list/?fields=id"

    answer = await sandbox.call("POST", url, headers=headers, json={"max_count": 20})
    [listing] = (await sandbox.control("GET", "/requests"))["requests"][-1:]

    assert len(answer.json["data"]["videos"]) == 20
    assert listing["write"] is False
