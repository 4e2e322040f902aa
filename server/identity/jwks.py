"""
The identity provider's public keys (JWKS): fetched, kept, and looked up anew when one is missing.

A token with an unknown key id may be the first after a rotation, or anybody's invention: so it causes a fetch,
but at most one a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import orjson
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

FRESH = timedelta(minutes=10)
"""How long fetched keys count before they are fetched anew: a key that was withdrawn is believed no longer."""
KEPT = timedelta(days=1)
"""How long they count at most while the provider cannot be reached."""
PAUSE = timedelta(minutes=1)
"""How long after a fetch, good or bad, the next one may begin."""
TIMEOUT = aiohttp.ClientTimeout(total=5)
MAX_BODY = 256 * 1024
KEY_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
"""What kind of key an algorithm takes, by how its name begins."""

log = structlog.get_logger("linkroll.callers")


class KeysUnavailable(Exception):
    """There are no keys, and none can be fetched now."""


class Jwks:
    """The keys at one address."""

    def __init__(self, url: str, now: Callable[[], datetime]) -> None:
        self._url = url
        self._now = now
        self._keys: list[dict[str, Any]] = []
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._fetching = asyncio.Lock()

    async def key(self, key_id: str | None, algorithm: str) -> Key | None:
        """The one key for a token's header, or None; `KeysUnavailable` when there are no keys at all."""
        found = self._pick(key_id, algorithm)
        # Who has a key need not wait for others' fetch.
        if found is not None and (self._is_within(FRESH, self._fetched_at) or self._fetching.locked()):
            return found
        await self._renew()
        if not self._keys:
            raise KeysUnavailable
        return self._pick(key_id, algorithm)

    def _pick(self, key_id: str | None, algorithm: str) -> Key | None:
        fitting = [
            data
            for data in self._keys
            if data.get("kty") == KEY_TYPES.get(algorithm[:2])
            and data.get("use") in (None, "sig")
            and data.get("alg") in (None, algorithm)
            and (key_id is None or data.get("kid") == key_id)
        ]
        # Without an id there must be no choice: else whoever makes the token would choose.
        if not fitting or (key_id is None and len(fitting) > 1):
            return None
        try:
            return JWKRegistry.import_key(fitting[0])
        except (JoseError, ValueError, KeyError, TypeError):
            log.warning("a key of the identity provider is malformed", kid=str(key_id)[:100])
            return None

    def _is_within(self, span: timedelta, moment: datetime | None) -> bool:
        """Whether *moment* is that little ago; a clock that was set back makes it not so."""
        return moment is not None and timedelta() <= self._now() - moment < span

    async def _renew(self) -> None:
        async with self._fetching:
            if self._is_within(PAUSE, self._tried_at):
                return
            try:
                self._keys = await self.fetch()
                self._fetched_at = self._now()
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                log.warning("identity provider's keys not fetched", url=self._url, error=type(error).__name__)
                if not self._is_within(KEPT, self._fetched_at):
                    self._keys = []
            finally:
                self._tried_at = self._now()

    async def fetch(self) -> list[dict[str, Any]]:
        """The key set as it stands there now; `ValueError` for any other answer."""
        body = bytearray()
        # A session of its own: the platforms' one knows no address of the operator's network, where a
        # provider may well stand.
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(self._url, allow_redirects=False) as answer,
        ):
            async for chunk in answer.content.iter_chunked(16 * 1024):
                body += chunk
                if len(body) > MAX_BODY:
                    raise ValueError("too large for a key set")
        if answer.status != 200:
            raise ValueError("not a key set")
        found = orjson.loads(bytes(body))
        keys = found.get("keys") if isinstance(found, dict) else None
        if not isinstance(keys, list):
            raise ValueError("not a key set")
        return [key for key in keys if isinstance(key, dict)]
