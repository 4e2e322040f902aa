"""Google's consent and tokens, and the YouTube channel behind them."""

import base64
import hashlib

import pytest

EXCHANGE = "https://oauth2.googleapis.com/token"
REVOKE = "https://oauth2.googleapis.com/revoke"
CHANNELS = "https://youtube.googleapis.com/youtube/v3/channels"
CALLBACK = "http://127.0.0.1:8000/oauth/callback"
YOUTUBE = "https://www.googleapis.com/auth/youtube.readonly"
ANALYTICS = "https://www.googleapis.com/auth/yt-analytics.readonly"
OFFLINE = {"access_type": "offline", "prompt": "select_account consent"}
BRAND = "UCc0mp4nyBr4ndCh4nnel_0B"


async def redeem(sandbox, code, **changes):
    form = {
        **sandbox.secrets("google"),
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
        "code": code,
        **changes,
    }
    return await sandbox.post(EXCHANGE, **form)


async def tokens_of(sandbox, person="mara", answers=(), **changes):
    callback = await sandbox.consent("google", person, answers, **(OFFLINE | changes))
    return (await redeem(sandbox, callback["code"])).json


async def refresh(sandbox, tokens):
    form = {
        **sandbox.secrets("google"),
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
    }
    return await sandbox.post(EXCHANGE, **form)


async def mine(sandbox, tokens, **query):
    return await sandbox.bearer(
        CHANNELS, tokens["access_token"], **{"part": "id,snippet", "mine": "true", **query}
    )


async def test_a_consent_leads_to_a_token_and_to_the_channel(sandbox):
    tokens = await tokens_of(sandbox)

    answer = await mine(sandbox, tokens, part="snippet,statistics,contentDetails")

    [channel] = answer.json["items"]
    assert tokens["expires_in"] == 3599
    assert channel["id"] == "UCk3Ex4mpleCh4nnelId_00A"
    assert channel["snippet"]["customUrl"] == "@marabakes"
    assert channel["statistics"]["subscriberCount"].endswith("00")
    assert channel["contentDetails"]["relatedPlaylists"]["uploads"] == "UUk3Ex4mpleCh4nnelId_00A"


async def test_the_token_acts_as_the_chosen_channel_only(sandbox):
    tokens = await tokens_of(sandbox, "dina", {"channel": BRAND})

    answer = await mine(sandbox, tokens)

    assert [one["id"] for one in answer.json["items"]] == [BRAND]


async def test_the_callback_names_the_scopes_in_their_long_form(sandbox):
    callback = await sandbox.consent("google", "mara", scope=f"profile {YOUTUBE}")

    assert callback["scope"] == f"https://www.googleapis.com/auth/userinfo.profile {YOUTUBE}"
    assert callback["authuser"] == "0"


async def test_an_unticked_box_is_missing_from_the_scope(sandbox):
    tokens = await tokens_of(sandbox, "mara", {"scope": [ANALYTICS]})

    answer = await mine(sandbox, tokens)

    assert YOUTUBE not in tokens["scope"]
    assert "openid" in tokens["scope"]
    assert (answer.status, answer.error["errors"][0]["reason"]) == (403, "insufficientPermissions")


async def test_one_scope_alone_has_no_box(sandbox):
    callback = await sandbox.consent("google", "mara", {"scopes_shown": "1"}, scope=YOUTUBE)

    assert callback["scope"] == YOUTUBE


async def test_a_denied_consent_says_nothing_more(sandbox):
    callback = await sandbox.consent("google", "mara", {"decision": "deny"})

    assert callback == {"error": "access_denied", "state": "st-1"}


@pytest.mark.parametrize(
    ("change", "status", "name"),
    [
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"redirect_uri": "https://elsewhere.example/"}, 400, "redirect_uri_mismatch"),
        ({"scope": "everything"}, 400, "invalid_scope"),
    ],
    ids=["client", "address", "scope"],
)
async def test_a_configuration_fault_stays_on_googles_page(sandbox, change, status, name):
    answer = await sandbox.try_consent("google", "mara", **change)

    assert answer.status == status
    assert name in answer.text


async def test_the_refresh_token_comes_once_or_when_the_form_is_demanded(sandbox):
    first = await tokens_of(sandbox, prompt="select_account")
    second = await tokens_of(sandbox, prompt="select_account")
    third = await tokens_of(sandbox)

    assert "refresh_token" in first
    assert "refresh_token" not in second
    assert "refresh_token" in third


async def test_without_offline_access_there_is_no_refresh_token(sandbox):
    assert "refresh_token" not in await tokens_of(sandbox, access_type="online")


async def test_a_refresh_does_not_rotate(sandbox):
    tokens = await tokens_of(sandbox)
    await sandbox.advance(hours=2)
    renewed = (await refresh(sandbox, tokens)).json

    again = await refresh(sandbox, tokens)

    assert "refresh_token" not in renewed
    assert again.status == 200
    assert (await mine(sandbox, renewed)).status == 200


async def test_an_expired_access_token_is_an_auth_error(sandbox):
    tokens = await tokens_of(sandbox)
    await sandbox.advance(hours=2)

    answer = await mine(sandbox, tokens)

    assert (answer.status, answer.error["errors"][0]["reason"]) == (401, "authError")
    assert answer.error["status"] == "UNAUTHENTICATED"


async def test_revoking_one_channel_kills_the_persons_other_channel_too(sandbox):
    own = await tokens_of(sandbox)
    brand = await tokens_of(sandbox, "mara", {"channel": BRAND})

    revoked = await sandbox.post(REVOKE, token=own["refresh_token"])
    other = await refresh(sandbox, brand)

    assert revoked.json == {}
    assert other.json == {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}


async def test_revoking_nothing_is_an_invalid_token(sandbox):
    answer = await sandbox.post(REVOKE, token="nothing")

    assert (answer.status, answer.json["error"]) == (400, "invalid_token")


async def test_the_oldest_of_too_many_refresh_tokens_dies_without_a_word(sandbox):
    oldest = await tokens_of(sandbox)
    second = await tokens_of(sandbox)
    for _ in range(99):
        await tokens_of(sandbox)

    assert (await refresh(sandbox, oldest)).json["error"] == "invalid_grant"
    assert (await refresh(sandbox, second)).status == 200


async def test_an_app_in_testing_gets_seven_days(sandbox):
    await sandbox.control("PUT", "/apps/google", {"status": "testing"})
    tokens = await tokens_of(sandbox)
    await sandbox.advance(days=8)

    answer = await refresh(sandbox, tokens)

    assert tokens["refresh_token_expires_in"] == 604799
    assert answer.json["error"] == "invalid_grant"


async def test_a_refresh_token_dies_of_disuse(sandbox):
    tokens = await tokens_of(sandbox)
    await sandbox.advance(days=190)

    answer = await refresh(sandbox, tokens)

    assert answer.json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("verifier", "status"), [("v" * 43, 200), ("w" * 43, 400), ("", 400)], ids=["right", "wrong", "missing"]
)
async def test_pkce_is_verified_once_it_was_begun(sandbox, verifier, status):
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).decode().rstrip("=")
    callback = await sandbox.consent("google", "mara", code_challenge=challenge, code_challenge_method="S256")

    answer = await redeem(sandbox, callback["code"], code_verifier=verifier)

    assert answer.status == status


async def test_a_code_works_once(sandbox):
    callback = await sandbox.consent("google", "mara")
    await redeem(sandbox, callback["code"])

    again = await redeem(sandbox, callback["code"])

    assert (again.status, again.json["error"]) == (400, "invalid_grant")


async def test_a_wrong_secret_is_an_invalid_client(sandbox):
    callback = await sandbox.consent("google", "mara")

    answer = await redeem(sandbox, callback["code"], client_secret="wrong")

    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("switch", "status"), [("signup_required_401", 401), ("signup_required_403", 403), ("empty", 200)]
)
async def test_an_account_without_a_channel_is_no_dead_grant(sandbox, switch, status):
    await sandbox.switch(youtube_no_channel=switch)
    tokens = await tokens_of(sandbox, "ben")

    answer = await mine(sandbox, tokens)

    assert answer.status == status
    assert "items" not in answer.json
    assert status == 200 or answer.error["errors"][0]["reason"] == "youtubeSignupRequired"


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"id": f"{BRAND},nothing"}, [BRAND]),
        ({"forHandle": "@DinaTravels"}, ["UCd1naTr4vels_Ch4nnel_0D"]),
        ({"forUsername": "marabakesbread"}, ["UCk3Ex4mpleCh4nnelId_00A"]),
        ({"forHandle": "nobody"}, None),
    ],
    ids=["id", "handle", "username", "nobody"],
)
async def test_channels_are_found_by_one_filter(sandbox, query, ids):
    answer = await sandbox.get(CHANNELS, part="id", key="AIzaSandbox", **query)

    found = [one["id"] for one in answer.json["items"]] if "items" in answer.json else None
    assert found == ids


async def test_two_filters_are_one_too_many(sandbox):
    answer = await sandbox.get(CHANNELS, part="id", key="AIzaSandbox", forHandle="a", forUsername="b")

    assert (answer.status, answer.error["errors"][0]["reason"]) == (400, "incompatibleParameters")


async def test_the_alias_host_serves_the_same_api(sandbox):
    answer = await sandbox.get("https://www.googleapis.com/youtube/v3/channels", part="id", key="k", id=BRAND)

    assert answer.json["items"][0]["id"] == BRAND


async def test_an_unchanged_answer_is_not_sent_again(sandbox):
    tokens = await tokens_of(sandbox)
    first = await mine(sandbox, tokens)
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "If-None-Match": first.json["etag"]}

    second = await sandbox.call("GET", f"{CHANNELS}?part=id,snippet&mine=true", headers=headers)

    assert (second.status, second.text) == (304, "")


async def test_tokeninfo_and_userinfo_know_the_person(sandbox):
    tokens = await tokens_of(sandbox)

    info = await sandbox.get("https://oauth2.googleapis.com/tokeninfo", access_token=tokens["access_token"])
    user = await sandbox.bearer("https://www.googleapis.com/oauth2/v2/userinfo", tokens["access_token"])

    assert info.json["sub"] == user.json["id"] == "109876543210987654321"
    assert info.json["aud"] == sandbox.apps["google"]["client_id"]
    assert user.json["name"] == "Mara Linden"


async def test_the_id_token_is_signed_by_the_published_key(sandbox):
    joserfc = pytest.importorskip("joserfc.jwt")
    keys = pytest.importorskip("joserfc.jwk")
    callback = await sandbox.consent("google", "mara", nonce="n-1")
    text = (await redeem(sandbox, callback["code"])).json["id_token"]
    certs = (await sandbox.get("https://www.googleapis.com/oauth2/v3/certs")).json

    token = joserfc.decode(text, keys.KeySet.import_key_set(certs), algorithms=["RS256"])

    assert token.claims["sub"] == "109876543210987654321"
    assert token.claims["nonce"] == "n-1"


async def test_a_closed_channel_is_named(sandbox):
    tokens = await tokens_of(sandbox)
    await sandbox.act("mara", "close-account", platform="youtube")

    answer = await mine(sandbox, tokens)

    assert (answer.status, answer.error["errors"][0]["reason"]) == (403, "channelClosed")


async def test_earlier_scopes_leak_in_when_asked_to(sandbox):
    await sandbox.consent("google", "mara", scope=f"openid {YOUTUBE}")

    callback = await sandbox.consent("google", "mara", scope=ANALYTICS, include_granted_scopes="true")

    assert set(callback["scope"].split()) == {"openid", YOUTUBE, ANALYTICS}
