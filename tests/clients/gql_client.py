"""gql, Python's client: questions by POST, streams by WebSocket."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path

from gql import Client, gql  # type: ignore[import-not-found]
from gql.transport.aiohttp import AIOHTTPTransport  # type: ignore[import-not-found]
from gql.transport.exceptions import TransportQueryError  # type: ignore[import-not-found]
from gql.transport.websockets import WebsocketsTransport  # type: ignore[import-not-found]

URL, KEY, AFTER = sys.argv[1:]
HEADERS = {"Authorization": f"Bearer {KEY}"}
WORDS = Path(__file__).with_name("words.mjs").read_text()


def words(name: str) -> str:
    """A document that all clients send."""
    found = re.search(rf"export const {name} = [\"`]([^\"`]+)[\"`];", WORDS)
    assert found is not None
    return found.group(1)


def tell(name: str, value: object) -> None:
    """A line of JSON for the test."""
    print(json.dumps({name: value}), flush=True)


async def ask() -> None:
    """The questions."""
    async with Client(transport=AIOHTTPTransport(URL, headers=HEADERS)) as session:
        tell("query", (await session.execute(gql(words("WHOAMI"))))["viewer"]["name"])
        create = gql(words("CREATE"))
        create.variable_values = {"name": "by gql"}
        tell("mutation", (await session.execute(create))["createProfile"]["profile"]["displayName"])
        wrong = gql(words("WRONG"))
        wrong.variable_values = {"first": 1000}
        try:
            await session.execute(wrong)
        except TransportQueryError as error:
            tell("error", error.errors[0]["extensions"]["code"])


async def follow() -> None:
    """The stream."""
    transport = WebsocketsTransport(
        URL.replace("http", "ws"), init_payload=HEADERS, subprotocols=["graphql-transport-ws"]
    )
    async with Client(transport=transport) as session:
        asked = gql(words("FOLLOW"))
        asked.variable_values = {"after": AFTER}
        async for event in session.subscribe(asked):
            tell("event", event["accountStatusChanged"]["cursor"])


async def main() -> None:
    """Ask, then follow until the test hangs up."""
    await ask()
    following = asyncio.create_task(follow())
    await asyncio.to_thread(sys.stdin.read)
    following.cancel()


asyncio.run(main())
