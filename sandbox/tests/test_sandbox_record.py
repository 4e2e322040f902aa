"""The record of platform requests, and the refusal of every write."""

import pytest

GRAPH = "https://graph.facebook.com/v25.0"


async def recorded(sandbox, query=""):
    return (await sandbox.control("GET", f"/requests{query}"))["requests"]


async def test_a_request_is_written_down_with_its_answer(sandbox):
    await sandbox.bearer(f"{GRAPH}/me", "EAAGnothing", fields="id")

    [entry] = await recorded(sandbox)

    assert (entry["seq"], entry["method"], entry["status"]) == (1, "GET", 400)
    assert (entry["host"], entry["path"]) == ("graph.facebook.com", "/v25.0/me")
    assert entry["query"] == {"fields": ["id"]}
    assert entry["headers"]["authorization"] == "Bearer EAAGnothing"
    assert entry["write"] is False


async def test_a_form_is_written_down_by_its_fields(sandbox):
    await sandbox.post("https://oauth2.googleapis.com/token", grant_type="refresh_token")

    [entry] = await recorded(sandbox)

    assert entry["body"] == {"grant_type": ["refresh_token"]}


async def test_the_control_pages_are_not_written_down(sandbox):
    await sandbox.control("GET", "/clock")

    assert await recorded(sandbox) == []


async def test_the_record_is_read_by_host_and_from_a_number_on(sandbox):
    await sandbox.get(f"{GRAPH}/me")
    await sandbox.get("https://graph.instagram.com/me")
    await sandbox.get(f"{GRAPH}/me")

    of_host = await recorded(sandbox, "?host=graph.facebook.com")
    later = await recorded(sandbox, "?since=2")

    assert [entry["seq"] for entry in of_host] == [1, 3]
    assert [entry["seq"] for entry in later] == [3]


async def test_clearing_the_record_keeps_the_numbers_going(sandbox):
    await sandbox.get(f"{GRAPH}/me")
    await sandbox.control("DELETE", "/requests")
    await sandbox.get(f"{GRAPH}/me")

    assert [entry["seq"] for entry in await recorded(sandbox)] == [2]


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", f"{GRAPH}/615000111222333/feed"),
        ("POST", f"{GRAPH}/17841400000000123/collaboration_invites"),
        ("DELETE", f"{GRAPH}/615000111222333"),
        ("POST", f"{GRAPH}/"),
        ("GET", f"{GRAPH}/615000111222333/feed?method=post"),
        ("POST", "https://graph.instagram.com/v25.0/me/media"),
        ("POST", "https://open.tiktokapis.com/v2/post/publish/video/init/"),
        ("PUT", "https://youtube.googleapis.com/youtube/v3/channels"),
        ("POST", "https://youtubeanalytics.googleapis.com/v2/groups"),
        ("POST", "https://oauth2.googleapis.com/elsewhere"),
    ],
)
async def test_a_write_is_refused_and_marked(sandbox, method, url):
    answer = await sandbox.call(method, url)

    [entry] = await recorded(sandbox)
    assert answer.status in (401, 403)
    assert entry["write"] is True


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", f"{GRAPH}/oauth/access_token"),
        ("DELETE", f"{GRAPH}/me/permissions"),
        ("POST", "https://api.instagram.com/oauth/access_token"),
        ("POST", "https://open.tiktokapis.com/v2/oauth/token/"),
        ("POST", "https://open.tiktokapis.com/v2/oauth/revoke/"),
        ("POST", "https://open.tiktokapis.com/v2/video/query/"),
        ("POST", "https://oauth2.googleapis.com/revoke"),
    ],
)
async def test_a_token_call_is_no_write(sandbox, method, url):
    await sandbox.call(method, url)

    [entry] = await recorded(sandbox)
    assert entry["write"] is False


async def test_a_whole_consent_leaves_no_write_behind(sandbox):
    await sandbox.consent("google", "mara")

    assert not any(entry["write"] for entry in await recorded(sandbox))


async def test_a_host_that_is_not_played_says_so_and_is_recorded(sandbox):
    answer = await sandbox.call("POST", "https://api.elsewhere.example/v1")

    [entry] = await recorded(sandbox)
    assert (entry["host"], entry["write"]) == ("api.elsewhere.example", True)

    assert answer.status == 404
    assert "does not play" in answer.json["sandbox"]
