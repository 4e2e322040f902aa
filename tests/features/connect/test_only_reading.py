"""linkroll only reads: nothing that it does writes at a platform, and no plugin can make it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from linkroll_sdk import (
    ClientConfig,
    CodeExchange,
    Grant,
    Http,
    Request,
)

from support.browser import Browser
from support.chirp import ChirpLogin, connect_by
from support.roster import Roster
from support.sandbox import Sandbox
from support.server import StartServer
from support.ways import WAYS

CONSENT_PAGES = ("/oauth", "/oauth/authorize", "/v2/auth/authorize/", "/o/oauth2/v2/auth")
API = "https://api.chirp.example"


async def test_a_whole_life_of_accounts_writes_nothing(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str
) -> None:
    for way in WAYS:
        account = await roster.link(browser, way.person, mara, way.handle, way.platform)
        await roster.walk(browser, "dina", account)
        await roster.walk(browser, way.person, account)
        await roster.unlink(account)
        await roster.walk(browser, way.person, account)
        await roster.remove(account)

    requests = await sandbox.requests()

    assert len(requests) > 50
    assert [r for r in requests if r["write"]] == []


async def test_all_that_was_sent_is_what_the_schema_says_may_be_sent(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str
) -> None:
    for way in WAYS:
        await roster.remove(await roster.link(browser, way.person, mara, way.handle, way.platform))
    platforms = await roster.client.ask("{ platforms { allowedOperations { method host path } } }")
    allowed = {(o["method"], o["host"], o["path"]) for p in platforms for o in p["allowedOperations"]}

    sent = {
        (r["method"], r["host"], unversioned(r["path"]))
        for r in await sandbox.requests()
        if r["method"] != "GET" and not r["path"].endswith(CONSENT_PAGES)
    }

    assert len(sent) == 7
    assert sent <= {(method, host, path.removeprefix("/*")) for method, host, path in allowed}


def unversioned(path: str) -> str:
    """A Graph path without its version."""
    first, _, rest = path.removeprefix("/").partition("/")
    return f"/{rest}" if first.startswith("v") and "." in first else path


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_with_a_token(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, status: int
) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    await sandbox.fault(
        kind="redirect",
        location=f"{sandbox.url}/elsewhere.example/",
        status=status,
        host="open.tiktokapis.com",
        path="/v2/user/info/",
    )

    attempt, _ = await roster.walk(browser, "mara", account)

    assert attempt["outcome"]["__typename"] == "PlatformUnavailable"
    assert await sandbox.requests(host="elsewhere.example") == []


# A plugin that tries


class TryingLogin(ChirpLogin):
    """Sends what it wants to when it has the code."""

    def __init__(self, tried: Request) -> None:
        self.tried = tried

    async def exchange(self, http: Http, client: ClientConfig, exchange: CodeExchange) -> Grant:
        await http.send(self.tried)
        return await super().exchange(http, client, exchange)


def request(method: str, url: str, headers: Mapping[str, str] | None = None) -> Request:
    """What a plugin would send."""
    return Request(method, url, "probe", headers=headers or {}, access_token="token")


FORBIDDEN = {
    "a post": request("POST", f"{API}/posts"),
    "a post in small letters": request("post", f"{API}/posts"),
    "a put to a declared address": request("PUT", f"{API}/token"),
    "a delete": request("DELETE", f"{API}/posts/1"),
    "a patch": request("PATCH", f"{API}/me"),
    "a post below a declared address": request("POST", f"{API}/token/new"),
    "a post around a declared address": request("POST", f"{API}/token/../posts"),
    "a declared path on another of its hosts": request("POST", "https://chirp.example/token"),
    "another host": request("GET", "https://evil.example/"),
    "another host below its own": request("GET", "https://x.api.chirp.example/"),
    "another host behind a user name": request("GET", "https://api.chirp.example@evil.example/"),
    "its own host behind a user name": request("GET", "https://user@api.chirp.example/"),
    "this machine": request("GET", "https://127.0.0.1/"),
    "plain http": request("GET", "http://api.chirp.example/me"),
    "another port": request("GET", "https://api.chirp.example:8443/me"),
    "a get that the platform takes for a delete": request("GET", f"{API}/posts/1?method=delete"),
    "a get that a gateway takes for a post": request(
        "GET", f"{API}/posts", {"X-HTTP-Method-Override": "POST"}
    ),
}


@pytest.mark.parametrize("tried", FORBIDDEN.values(), ids=FORBIDDEN.keys())
async def test_a_plugin_that_tries_to_write_or_to_leave_sends_nothing(
    start_server: StartServer,
    browser: Browser,
    sandbox: Sandbox,
    capsys: pytest.CaptureFixture[str],
    tried: Request,
) -> None:
    attempt = await connect_by(TryingLogin(tried), start_server, browser)

    assert attempt["state"] == "FAILED"
    assert attempt["outcome"]["platformCode"] == "ForbiddenOperation", attempt
    assert await sandbox.requests() == []
    assert "plugin tried what it did not declare" in capsys.readouterr().out


@pytest.mark.parametrize(
    "tried",
    [request("GET", f"{API}/me?method=chirp.people.get"), request("POST", f"{API}/token")],
    ids=["a get", "a declared post"],
)
async def test_what_a_plugin_declared_is_sent(
    start_server: StartServer, browser: Browser, sandbox: Sandbox, tried: Request
) -> None:
    """The same plugin, so that the refusals above are the request's fault and not its own."""
    attempt = await connect_by(TryingLogin(tried), start_server, browser)

    assert attempt["state"] == "SUCCEEDED", attempt
    [sent] = await sandbox.requests(host="api.chirp.example")
    assert sent["method"] == tried.method


async def test_a_get_in_disguise_would_have_been_a_write(sandbox: Sandbox, browser: Browser) -> None:
    """The platforms' side agrees: the record knows the trick."""
    await browser.get(f"{sandbox.url}/graph.facebook.com/v25.0/1?method=delete")

    [disguised] = await sandbox.requests()

    assert disguised["write"] is True
