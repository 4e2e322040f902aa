"""A connection without a library: it reads only when told to, and can end in ways that no library offers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any

TEXT, CLOSE = 0x81, 0x88
BY_RESET = struct.pack("ii", 1, 0)


class BareSocket:
    """One connection to a server, and a WebSocket once it has shaken hands."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def shake_hands(self) -> None:
        """Become a WebSocket to `/graphql`."""
        nonce = base64.b64encode(os.urandom(16)).decode()
        self.writer.write(
            f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {nonce}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head

    def say(self, message: Any) -> None:
        """Send a message as JSON, without waiting."""
        self.writer.write(_frame(TEXT, json.dumps(message).encode()))

    def greet(self, key: str | None) -> None:
        """Say who we are."""
        self.say({"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}})

    def start(self, number: str, query: str) -> None:
        """Begin an operation."""
        self.say({"type": "subscribe", "id": number, "payload": {"query": query}})

    async def hear(self) -> Any:
        """The server's next message. The code that it closes with, where it does."""
        first, length = await self.reader.readexactly(2)
        if length == 126:
            length = int.from_bytes(await self.reader.readexactly(2), "big")
        data = await self.reader.readexactly(length)
        return int.from_bytes(data[:2], "big") if first == CLOSE else json.loads(data)

    async def close(self) -> None:
        """Leave as the protocol has it: our close frame, and the server's."""
        self.writer.write(_frame(CLOSE, (1000).to_bytes(2, "big")))
        while not isinstance(await self.hear(), int):
            pass

    async def vanish(self) -> None:
        """Cut the connection: what is on its way is lost, and the server gets a reset."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, BY_RESET)
        self.writer.transport.abort()

    async def fall_silent(self) -> None:
        """End our side of the connection in the middle of everything, without a close frame."""
        self.writer.write_eof()
        await self.reader.read()

    def is_cut(self) -> bool:
        """Whether the other end has reset the connection. Looks without reading."""
        raw = self.writer.get_extra_info("socket")
        return bool(raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)) or self.writer.transport.is_closing()

    async def until_cut(self) -> None:
        """Wait until it has."""
        async with asyncio.timeout(20):
            while not self.is_cut():
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def connect(url: str, *, buffer: int | None = None) -> AsyncIterator[BareSocket]:
    """A connection to the server at *url*; with *buffer* it takes in no more before somebody reads."""
    host, _, port = url.removeprefix("http://").partition(":")
    raw = socket.socket(proto=socket.IPPROTO_TCP)
    if buffer is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=raw, limit=buffer or 2**16)
    try:
        yield BareSocket(reader, writer)
    finally:
        writer.transport.abort()


def _frame(kind: int, data: bytes) -> bytes:
    """A client's frame: masked, as the protocol demands."""
    mask = os.urandom(4)
    length = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0xFE]) + len(data).to_bytes(2, "big")
    return bytes([kind]) + length + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data))
