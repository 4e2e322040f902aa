"""The sandbox's control side: its clock, and its record of what reached the platforms."""

from __future__ import annotations

from typing import Any

import aiohttp


class Sandbox:
    """The stand-in platforms that the server plays with."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.url = url
        self._session = session

    async def offset(self) -> float:
        """How far its clock is ahead, in seconds."""
        return float((await self._control("GET", "clock"))["offset_seconds"])

    async def travel_to(self, offset: float) -> None:
        """Set its clock *offset* seconds ahead; linkroll is there first, as it is told a moment before."""
        await self._control("PUT", "clock", {"offset_seconds": offset, "announced_seconds": 1})

    async def last_request(self) -> int:
        """The number of the newest platform request on record; 0 when there is none."""
        return max((request["seq"] for request in await self.requests(0)), default=0)

    async def requests(self, since: int) -> list[dict[str, Any]]:
        """The platform requests after number *since*."""
        answer = await self._control("GET", f"requests?since={since}")
        return list(answer["requests"])

    async def _control(self, method: str, path: str, body: Any = None) -> Any:
        async with self._session.request(method, f"{self.url}/_control/{path}", json=body) as answer:
            answer.raise_for_status()
            return await answer.json()
