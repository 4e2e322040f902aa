"""Everything a read needs of its request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from server.database import Executor, Record
from server.host import Host
from server.reads.sql import Sql
from server.services.callers.viewers import Viewer

T = TypeVar("T")


class Torn(Exception):
    """A row that must be there went away between two statements of one answer."""


@dataclass(frozen=True, slots=True)
class Reader:
    """
    Reads rows for one viewer, all at one moment by the server's clock.

    One moment for a whole answer: a status and the filter that found it never disagree.
    """

    host: Host
    viewer: Viewer
    snapshot: Executor | None = None
    """Where all statements see the same rows; None while each sees the newest."""
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "now", self.host.now())

    def sql(self) -> Sql:
        """A new statement."""
        return Sql(self.now, self.host.settings.warning)

    async def fetch(self, text: str, sql: Sql) -> list[Record]:
        """Run a statement."""
        return await (self.snapshot or self.host.database).fetch(text, *sql.args)

    async def whole(self, read: Callable[[Reader], Awaitable[T]]) -> T:
        """
        What *read* finds, with nothing of it torn.

        A transaction for each answer would cost two statements more, and rows hardly ever go away in
        between. So it is opened when they did, and everything is read again in it.
        """
        try:
            return await read(self)
        except Torn:
            async with self.host.database.snapshot() as snapshot:
                return await read(replace(self, snapshot=snapshot))
