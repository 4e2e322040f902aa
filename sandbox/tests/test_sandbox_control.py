"""The control API: clock, apps, switches, state, and sentences for what is not understood."""

from datetime import UTC, datetime, timedelta

import pytest

CALLBACK = "http://127.0.0.1:8000/oauth/callback"


async def test_the_clock_says_its_time_and_moves(sandbox):
    before = await sandbox.control("GET", "/clock")
    after = await sandbox.control("POST", "/clock/advance", {"days": 91})

    moved = datetime.fromisoformat(after["now"]) - datetime.fromisoformat(before["now"])
    assert before["offset_seconds"] == 0
    assert after["offset_seconds"] == 91 * 86400
    assert timedelta(days=91) <= moved < timedelta(days=91, minutes=1)


async def test_the_clock_can_be_set(sandbox):
    await sandbox.control("PUT", "/clock", {"offset_seconds": -60})

    assert (await sandbox.control("GET", "/clock"))["offset_seconds"] == -60


async def test_a_reset_forgets_everything(sandbox):
    await sandbox.consent("facebook", "mara")
    await sandbox.advance(days=1)
    await sandbox.switch(tiktok_lifetimes="old")

    state = await sandbox.control("POST", "/reset")

    assert state["grants"] == []
    assert state["clock"]["offset_seconds"] == 0
    assert state["switches"]["tiktok_lifetimes"] == "new"


async def test_the_state_shows_people_accounts_and_grants(sandbox):
    await sandbox.consent("tiktok", "mara")

    state = await sandbox.control("GET", "/state")

    assert state["people"]["dina"]["accounts"]["instagram"][0]["username"] == "dina.travels"
    assert [(grant["login"], grant["person"]) for grant in state["grants"]] == [("tiktok", "mara")]


async def test_the_state_shows_only_the_beginning_of_a_token(sandbox):
    callback = await sandbox.consent("facebook", "mara")
    query = {**sandbox.secrets("facebook"), "redirect_uri": CALLBACK, "code": callback["code"]}
    token = (await sandbox.get("https://graph.facebook.com/oauth/access_token", **query)).json["access_token"]

    answer = await sandbox.try_control("GET", "/state")

    assert token not in answer.text
    assert token[:12] in answer.text


async def test_the_apps_have_each_platforms_shape(sandbox):
    assert set(sandbox.apps) == {"facebook", "instagram", "tiktok", "google"}
    assert sandbox.apps["facebook"]["client_id"].isdigit()
    assert sandbox.apps["tiktok"]["client_id"].startswith("sbaw")
    assert sandbox.apps["google"]["client_id"].endswith(".apps.googleusercontent.com")


async def test_an_exact_list_of_addresses_replaces_loopback(sandbox):
    await sandbox.control("PUT", "/apps/facebook", {"redirect_uris": ["linkroll-app://done"]})

    loopback = await sandbox.try_consent("facebook", "mara")
    scheme = await sandbox.try_consent("facebook", "mara", redirect_uri="linkroll-app://done")

    assert loopback.status == 400
    assert scheme.location.startswith("linkroll-app://done?code=")


@pytest.mark.parametrize("address", ["http://localhost:3000/cb", "http://[::1]:9/cb", "https://127.0.0.1/cb"])
async def test_any_loopback_address_is_welcome_at_first(sandbox, address):
    answer = await sandbox.try_consent("facebook", "mara", redirect_uri=address)

    assert answer.location.startswith(address)


async def test_an_app_may_demand_pkce(sandbox):
    await sandbox.control("PUT", "/apps/tiktok", {"pkce_required": True})

    answer = await sandbox.try_consent("tiktok", "mara")

    assert "code_challenge" in answer.text


@pytest.mark.parametrize(
    ("method", "path", "body", "says"),
    [
        ("PUT", "/switches", {"tiktok_lifetimes": "short"}, "new, old"),
        ("PUT", "/switches", {"nothing": "on"}, "accepted are require_appsecret_proof"),
        ("PUT", "/clock", {"offset": 1}, "offset_seconds"),
        ("PUT", "/clock", {"offset_seconds": "soon"}, "must be a number"),
        ("POST", "/clock/advance", {}, "Say how far"),
        ("POST", "/clock/advance", {"weeks": 1}, "seconds, minutes, hours, days"),
        ("POST", "/people/mara/fly", {}, "change-password"),
        ("POST", "/people/mara/remove-app", {}, "facebook, instagram, tiktok, google"),
        ("POST", "/people/mara/lose-role", {"page": "dinaeats"}, "marabakes"),
        ("POST", "/people/mara/rename", {"platform": "myspace"}, "facebook, instagram, tiktok, youtube"),
        ("POST", "/people/mara/decline", {"login": "tiktok", "scopes": ["x"]}, "nothing is"),
        ("PUT", "/apps/myspace", {}, "facebook, instagram, tiktok, google"),
        ("PUT", "/apps/google", {"status": "open"}, "production, testing"),
        ("PUT", "/faults", [{"kind": "earthquake"}], "throttle"),
        ("PUT", "/faults", {"kind": "slow"}, "JSON list"),
        ("PUT", "/faults", [{"kind": "slow", "status": 3}], "accepted are kind"),
        ("PUT", "/faults", [{"kind": "cut", "times": 0}], "whole number from 1"),
        ("PUT", "/faults", [{"kind": "status", "status": 99999}], "from 200 to 599"),
        ("PUT", "/faults", [{"kind": "garbage", "body": {"a": 1}}], "must be a text"),
        ("PUT", "/faults", [{"kind": "meta_error", "code": "x"}], "must be a number"),
        ("GET", "/requests?from=1", None, "host, since"),
    ],
)
async def test_what_is_not_understood_is_answered_with_what_would_be(sandbox, method, path, body, says):
    answer = await sandbox.try_control(method, path, body)

    assert answer.status == 400
    assert says in answer.error


async def test_an_unknown_person_is_answered_with_who_there_is(sandbox):
    answer = await sandbox.try_control("POST", "/people/zoe/change-password", {})

    assert answer.status == 404
    assert "mara, ben, chen, dina, emil" in answer.error


async def test_another_web_page_may_not_turn_anything(sandbox):
    headers = {"Origin": "https://elsewhere.example"}

    answer = await sandbox.call("POST", "_control/reset", headers=headers)

    assert answer.status == 403


async def test_the_control_page_works_by_its_own_forms(sandbox, forms):
    page = await sandbox.try_control("GET", "/")
    step = next(one for one in forms(page.text) if ("days", "91") in one["fields"])

    answer = await sandbox.call("POST", step["action"].lstrip("/"), data=step["fields"])

    assert (answer.status, answer.location) == (303, "/_control/")
    assert (await sandbox.control("GET", "/clock"))["offset_seconds"] == 91 * 86400


async def test_a_rename_moves_the_short_link_along(sandbox):
    await sandbox.act("mara", "rename", platform="tiktok", handle="@marabreads")

    answer = await sandbox.get("https://vm.tiktok.com/ZExAmPl3/")

    assert answer.location == "https://www.tiktok.com/@marabreads"


async def test_json_that_curl_labels_a_form_is_json(sandbox):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = await sandbox.call("POST", "_control/clock/advance", data='{"days": 1}', headers=headers)

    assert (answer.status, answer.json["offset_seconds"]) == (200, 86400)


async def test_a_journey_that_is_announced_is_told_at_once_and_made_later(sandbox):
    """So that linkroll, which follows by asking, is never behind the platforms."""
    told = await sandbox.control("POST", "/clock/advance", {"days": 91, "announced_seconds": 60})

    ahead = datetime.fromisoformat(told["now"]) - datetime.now(UTC)
    assert told["offset_seconds"] == 91 * 86_400
    assert ahead < timedelta(minutes=1)

    there = await sandbox.control("PUT", "/clock", {"offset_seconds": 91 * 86_400})
    assert datetime.fromisoformat(there["now"]) - datetime.now(UTC) > timedelta(days=90)
