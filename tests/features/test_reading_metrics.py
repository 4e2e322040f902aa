"""What the page on reading metrics tells a frontend developer to send is answered."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from graphql import OperationDefinitionNode, OperationType, parse, validate

from support.client import Client
from support.readings import Readings, serve_metrics
from support.rows import Rows
from support.schema import committed_schema
from support.server import Server, StartServer

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "reading-metrics.md"
DOCUMENTS = re.findall(r"```graphql\n(.*?)```", PAGE.read_text(), re.DOTALL)


def operation(document: str) -> OperationDefinitionNode:
    """The one operation of a document."""
    [found] = parse(document).definitions
    assert isinstance(found, OperationDefinitionNode)
    return found


ANSWERED = [d for d in DOCUMENTS if operation(d).operation is not OperationType.SUBSCRIPTION]


@pytest_asyncio.fixture
async def server(start_server: StartServer) -> Server:
    """A server that knows Chirp and Peep."""
    return await serve_metrics(start_server)


@pytest_asyncio.fixture
async def variables(server: Server) -> dict[str, Any]:
    """A small roster with numbers, as the page's variables name it."""
    rows, readings = Rows(server.host), Readings(server.host)
    profile = await rows.profile()
    account = await rows.linked(profile, platform="chirp", scopes=("read",))
    await readings.read(account, "FOLLOWERS", 1250)
    await readings.read(account, "VIEWS", 7, date(2026, 1, 8))
    post = await readings.post(account, url_key="7")
    await readings.read(account, "VIEWS", 3, post=post, level="POST")
    story = await readings.post(account, "STORY")
    await readings.gap(account, story)
    url = "https://chirp.example/mara/chirps/7"
    return {"profile": profile, "account": account, "post": post, "url": url}


@pytest_asyncio.fixture
async def client(server: Server) -> Client:
    """An admin."""
    return await server.client()


@pytest.mark.parametrize("number", range(len(ANSWERED)))
async def test_a_document_of_the_page_is_answered(
    client: Client, variables: dict[str, Any], number: int
) -> None:
    document = ANSWERED[number]
    named = {v.variable.name.value for v in operation(document).variable_definitions or ()}

    answer = await client.ask(document, **{name: variables[name] for name in named})

    assert answer
    assert not str(answer.get("__typename") if isinstance(answer, dict) else "").endswith(
        ("NotFound", "NotLinked")
    )


def test_every_document_of_the_page_fits_the_schema() -> None:
    schema = committed_schema()

    wrong = [error.message for d in DOCUMENTS for error in validate(schema, parse(d))]

    assert len(DOCUMENTS) >= 9
    assert wrong == []
