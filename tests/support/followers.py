"""Subscribers under fire: cut again and again, each comes back with its last cursor, and keeps all it was told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from support.events import FOLLOW
from support.fleet import Fleet

LOST = (aiohttp.ClientError, ConnectionError, TimeoutError)
QUIET = aiohttp.ClientTimeout(total=None, sock_connect=10)
Told = tuple[str, str, str | None, str | None, str | None]
"""An event: its cursor, its account, the status before and since, and why."""


class Follower:
    """One subscriber, by WebSocket or by server-sent events, with what its key and its filter let through."""

    def __init__(
        self, name: str, key: str, fleet: Fleet, session: aiohttp.ClientSession, after: str, **variables: Any
    ) -> None:
        self.name = name
        self.told: list[Told] = []
        self.came_back = -1
        self.oddities: list[Any] = []
        self._key = key
        self._fleet = fleet
        self._session = session
        self._after = after
        self._variables = variables
        self._chance = random.Random(name)

    @property
    def cursor(self) -> str:
        """Where it is."""
        return self.told[-1][0] if self.told else self._after

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            self.came_back += 1
            url = self._chance.choice(self._fleet.urls)
            with contextlib.suppress(*LOST):
                async for event in self._stream(url):
                    self._take(event)
            await asyncio.sleep(self._chance.uniform(0.05, 0.4))

    def _take(self, event: Any) -> None:
        if event["__typename"] != "AccountStatusChanged":
            self.oddities.append(event)
            return
        names = ("cursor", "accountId", "previousStatus", "status", "statusReason")
        self.told.append(tuple(event[name] for name in names))  # type: ignore[arg-type]

    def _body(self) -> dict[str, Any]:
        return {"query": FOLLOW, "variables": {**self._variables, "after": self.cursor}}

    def _stream(self, url: str) -> AsyncIterator[Any]:
        """The events from the cursor on, until the stream ends."""
        return self._by_socket(url)

    async def _by_socket(self, url: str) -> AsyncIterator[Any]:
        async with self._session.ws_connect(
            f"{url}/graphql", protocols=["graphql-transport-ws"], heartbeat=5
        ) as socket:
            payload = {"Authorization": f"Bearer {self._key}"}
            await socket.send_json({"type": "connection_init", "payload": payload})
            await socket.receive()
            await socket.send_json({"id": "1", "type": "subscribe", "payload": self._body()})
            async for message in socket:
                frame = message.json()
                if frame["type"] != "next" or "errors" in frame["payload"]:
                    return
                yield frame["payload"]["data"]["accountStatusChanged"]


class ServerSentFollower(Follower):
    """One that has no WebSocket."""

    def _stream(self, url: str) -> AsyncIterator[Any]:
        return self._by_lines(url)

    async def _by_lines(self, url: str) -> AsyncIterator[Any]:
        headers = {"Authorization": f"Bearer {self._key}", "Accept": "text/event-stream"}
        async with self._session.post(
            f"{url}/graphql", json=self._body(), headers=headers, timeout=QUIET
        ) as answer:
            if answer.content_type != "text/event-stream":
                return
            async for line in answer.content:
                # The last line of a stream that was cut may be half a line.
                if not line.startswith(b"data:") or not line.endswith(b"\n"):
                    continue
                if data := line.removeprefix(b"data:").strip():
                    payload = json.loads(data)
                    if "errors" in payload:
                        return
                    yield payload["data"]["accountStatusChanged"]
