"""A request has an id that can be followed through log and answer, and is meant for us or is refused."""

from __future__ import annotations

import aiohttp
import pytest
from graphql import GraphQLError
from structlog.testing import capture_logs

from server.request_facts import add_request_id, begin_operation, current_request
from server.transport.graphql_errors import stable
from support.server import Server, StartServer

WHOAMI = {"query": "{ viewer { name } }"}


async def test_a_callers_request_id_comes_back(server: Server) -> None:
    async with server.session.post(
        f"{server.url}/graphql", json=WHOAMI, headers={"X-Request-Id": "page-7.b_2"}
    ) as answer:
        assert answer.headers["X-Request-Id"] == "page-7.b_2"


@pytest.mark.parametrize("id", ["", "a b", "x" * 65, "a=b", "-a", "é"])
async def test_an_id_that_could_confuse_a_log_is_replaced(server: Server, id: str) -> None:
    async with server.session.get(f"{server.url}/healthz", headers={"X-Request-Id": id}) as answer:
        given = answer.headers["X-Request-Id"]

    assert given != id
    assert len(given) == 16


async def test_requests_without_an_id_get_one_each(server: Server) -> None:
    given = []
    for _ in range(3):
        async with server.session.get(f"{server.url}/healthz") as answer:
            given.append(answer.headers["X-Request-Id"])

    assert len(set(given)) == 3


async def test_a_socket_is_told_its_id_at_the_handshake(server: Server) -> None:
    async with server.session.ws_connect(
        f"{server.url}/graphql", protocols=["graphql-transport-ws"], headers={"X-Request-Id": "socket-1"}
    ) as socket:
        assert socket._response.headers["X-Request-Id"] == "socket-1"


def test_an_unexpected_error_tells_only_the_id_that_the_log_has_too() -> None:
    begin_operation(3)

    with capture_logs() as lines:
        shown = stable(GraphQLError("secret detail", original_error=RuntimeError("secret detail")))

    (line,) = lines
    assert shown.extensions == {"code": "INTERNAL_ERROR", "requestId": line["request_id"]}
    assert line["request_id"].endswith("-3")
    assert "secret" not in shown.message


def test_every_line_of_a_request_carries_its_id() -> None:
    begin_operation(1)

    line = add_request_id(None, "info", {"event": "something"})

    assert line["request_id"] == current_request().id


# Hosts


async def status_of(server: Server, host: str, path: str = "/healthz") -> int:
    """The status under a name."""
    async with server.session.get(f"{server.url}{path}", headers={"Host": host}) as answer:
        return answer.status


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[", "localhost.evil.example:80"]
)
async def test_a_name_that_is_not_ours_is_refused(server: Server, host: str) -> None:
    """A page can have its own name lead here, and would then read our answers as its own."""
    assert await status_of(server, host) in (400, 421)


async def test_our_own_names_are_taken(start_server: StartServer) -> None:
    server = await start_server(public_url="https://Roster.example/", allowed_hosts=("linkroll",))
    names = ("roster.example", "ROSTER.example:443", "linkroll:8040", "localhost", "127.0.0.1", "[::1]:8040")

    statuses = [await status_of(server, name) for name in names]

    assert statuses == [200] * len(names)


async def test_a_socket_under_another_name_is_refused(server: Server) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await server.session.ws_connect(
            f"{server.url}/graphql", protocols=["graphql-transport-ws"], headers={"Host": "evil.example"}
        )

    assert refused.value.status == 403


@pytest.mark.parametrize(
    ("origin", "is_welcome"),
    [
        ("https://app.example", True),
        ("https://app.example.evil.example", False),
        ("http://app.example", False),
        ("https://evil.example", False),
        ("null", False),
        ("nonsense", False),
    ],
)
async def test_a_page_may_open_a_socket_only_from_a_listed_origin(
    start_server: StartServer, origin: str, is_welcome: bool
) -> None:
    server = await start_server(allowed_origins=("https://app.example",))
    opening = server.session.ws_connect(
        f"{server.url}/graphql", protocols=["graphql-transport-ws"], headers={"Origin": origin}
    )

    if is_welcome:
        assert not (await opening).closed
    else:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await opening


# Credentials


@pytest.mark.parametrize("name", ["access_token", "key", "token", "authorization", "Authorization"])
async def test_a_key_in_an_address_opens_nothing(server: Server, name: str) -> None:
    """Addresses stand in the logs of everything on the way."""
    key = (await server.client()).key
    asked = {"query": "{ viewer { name } }", name: key, "extensions": f'{{"{name}": "{key}"}}'}

    async with server.session.get(f"{server.url}/graphql", params=asked) as answer:
        told = await answer.json()

    assert told["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
