"""Server-sent events as a client without a library reads them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson

from support.client import Client

ACCEPT = "text/event-stream"


class Stream:
    """An open stream of events."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer
        self.status = answer.status
        self.type = answer.content_type

    async def event(self) -> tuple[str, Any]:
        """The next event: its name and its data. `("", None)` at the end, `(":", None)` for a sign of life."""
        async with asyncio.timeout(20):
            lines = [line async for line in self._block()]
        if not lines or lines[0].startswith(":"):
            return (lines[0][:1] if lines else ""), None
        fields = dict(line.split(":", 1) for line in lines)
        data = fields["data"].strip()
        return fields["event"].strip(), orjson.loads(data) if data else None

    async def _block(self) -> AsyncIterator[str]:
        while line := (await self._answer.content.readline()).decode().rstrip("\n"):
            yield line


@contextlib.asynccontextmanager
async def open_stream(
    client: Client, query: str, accept: str = ACCEPT, **variables: Any
) -> AsyncIterator[Stream]:
    """A stream of an operation's results."""
    headers = {"Accept": accept, "Authorization": f"Bearer {client.key}"}
    body = {"query": query, "variables": variables}
    async with client.session.post(f"{client.url}/graphql", json=body, headers=headers) as answer:
        yield Stream(answer)
