"""The record of everything that reached the stand-ins: an instrument for tests, secrets included."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Entry:
    """One request as it arrived, and the status it was answered with."""

    seq: int
    at: str
    method: str
    host: str
    path: str
    query: dict[str, list[str]]
    body: Any
    headers: dict[str, str]
    write: bool
    fault: str | None = None
    status: int | None = None


@dataclass
class Record:
    """The newest requests, numbered without gaps from 1."""

    entries: list[Entry] = field(default_factory=list)
    last_seq: int = 0
    #: A long development session must not grow without end.
    limit: int = 5_000

    def add(self, entry: Entry) -> None:
        """Number *entry* and keep it."""
        self.last_seq += 1
        entry.seq = self.last_seq
        self.entries.append(entry)
        del self.entries[: -self.limit]

    def select(self, host: str | None, since: int) -> list[Entry]:
        """The requests after number *since*, of one host if named."""
        return [one for one in self.entries if one.seq > since and host in (None, one.host)]

    def clear(self) -> None:
        """Forget the requests; the numbers go on, so a `since` stays meaningful."""
        self.entries.clear()
