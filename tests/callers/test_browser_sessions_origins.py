"""Who may sign in or out from where, and what pages of other origins hear from us at all."""

from __future__ import annotations

from typing import Any

import pytest

from server.settings import Settings
from support.page import CSRF, ORIGIN, STRANGERS, Page, key_of, page_of, refusals
from support.server import Server, StartServer

WHOAMI = "{ viewer { role } }"


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    """A server with a page on another origin."""
    return await start_server(allowed_origins=(ORIGIN,))


@pytest.fixture
async def page(server: Server) -> Page:
    """An admin's page."""
    return await page_of(server, await key_of(server))


# Signing in and out


FORMS: dict[str, dict[str, Any]] = {
    "an address": {"params": {"key": "x"}},
    "an address beside JSON": {"params": {"Authorization": "Bearer x"}, "json": {}},
    "a form": {"data": {"key": "x"}},
    "multipart": {"data": b"--a--", "headers": {"Content-Type": "multipart/form-data; boundary=a"}},
    "text": {"data": "{}", "headers": {"Content-Type": "text/plain"}},
}


async def test_a_form_or_an_address_signs_nobody_in(server: Server) -> None:
    key = await key_of(server)
    statuses = {}
    for name, form in FORMS.items():
        sent = {**form, "headers": {"Authorization": f"Bearer {key}", **form.get("headers", {})}}
        async with server.session.post(f"{server.url}/session", **sent) as answer:
            statuses[name] = answer.status
            assert "Set-Cookie" not in answer.headers

    assert list(statuses.values()) == [400, 400, 415, 415, 415], statuses


async def test_a_body_of_json_is_no_hindrance(server: Server) -> None:
    key = await key_of(server)
    headers = {"Authorization": f"Bearer {key}"}

    async with server.session.post(f"{server.url}/session", headers=headers, json={}) as answer:
        assert answer.status == 201


async def test_a_page_of_others_signs_nobody_in(server: Server) -> None:
    """Not even with a key of its own: people would put their creators into somebody else's roster."""
    key = await key_of(server)

    answers = {name: await Page(server, origin).sign_in(key) for name, origin in STRANGERS.items()}

    assert refusals(answers) == dict.fromkeys(STRANGERS, (403, "CSRF_REQUIRED"))
    assert [answer for answer in answers.values() if "Set-Cookie" in answer.headers] == []


async def test_a_page_of_others_signs_nobody_out(page: Page) -> None:
    tries = [await page.sign_out(Origin="https://evil.example"), await page.sign_out(**{CSRF: None})]

    assert [answer.code for answer in tries] == ["CSRF_REQUIRED"] * 2
    assert (await page.send(WHOAMI)).code is None


# What other origins hear


async def preflight(server: Server, origin: str, method: str) -> tuple[int, dict[str, str]]:
    """What a browser hears before it sends such a request."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type, x-csrf-token",
    }
    async with server.session.options(f"{server.url}/session", headers=headers) as answer:
        return answer.status, dict(answer.headers)


async def test_a_listed_origin_may_send_its_cookie_and_read(server: Server, page: Page) -> None:
    asked = [await preflight(server, ORIGIN, method) for method in ("POST", "GET", "DELETE")]
    read = await page.who()

    assert [status for status, _ in asked] == [200] * 3
    for headers in (*(headers for _, headers in asked), read.headers):
        assert headers["Access-Control-Allow-Origin"] == ORIGIN
        assert headers["Access-Control-Allow-Credentials"] == "true"
        assert "Origin" in headers["Vary"]


async def test_an_origin_that_is_not_listed_may_do_neither(server: Server) -> None:
    heard: set[str] = set()
    for origin in STRANGERS.values():
        status, asked = await preflight(server, origin, "POST")
        async with server.session.get(f"{server.url}/healthz", headers={"Origin": origin}) as plain:
            heard |= {*asked, *plain.headers}
        assert status == 400, origin

    assert not {
        name for name in heard if name.startswith(("Access-Control-Allow-Or", "Access-Control-Allow-Cr"))
    }


@pytest.mark.parametrize(
    "origin", ["*", "https://*.example", "app.example", "https://app.example/page", "null", "https://"]
)
def test_origins_are_listed_one_by_one(origin: str) -> None:
    with pytest.raises(ValueError, match="is not an origin"):
        Settings(allowed_origins=(ORIGIN, origin))


def test_an_origin_is_compared_as_browsers_write_it() -> None:
    assert Settings(allowed_origins=("HTTPS://App.example/",)).allowed_origins == (ORIGIN,)
