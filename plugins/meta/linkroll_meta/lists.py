"""The lists of the Graph API, an answer at a time (meta sheet 4.6, confirmed)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from linkroll_meta.values import string
from linkroll_sdk import UnexpectedAnswer

MOST_EMPTY = 5
"""How many empty answers with a `next` are followed in one go: endless ones were seen (meta sheet 4.6)."""

AskPage = Callable[[dict[str, str]], Awaitable[dict[str, Any]]]
"""Asks for the answer at these parameters."""


async def next_entries(
    ask: AskPage, operation: str, after: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """The next entries of a list, and the cursor behind them; None at its end."""
    for _ in range(MOST_EMPTY):
        answer = await ask({"limit": "50"} | ({"after": after} if after else {}))
        entries, following = _entries(answer, operation), next_cursor(answer)
        if entries or following is None or following == after:
            return entries, following if following != after else None
        after = following
    return [], None


def next_cursor(answer: Mapping[str, Any]) -> str | None:
    """
    The cursor of the next answer; None at the end of the list.

    The last answer has an `after` too, so only a missing `next` ends the list; and `next` itself holds the
    access token, so it is never followed (meta sheet 4.6, confirmed).
    """
    paging = answer.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    return string(cursors.get("after")) if isinstance(cursors, dict) else None


def _entries(answer: Mapping[str, Any], operation: str) -> list[dict[str, Any]]:
    data = answer.get("data")
    if not isinstance(data, list):
        raise UnexpectedAnswer("a list without data", operation=operation)
    return [entry for entry in data if isinstance(entry, dict)]
