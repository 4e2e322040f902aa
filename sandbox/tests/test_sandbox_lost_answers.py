"""What happens when a platform acts and the client never hears of it, and what a refresh may bring."""

import aiohttp
import pytest

EXCHANGES = {
    "tiktok": "https://open.tiktokapis.com/v2/oauth/token/",
    "google": "https://oauth2.googleapis.com/token",
}
CALLBACK = "http://127.0.0.1:8000/oauth/callback"
EXTRA = {"google": {"access_type": "offline", "prompt": "consent"}, "tiktok": {"disable_auto_auth": "1"}}


async def tokens_of(sandbox, login):
    callback = await sandbox.consent(login, "mara", **EXTRA[login])
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code": callback["code"]}
    return (await sandbox.post(EXCHANGES[login], **sandbox.secrets(login), **form)).json


async def refresh(sandbox, login, tokens):
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    return await sandbox.post(EXCHANGES[login], **sandbox.secrets(login), **form)


async def test_a_lost_answer_has_rotated_all_the_same(sandbox):
    tokens = await tokens_of(sandbox, "tiktok")
    await sandbox.fault(kind="cut_after", host="open.tiktokapis.com", path="/v2/oauth/token/", times=1)

    with pytest.raises(aiohttp.ClientPayloadError):
        await refresh(sandbox, "tiktok", tokens)

    again = await refresh(sandbox, "tiktok", tokens)
    assert again.json["error"] == "invalid_grant"


async def test_a_line_that_drops_before_the_work_leaves_the_old_token_alive(sandbox):
    tokens = await tokens_of(sandbox, "tiktok")
    await sandbox.fault(kind="cut", host="open.tiktokapis.com", times=1)

    with pytest.raises(aiohttp.ClientPayloadError):
        await refresh(sandbox, "tiktok", tokens)

    assert (await refresh(sandbox, "tiktok", tokens)).status == 200


async def test_a_late_answer_is_the_whole_answer(sandbox):
    tokens = await tokens_of(sandbox, "tiktok")
    await sandbox.fault(kind="delay_after", seconds=0.05, times=1)

    renewed = await refresh(sandbox, "tiktok", tokens)

    assert renewed.json["refresh_token"] != tokens["refresh_token"]


async def test_a_client_that_gives_up_waiting_undoes_nothing(sandbox):
    tokens = await tokens_of(sandbox, "tiktok")
    await sandbox.fault(kind="delay_after", host="open.tiktokapis.com", seconds=30, times=1)
    impatient = aiohttp.ClientTimeout(total=0.15)
    form = {
        **sandbox.secrets("tiktok"),
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
    }

    with pytest.raises(TimeoutError):
        await sandbox.call("POST", EXCHANGES["tiktok"], data=form, timeout=impatient)

    assert (await refresh(sandbox, "tiktok", tokens)).json["error"] == "invalid_grant"


async def test_the_record_counts_refreshes_whose_answer_was_lost(sandbox):
    tokens = await tokens_of(sandbox, "tiktok")
    await sandbox.control("DELETE", "/requests")
    await sandbox.fault(kind="cut_after", times=1)
    with pytest.raises(aiohttp.ClientPayloadError):
        await refresh(sandbox, "tiktok", tokens)

    [entry] = (await sandbox.control("GET", "/requests?host=open.tiktokapis.com"))["requests"]
    assert (entry["body"]["grant_type"], entry["fault"]) == (["refresh_token"], "cut_after")


async def test_google_can_send_a_second_refresh_token_and_both_work(sandbox):
    await sandbox.switch(google_refresh_token="send_new")
    tokens = await tokens_of(sandbox, "google")

    renewed = (await refresh(sandbox, "google", tokens)).json

    assert renewed["refresh_token"] != tokens["refresh_token"]
    assert (await refresh(sandbox, "google", renewed)).status == 200
    assert (await refresh(sandbox, "google", tokens)).status == 200


@pytest.mark.parametrize("behaviour", ["keep", "send_new"])
async def test_a_refresh_tells_what_is_left_of_seven_days_and_does_not_add_to_it(sandbox, behaviour):
    await sandbox.switch(google_refresh_token=behaviour)
    await sandbox.control("PUT", "/apps/google", {"status": "testing"})
    tokens = await tokens_of(sandbox, "google")
    await sandbox.advance(days=5)

    renewed = (await refresh(sandbox, "google", tokens)).json

    assert renewed["refresh_token_expires_in"] == pytest.approx(2 * 86_400, abs=5)


async def test_a_grant_without_an_end_names_none(sandbox):
    tokens = await tokens_of(sandbox, "google")

    renewed = (await refresh(sandbox, "google", tokens)).json

    assert "refresh_token_expires_in" not in renewed
