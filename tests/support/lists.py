"""A list of the API as a client pages through it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from support.client import Client

Between = Callable[[], Awaitable[None]]


async def nothing() -> None:
    """Nothing happens between two pages."""


class Pages:
    """One list in one order, such as `socialAccounts` or (with *parent*) `Profile.socialAccounts`."""

    def __init__(
        self, client: Client, name: str, order: str | None = None, parent: str | None = None, filter: str = ""
    ) -> None:
        self.client = client
        _, _, field = name.rpartition(".")
        key = "cursor" if name == "statusEvents" else "id"
        arguments = f"first: $first, after: $after, last: $last, before: $before {filter}"
        arguments += f", orderBy: {order}" if order else ""
        page = (
            f"{field}({arguments}) {{ totalCount nodes {{ key: {key} }} edges {{ cursor node {{ key: {key} }} }}"
            " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"
        )
        variables = "$first: Int, $after: String, $last: Int, $before: String"
        if parent is None:
            self._query = f"query ({variables}) {{ page: {page} }}"
        else:
            self._query = f'query ({variables}) {{ parent: profile(id: "{parent}") {{ page: {page} }} }}'

    async def page(self, **arguments: Any) -> Any:
        """One page: `first`, `after`, `last`, `before` as the API takes them."""
        answer = await self.client.ask(self._query, **arguments)
        return answer if "pageInfo" in answer else answer["page"]

    async def error_code(self, **arguments: Any) -> str:
        """The code of the error that these arguments get."""
        return await self.client.error_code(self._query, **arguments)

    async def forward(self, size: int, between: Between = nothing) -> list[str]:
        """The keys of all rows, from the front, *size* at a time; *between* happens before each further page."""
        page = await self.page(first=size)
        found = keys(page)
        while page["pageInfo"]["hasNextPage"]:
            await between()
            page = await self.page(first=size, after=page["pageInfo"]["endCursor"])
            found += keys(page)
        return found

    async def backward(self, size: int, between: Between = nothing) -> list[str]:
        """The keys of all rows, in the list's own order, *size* at a time from the back."""
        page = await self.page(last=size)
        found = keys(page)
        while page["pageInfo"]["hasPreviousPage"]:
            await between()
            page = await self.page(last=size, before=page["pageInfo"]["startCursor"])
            found = keys(page) + found
        return found


def keys(page: Any) -> list[str]:
    """What tells a page's rows apart."""
    return [node["key"] for node in page["nodes"]]
