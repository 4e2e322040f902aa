"""Ordered faults: each platform fails in its own words, as often as was asked."""

import aiohttp
import pytest

GRAPH = "https://graph.facebook.com/v25.0"
USER = "https://open.tiktokapis.com/v2/user/info/"
CHANNELS = "https://youtube.googleapis.com/youtube/v3/channels"


async def test_a_fault_strikes_as_often_as_ordered(sandbox):
    await sandbox.fault(kind="status", host="graph.facebook.com", path="/me", status=503, times=2)

    statuses = [(await sandbox.get(f"{GRAPH}/me")).status for _ in range(3)]

    assert statuses == [503, 503, 400]
    assert await sandbox.control("GET", "/faults") == []


async def test_a_fault_strikes_only_what_it_is_meant_for(sandbox):
    await sandbox.fault(kind="status", host="*.facebook.com", path="/me/*", method="GET")

    struck = await sandbox.get(f"{GRAPH}/me/accounts")
    missed = await sandbox.get("https://graph.instagram.com/me/media")

    assert struck.status == 500
    assert missed.status != 500


async def test_a_struck_request_is_marked_in_the_record(sandbox):
    await sandbox.fault(kind="garbage")
    await sandbox.get(f"{GRAPH}/me")

    [entry] = (await sandbox.control("GET", "/requests"))["requests"]

    assert (entry["fault"], entry["status"]) == ("garbage", 200)


async def test_meta_throttles_with_the_minutes_to_wait(sandbox):
    await sandbox.fault(kind="throttle", minutes=7)

    answer = await sandbox.get(f"{GRAPH}/me")

    assert answer.error["code"] == 80002
    assert '"estimated_time_to_regain_access":7' in answer.headers["x-business-use-case-usage"]


async def test_tiktok_throttles_with_429(sandbox):
    await sandbox.fault(kind="throttle")

    answer = await sandbox.get(USER)

    assert (answer.status, answer.error["code"]) == (429, "rate_limit_exceeded")


async def test_google_throttles_with_its_reason(sandbox):
    await sandbox.fault(kind="throttle")

    answer = await sandbox.get(CHANNELS)

    assert (answer.status, answer.error["errors"][0]["reason"]) == (429, "rateLimitExceeded")


async def test_code_2_is_transient(sandbox):
    await sandbox.fault(kind="code2", times=1)

    answer = await sandbox.get(f"{GRAPH}/me")

    assert (answer.error["code"], answer.error["is_transient"]) == (2, True)


async def test_any_graph_error_can_be_ordered(sandbox):
    await sandbox.fault(kind="meta_error", code=368, subcode=1390008, message="blocked")

    answer = await sandbox.get(f"{GRAPH}/me")

    assert (answer.error["code"], answer.error["error_subcode"]) == (368, 1390008)


async def test_any_google_reason_can_be_ordered(sandbox):
    await sandbox.fault(kind="google_error", status=403, reason="quotaExceeded", domain="youtube.quota")

    answer = await sandbox.get(CHANNELS)

    assert answer.error["errors"][0]["reason"] == "quotaExceeded"


async def test_any_oauth_error_can_be_ordered(sandbox):
    await sandbox.fault(kind="oauth_error", error="invalid_grant", subtype="invalid_rapt")

    answer = await sandbox.post("https://oauth2.googleapis.com/token")

    assert answer.json["error_subtype"] == "invalid_rapt"


async def test_a_person_outside_tiktoks_sandbox_is_sent_back(sandbox):
    await sandbox.fault(kind="non_sandbox_target", host="www.tiktok.com")

    callback = await sandbox.consent("tiktok", "mara")

    assert callback["error"] == "access_denied"
    assert callback["error_type"] == "non_sandbox_target"
    assert callback["state"] == "st-1"


async def test_a_cut_line_breaks_off_in_the_middle(sandbox):
    await sandbox.fault(kind="cut")

    with pytest.raises(aiohttp.ClientPayloadError):
        await sandbox.get(f"{GRAPH}/me")


async def test_a_slow_answer_comes_in_the_end(sandbox):
    await sandbox.fault(kind="slow", seconds=0.01)

    answer = await sandbox.get(f"{GRAPH}/me")

    assert answer.status == 400


async def test_a_redirect_leads_where_it_was_told(sandbox):
    await sandbox.fault(kind="redirect", location="https://elsewhere.example/x", status=307)

    answer = await sandbox.get(f"{GRAPH}/me")

    assert (answer.status, answer.location) == (307, "https://elsewhere.example/x")


async def test_nothing_happens_behind_a_fault(sandbox):
    await sandbox.fault(kind="status", host="graph.facebook.com", method="DELETE")

    await sandbox.call("DELETE", f"{GRAPH}/me/permissions")
    taken_back = await sandbox.control("DELETE", "/faults")

    assert taken_back == []
    assert (await sandbox.call("DELETE", f"{GRAPH}/me/permissions")).status != 500


async def test_waiting_faults_can_be_read_and_ordered_again(sandbox):
    await sandbox.fault(kind="meta_error", host="graph.facebook.com", code=4, times=3)
    waiting = await sandbox.control("GET", "/faults")

    again = await sandbox.control("PUT", "/faults", waiting)

    assert again == waiting
    assert (waiting[0]["code"], waiting[0]["times"]) == (4, 3)
