"""Every answer keeps browsers careful and tells nothing about us; other origins read only where they are listed."""

from __future__ import annotations

from typing import Any

import pytest

from support.server import Server, StartServer

OURS = "https://app.example"

ASKED = {
    "an answer": ("POST", "/graphql", {"json": {"query": "{ __typename }"}}),
    "a query by GET": ("GET", "/graphql?query={__typename}", {}),
    "a document that does not parse": ("POST", "/graphql", {"json": {"query": "{"}}),
    "a body that is none": (
        "POST",
        "/graphql",
        {"data": b"null", "headers": {"Content-Type": "application/json"}},
    ),
    "a form": ("POST", "/graphql", {"data": {"query": "{ __typename }"}}),
    "a method that is not allowed": ("DELETE", "/graphql", {}),
    "a body that is too large": ("POST", "/graphql", {"headers": {"Content-Length": str(1024 * 1024 + 1)}}),
    "a host that is not ours": ("GET", "/healthz", {"headers": {"Host": "evil.example"}}),
    "the page to try queries": ("GET", "/graphql", {"headers": {"Accept": "text/html"}}),
    "a file of that page": ("GET", "/graphql/nothing.js", {}),
    "health": ("GET", "/healthz", {}),
    "a consent that does not exist": ("GET", "/connect/nothing", {}),
    "a callback without a state": ("GET", "/oauth/tiktok/callback?code=1", {}),
    "a callback of nobody's": ("POST", "/callbacks/tiktok/nothing", {}),
    "an address that does not exist": ("GET", "/nothing", {}),
    "a file outside": ("GET", "/graphql/..%2f..%2fetc%2fpasswd", {}),
}


@pytest.mark.parametrize(("method", "path", "more"), ASKED.values(), ids=ASKED)
async def test_every_answer_carries_the_careful_headers_and_names_no_software(
    server: Server, method: str, path: str, more: dict[str, Any]
) -> None:
    async with server.session.request(method, f"{server.url}{path}", **more) as answer:
        headers, text = answer.headers, await answer.text()

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Cache-Control" in headers and "public" not in headers["Cache-Control"]
    assert "X-Request-Id" in headers
    assert "Server" not in headers and "X-Powered-By" not in headers
    assert not any(name in text.lower() for name in ("starlette", "uvicorn", "strawberry", "traceback"))


@pytest.mark.parametrize(
    "path", ["/connect/nothing", "/oauth/tiktok/callback?code=1", "/connect/finished", "/deletion/x"]
)
async def test_every_page_loads_nothing_and_stands_in_no_frame(server: Server, path: str) -> None:
    async with server.session.get(f"{server.url}{path}") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert answer.content_type == "text/html"

    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy


async def preflight(server: Server, origin: str) -> dict[str, str]:
    """What a browser is told before a page of *origin* may ask."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    async with server.session.options(f"{server.url}/graphql", headers=asked) as answer:
        return {name.lower(): value for name, value in answer.headers.items()}


async def test_a_listed_origin_may_ask_and_is_named(start_server: StartServer) -> None:
    server = await start_server(allowed_origins=[OURS])

    told = await preflight(server, OURS)

    assert told["access-control-allow-origin"] == OURS
    assert "authorization" in told["access-control-allow-headers"].lower()
    assert "origin" in told["vary"].lower()


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://app.example",
        "https://app.example.evil.example",
        "https://app.example:8443",
    ],
)
async def test_no_other_origin_is_reflected(start_server: StartServer, origin: str) -> None:
    server = await start_server(allowed_origins=[OURS])

    told = await preflight(server, origin)
    async with server.session.post(
        f"{server.url}/graphql", json={"query": "{ __typename }"}, headers={"Origin": origin}
    ) as answer:
        answered = {name.lower() for name in answer.headers}

    assert "access-control-allow-origin" not in told
    assert "access-control-allow-origin" not in answered
