"""A GraphQL client over real HTTP and WebSocket, as a frontend would be one."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

OPERATION = itertools.count()


class Client:
    """Sends operations with one key."""

    def __init__(self, url: str, session: aiohttp.ClientSession, key: str | None = None) -> None:
        self.url = url
        self.key = key
        self.session = session

    async def send(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer, errors and all."""
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        body = {"query": query, "variables": variables}
        async with self.session.post(f"{self.url}/graphql", json=body, headers=headers) as answer:
            return await answer.json()  # type: ignore[no-any-return]

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data; an error fails the test. With one root field, that field's value."""
        answer = await self.send(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data = answer["data"]
        return next(iter(data.values())) if len(data) == 1 else data

    async def error_code(self, query: str, **variables: Any) -> str:
        """The code of the one error that the operation gets."""
        answer = await self.send(query, **variables)
        assert "errors" in answer, answer
        return str(answer["errors"][0]["extensions"]["code"])

    @contextlib.asynccontextmanager
    async def subscribe(self, query: str, **variables: Any) -> AsyncIterator[AsyncIterator[Any]]:
        """The values of a subscription's root field, over graphql-transport-ws, as they come."""
        async with self.session.ws_connect(
            f"{self.url}/graphql", protocols=["graphql-transport-ws"]
        ) as socket:
            await socket.send_json(
                {"type": "connection_init", "payload": {"Authorization": f"Bearer {self.key}"}}
            )
            ack = await socket.receive()
            assert ack.type is aiohttp.WSMsgType.TEXT and ack.json()["type"] == "connection_ack", ack
            number = str(next(OPERATION))
            payload = {"query": query, "variables": variables}
            await socket.send_json({"id": number, "type": "subscribe", "payload": payload})
            yield _values(socket)


async def _values(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[Any]:
    async for message in socket:
        frame = message.json()
        if frame["type"] == "complete":
            return
        assert frame["type"] == "next", frame
        assert "errors" not in frame["payload"], frame
        yield next(iter(frame["payload"]["data"].values()))
