"""
Public documents of platforms, such as their signing keys: fetched by the guarded client, kept for a while.

A forged delivery can name a key that nobody knows as often as it likes: the platform is asked at most once
a minute for that, and by one request at a time.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from linkroll_sdk import Documents, Login, PlatformUnavailable, Request, Response, UnexpectedAnswer

from server.host import Host
from server.services.platforms.logins import http_for

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=24)
"""How long a document is kept, whatever the platform says."""
FRESH_AGAIN = timedelta(minutes=1)
TRY_AGAIN = timedelta(seconds=5)
"""How soon a platform that did not answer is asked again: deliveries must not queue up behind its time-out."""

OPERATION = "document"
MAX_AGE = re.compile(r"(?:\A|[,\s])max-age=\"?([0-9]{1,10})\b", re.IGNORECASE)
MUST_ASK = re.compile(r"\bno-(?:store|cache)\b", re.IGNORECASE)


@dataclass
class _Kept:
    """One document, and the lock of whoever fetches it."""

    document: Any = None
    fetched_at: datetime | None = None
    until: datetime | None = None
    asked_at: datetime | None = None
    fetching: asyncio.Lock = field(default_factory=asyncio.Lock)


class PublicDocuments:
    """The documents that this process keeps, for all logins."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._kept: dict[tuple[str, str], _Kept] = {}

    def of(self, login: Login) -> Documents:
        """The documents as the plugin of *login* may ask for them."""
        return _DocumentsOf(self, login)

    async def json(self, login: Login, url: str, fresh: bool) -> Any:
        """See `linkroll_sdk.Documents.json`."""
        kept = self._kept.setdefault((login.key, url), _Kept())
        async with kept.fetching:
            if not self._is_current(kept, fresh):
                await self._fetch(login, url, kept)
            return kept.document

    def _is_current(self, kept: _Kept, fresh: bool) -> bool:
        """Whether the kept document will do. Raises `PlatformUnavailable` where it won't and nobody may ask."""
        now = self._host.now()
        if _within(kept.fetched_at, now, kept.until):
            return not fresh or _asked_within(kept, now, FRESH_AGAIN)
        if kept.fetched_at != kept.asked_at and _asked_within(kept, now, TRY_AGAIN):
            raise PlatformUnavailable("did not answer a moment ago", operation=OPERATION)
        return False

    async def _fetch(self, login: Login, url: str, kept: _Kept) -> None:
        kept.asked_at = self._host.now()
        response = await http_for(self._host, login).send(Request("GET", url, OPERATION))
        document = _read(response)
        kept.document, kept.fetched_at = document, kept.asked_at
        kept.until = kept.asked_at + keeping_time(response)


class _DocumentsOf:
    """One login's `Documents`."""

    def __init__(self, documents: PublicDocuments, login: Login) -> None:
        self._documents = documents
        self._login = login

    async def json(self, url: str, *, fresh: bool = False) -> Any:
        """See `linkroll_sdk.Documents.json`."""
        return await self._documents.json(self._login, url, fresh)


def keeping_time(response: Response) -> timedelta:
    """How long an answer is kept, by its `Cache-Control` and within our bounds."""
    control = response.headers.get("cache-control", "")
    found = MAX_AGE.search(control)
    if found is None or MUST_ASK.search(control):
        return SHORTEST
    return min(max(timedelta(seconds=int(found[1])), SHORTEST), LONGEST)


def _read(response: Response) -> Any:
    if response.status != 200:
        raise PlatformUnavailable(operation=OPERATION, platform_code=f"HTTP {response.status}")
    try:
        return response.json()
    except UnexpectedAnswer:
        raise PlatformUnavailable(operation=OPERATION, platform_code="no JSON") from None


def _within(start: datetime | None, now: datetime, end: datetime | None) -> bool:
    """Whether *now* lies between the two. A clock that was set back makes nothing last longer."""
    return start is not None and end is not None and start <= now < end


def _asked_within(kept: _Kept, now: datetime, time: timedelta) -> bool:
    return kept.asked_at is not None and _within(kept.asked_at, now, kept.asked_at + time)
