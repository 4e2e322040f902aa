"""Usage headers of the Graph hosts, and what is said at a hundred percent."""

import json

import pytest

GRAPH = "https://graph.facebook.com/v25.0"
PAGE, ACCOUNT = "615000111222333", "17841400000000123"


def usage(answer):
    """Object id and what its one entry says."""
    ((object_id, (entry,)),) = json.loads(answer.headers["x-business-use-case-usage"]).items()
    return object_id, entry


async def test_a_user_token_spends_the_apps_calls(sandbox):
    await sandbox.switch(meta_app_calls_per_hour="10")
    token = await sandbox.facebook_token("mara")

    answers = [await sandbox.get(f"{GRAPH}/me", access_token=token) for _ in range(2)]

    counts = [json.loads(one.headers["x-app-usage"])["call_count"] for one in answers]
    assert counts == [10, 20]


@pytest.mark.parametrize(
    ("path", "object_id", "kind"),
    [(PAGE, PAGE, "pages"), (f"{ACCOUNT}/media", ACCOUNT, "instagram")],
    ids=["page", "instagram"],
)
async def test_a_page_and_the_account_behind_it_have_their_own_calls(sandbox, path, object_id, kind):
    token = await sandbox.page_token("mara", PAGE)

    found, entry = usage(await sandbox.get(f"{GRAPH}/{path}", access_token=token))

    assert (found, entry["type"]) == (object_id, kind)
    assert entry["estimated_time_to_regain_access"] == 0


async def test_calls_about_a_medium_count_for_its_account(sandbox):
    await sandbox.switch(meta_instagram_calls_per_hour="4")
    token = await sandbox.page_token("mara", PAGE)
    media = (await sandbox.get(f"{GRAPH}/{ACCOUNT}/media", access_token=token)).json["data"][0]["id"]

    object_id, entry = usage(await sandbox.get(f"{GRAPH}/{media}", access_token=token))

    assert (object_id, entry["call_count"]) == (ACCOUNT, 50)


async def test_the_two_logins_have_separate_buckets(sandbox):
    await sandbox.switch(meta_instagram_calls_per_hour="2")
    page = await sandbox.page_token("mara", PAGE)
    own = await sandbox.instagram_token("mara")
    for _ in range(2):
        await sandbox.get(f"{GRAPH}/{ACCOUNT}", access_token=page)

    through_facebook = await sandbox.get(f"{GRAPH}/{ACCOUNT}", access_token=page)
    by_itself = await sandbox.get("https://graph.instagram.com/me", access_token=own)

    assert (through_facebook.error["code"], by_itself.status) == (80002, 200)


async def test_an_error_has_the_header_too(sandbox):
    token = await sandbox.page_token("mara", PAGE)

    answer = await sandbox.get(f"{GRAPH}/{PAGE}/insights", metric="nonsense", access_token=token)

    assert answer.error["code"] == 100
    assert usage(answer)[0] == PAGE


@pytest.mark.parametrize(
    ("switch", "path", "code"),
    [("meta_page_calls_per_hour", PAGE, 80001), ("meta_instagram_calls_per_hour", ACCOUNT, 80002)],
    ids=["page", "instagram"],
)
async def test_at_a_hundred_percent_the_answer_says_how_long_to_wait(sandbox, switch, path, code):
    token = await sandbox.page_token("mara", PAGE)
    await sandbox.switch(**{switch: "2"})
    for _ in range(2):
        await sandbox.get(f"{GRAPH}/{path}", access_token=token)

    refused = await sandbox.get(f"{GRAPH}/{path}", access_token=token)
    _, entry = usage(refused)
    await sandbox.advance(minutes=entry["estimated_time_to_regain_access"])
    afterwards = await sandbox.get(f"{GRAPH}/{path}", access_token=token)

    assert (refused.error["code"], entry["call_count"]) == (code, 100)
    assert 1 <= entry["estimated_time_to_regain_access"] <= 61
    assert afterwards.status == 200


async def test_the_app_is_throttled_with_code_four(sandbox):
    token = await sandbox.facebook_token("mara")
    await sandbox.switch(meta_app_calls_per_hour="1")
    await sandbox.get(f"{GRAPH}/me", access_token=token)

    answer = await sandbox.get(f"{GRAPH}/me", access_token=token)

    assert (answer.error["code"], json.loads(answer.headers["x-app-usage"])["call_count"]) == (4, 100)


async def test_after_an_hour_the_calls_are_forgotten(sandbox):
    token = await sandbox.facebook_token("mara")
    await sandbox.switch(meta_app_calls_per_hour="10")
    await sandbox.get(f"{GRAPH}/me", access_token=token)
    await sandbox.advance(hours=1, minutes=1)

    answer = await sandbox.get(f"{GRAPH}/me", access_token=token)

    assert json.loads(answer.headers["x-app-usage"])["call_count"] == 10
