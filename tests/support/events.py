"""The status log as a frontend reads and follows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from support.client import Client

EVENT = "cursor accountId platform previousStatus status statusReason account { id } profile { id }"
FOLLOW = f"""
  subscription ($after: String, $profileId: ID, $platforms: [PlatformKey!], $statuses: [AccountStatus!]) {{
    accountStatusChanged(after: $after, profileId: $profileId, platforms: $platforms, statuses: $statuses) {{
      __typename
      ... on AccountStatusChanged {{ {EVENT} }}
      ... on EventGap {{ cursor message }}
    }} }}
"""
SECONDS = 20.0
"""Longer than anything here takes; whoever waits for it fails."""


async def log_of(client: Client, **args: Any) -> list[Any]:
    """A page of the log, by default its first hundred events."""
    found = await client.ask(
        f"""query ($first: Int, $last: Int, $after: String, $before: String, $profileId: ID) {{
          statusEvents(first: $first, last: $last, after: $after, before: $before, profileId: $profileId) {{
            nodes {{ {EVENT} }} }} }}""",
        **(args or {"first": 100}),
    )
    return list(found["nodes"])


async def take(events: AsyncIterator[Any], number: int) -> list[Any]:
    """The next *number* events; fails when they do not come."""
    async with asyncio.timeout(SECONDS):
        return [await anext(events) for _ in range(number)]


async def take_until(events: AsyncIterator[Any], cursor: str) -> list[Any]:
    """The events up to the one at *cursor*; fails when it does not come."""
    found: list[Any] = []
    async with asyncio.timeout(SECONDS):
        while not found or found[-1]["cursor"] != cursor:
            found.append(await anext(events))
    return found


def changes(events: list[Any]) -> list[tuple[str | None, str | None, str | None]]:
    """What the events tell: status before, status since, and why."""
    return [(e["previousStatus"], e["status"], e["statusReason"]) for e in events]
