"""A WebSocket as a client holds it in its hand: frame by frame, well-formed or not."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp


class Socket:
    """One open WebSocket to `/graphql`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def init(self, key: str | None) -> Any:
        """Say who we are; the frame that answers, or the code that the socket was closed with."""
        payload = {"Authorization": f"Bearer {key}"} if key else {}
        await self.send({"type": "connection_init", "payload": payload})
        return await self.receive()

    async def start(self, number: str, query: str, **variables: Any) -> None:
        """Begin an operation."""
        await self.send(
            {"id": number, "type": "subscribe", "payload": {"query": query, "variables": variables}}
        )

    async def send(self, frame: Any) -> None:
        """Send a frame as JSON."""
        await self._socket.send_json(frame)

    async def send_text(self, text: str) -> None:
        """Send a text frame as it stands."""
        await self._socket.send_str(text)

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary frame."""
        await self._socket.send_bytes(data)

    async def receive(self) -> Any:
        """The next frame, or the code that the socket was closed with."""
        message = await self._socket.receive(timeout=20)
        if message.type is aiohttp.WSMsgType.TEXT:
            return message.json()
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED), message
        return self._socket.close_code

    async def result(self, number: str) -> Any:
        """What an operation answers first: its payload, or its errors."""
        frame = await self.receive()
        assert frame["id"] == number, frame
        return frame["payload"]


@contextlib.asynccontextmanager
async def open_socket(
    session: aiohttp.ClientSession, url: str, protocols: tuple[str, ...] = ("graphql-transport-ws",)
) -> AsyncIterator[Socket]:
    """A socket that has not said who it is."""
    async with session.ws_connect(f"{url}/graphql", protocols=protocols) as opened:
        yield Socket(opened)
