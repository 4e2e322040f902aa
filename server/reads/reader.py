"""Everything a read needs of its request."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from server.database import Record
from server.host import Host
from server.reads.sql import Sql
from server.services.callers.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Reader:
    """
    Reads rows for one viewer, all at one moment by the server's clock.

    One moment for a whole answer: a status and the filter that found it never disagree.
    """

    host: Host
    viewer: Viewer
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "now", self.host.now())

    def sql(self) -> Sql:
        """A new statement."""
        return Sql(self.now, self.host.settings.warning)

    async def fetch(self, text: str, sql: Sql) -> list[Record]:
        """Run a statement."""
        return await self.host.database.fetch(text, *sql.args)
