"""The server as a client meets it: GraphQL over HTTP, and subscriptions over graphql-transport-ws."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from server.demo.narrator import Difference

PATIENCE_SECONDS = 10


class Api:
    """Sends operations with one key."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str) -> None:
        self._session = session
        self._endpoint = f"{url}/graphql"
        self._authorization = f"Bearer {key}"

    async def ask(self, query: str, **variables: Any) -> Any:
        """The value of the operation's one root field."""
        async with self._session.post(
            self._endpoint,
            json={"query": query, "variables": variables},
            headers={"Authorization": self._authorization},
        ) as response:
            answer = await response.json(content_type=None)
        if not isinstance(answer, dict) or not answer.keys() & {"data", "errors"}:
            raise Difference(
                "this is no GraphQL server", expected="data", got=f"status {response.status}: {answer}"
            )
        if "errors" in answer:
            error = answer["errors"][0]
            code = error.get("extensions", {}).get("code", "an error")
            raise Difference(
                "GraphQL answered with an error", expected="data", got=f"{code}: {error['message']}"
            )
        return next(iter(answer["data"].values()))

    @contextlib.asynccontextmanager
    async def subscribe(self, query: str, **variables: Any) -> AsyncIterator[Stream]:
        """The values of a subscription, for as long as this lasts."""
        async with self._session.ws_connect(self._endpoint, protocols=["graphql-transport-ws"]) as socket:
            # Browsers cannot set headers on a WebSocket, so the key goes into the first message.
            await socket.send_json(
                {"type": "connection_init", "payload": {"Authorization": self._authorization}}
            )
            stream = Stream(socket)
            await stream.acknowledged()
            payload = {"query": query, "variables": variables}
            await socket.send_json({"id": "1", "type": "subscribe", "payload": payload})
            yield stream


class Stream:
    """One subscription on a socket of its own."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def acknowledged(self) -> None:
        """Wait for the server's word that the key is good."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            message = await self._message()
        if message["type"] != "connection_ack":
            raise Difference("the WebSocket was not opened", expected="connection_ack", got=message)

    async def take(self, count: int) -> list[Any]:
        """The next *count* values, in their order."""
        values: list[Any] = []
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(values) < count:
                    values.append(await self._value())
        except TimeoutError:
            raise Difference("the subscription fell silent", expected=f"{count} values", got=values) from None
        return values

    async def _value(self) -> Any:
        message = await self._message()
        payload = message.get("payload")
        if message["type"] != "next" or "errors" in payload:
            raise Difference("the subscription did not go on", expected="a value", got=message)
        return next(iter(payload["data"].values()))

    async def _message(self) -> Any:
        while True:
            frame = await self._socket.receive()
            if frame.type is not aiohttp.WSMsgType.TEXT:
                raise Difference(
                    "the WebSocket was closed", expected="a message", got=f"{frame.data} {frame.extra or ''}"
                )
            message = json.loads(frame.data)
            if message["type"] != "ping":
                return message
            await self._socket.send_json({"type": "pong"})
