"""
Outgoing HTTP, to this machine and nowhere else.

The standard library's client in a thread: it follows no redirect and knows no proxy, so a parcel
cannot leave for an address that was not registered.
"""

import asyncio
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from linkroll_sandbox.deliveries.parcels import Parcel
from linkroll_sandbox.registrations import is_loopback_url

_PATIENCE = 10.0
_LONGEST_ANSWER = 100_000


@dataclass(frozen=True)
class Reply:
    """What the receiver said, or `error` when nobody answered."""

    status: int | None = None
    headers: dict[str, str] | None = None
    body: str = ""
    error: str | None = None

    def facts(self) -> dict[str, Any]:
        """As JSON, without what is not there."""
        return {name: value for name, value in asdict(self).items() if value is not None}


async def deliver(parcel: Parcel, registered: str, times: int = 1) -> list[Reply]:
    """Send *parcel*, the very same bytes each time, and bring back the replies in order."""
    url = parcel.url(registered)
    if not is_loopback_url(url):
        raise ValueError("The sandbox delivers to this machine only.")
    return [await asyncio.to_thread(_send, parcel, url) for _ in range(times)]


def _send(parcel: Parcel, url: str) -> Reply:
    try:
        return _exchange(parcel, url)
    except (OSError, HTTPException) as error:
        return Reply(error=f"{type(error).__name__}: {error}")


def _exchange(parcel: Parcel, url: str) -> Reply:
    parts = urlsplit(url)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=_PATIENCE)
    try:
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        connection.request(parcel.method, path, body=parcel.body or None, headers=parcel.headers)
        answer = connection.getresponse()
        text = answer.read(_LONGEST_ANSWER).decode("utf-8", errors="replace")
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)
    finally:
        connection.close()
