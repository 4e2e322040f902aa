"""Who may ask for the schema, and who gets a page to try queries on, is the operator's choice."""

from __future__ import annotations

from typing import Any

import pytest

from server.settings import Settings
from support.server import Server, StartServer

SCHEMA = {"query": "{ __schema { queryType { name } } }"}
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def code(server: Server, key: str | None, body: dict[str, Any] = SCHEMA) -> str | None:
    """The code of the error; None for an answer."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with server.session.post(f"{server.url}/graphql", json=body, headers=headers) as answer:
        found = await answer.json()
    return found["errors"][0]["extensions"]["code"] if "errors" in found else None


@pytest.mark.parametrize(
    ("setting", "stranger", "caller"),
    [
        ("anyone", None, None),
        ("callers", "INTROSPECTION_DISABLED", None),
        ("nobody", "INTROSPECTION_DISABLED", "INTROSPECTION_DISABLED"),
    ],
)
async def test_introspection_is_for_whom_the_operator_says(
    start_server: StartServer, setting: str, stranger: str | None, caller: str | None
) -> None:
    server = await start_server(introspection=setting)
    key = (await server.client()).key

    assert (await code(server, None), await code(server, key)) == (stranger, caller)


@pytest.mark.parametrize(
    "query",
    [
        '{ __type(name: "Query") { name } }',
        "{ ...F } fragment F on Query { __schema { queryType { name } } }",
        "{ a: __schema { queryType { name } } viewer { name } }",
        "query A { viewer { name } } query B { __schema { queryType { name } } }",
    ],
)
async def test_there_is_no_way_around_it(start_server: StartServer, query: str) -> None:
    server = await start_server(introspection="callers")

    assert await code(
        server, None, {"query": query, "operationName": "B"} if "query B" in query else {"query": query}
    )


async def test_the_name_of_a_type_is_no_introspection(start_server: StartServer) -> None:
    """Every client asks for `__typename`."""
    server = await start_server(introspection="nobody")

    assert await code(server, None, {"query": "{ __typename }"}) is None


def test_production_is_careful_by_itself() -> None:
    careful, open_ = Settings(env="production"), Settings(env="development")

    assert (careful.may_introspect, careful.shows_ide) == ("callers", False)
    assert (open_.may_introspect, open_.shows_ide) == ("anyone", True)


# The page


async def test_a_browser_gets_a_page_that_loads_nothing_from_elsewhere(server: Server) -> None:
    async with server.session.get(f"{server.url}/graphql", headers=HTML) as answer:
        page = await answer.text()
    policy = answer.headers["Content-Security-Policy"]

    assert (answer.status, answer.content_type) == (200, "text/html")
    assert "://" not in page
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "*" not in policy


async def test_its_files_are_ours_and_obey_the_policy(server: Server) -> None:
    """A strict policy forbids what stands in the page itself: script, style and handlers."""
    async with server.session.get(f"{server.url}/graphql", headers=HTML) as answer:
        page = await answer.text()
    texts = {}
    for name in ("ide.css", "ide.js"):
        async with server.session.get(f"{server.url}/graphql/{name}") as answer:
            texts[name] = (answer.status, await answer.text())

    assert {status for status, _ in texts.values()} == {200}
    assert all(f'"/graphql/{name}"' in page for name in texts)
    assert not any(word in page for word in ("<style", "style=", "onclick", "javascript:"))
    assert page.count("<script") == 1
    assert not any(
        word in text for _, text in texts.values() for word in ("http://", "https://", "eval(", "@import")
    )


async def test_where_the_page_is_off_there_is_none(start_server: StartServer) -> None:
    server = await start_server(ide=False)

    async with server.session.get(f"{server.url}/graphql", headers=HTML) as page:
        pass
    async with server.session.get(f"{server.url}/graphql/ide.js") as script:
        pass

    assert (page.status, page.content_type, script.status) == (400, "application/json", 404)


@pytest.mark.parametrize("name", ["ide.html", "..%2Fide.py", "nonsense", "%2e%2e%2fsettings.py"])
async def test_no_other_file_is_served(server: Server, name: str) -> None:
    async with server.session.get(f"{server.url}/graphql/{name}") as answer:
        assert answer.status == 404


async def test_a_client_that_takes_anything_gets_no_page(server: Server) -> None:
    async with server.session.get(f"{server.url}/graphql") as answer:
        assert (answer.status, answer.content_type) == (400, "application/json")
