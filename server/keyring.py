"""
The callers of this process: credentials looked up, and remembered until anything about a key changes.

A lookup is kept only while the listening connection stands, because that is what tells of a revocation. Who
comes with a credential that is nobody's is noted in the audit log.
"""

from __future__ import annotations

import hashlib
import time

from server.events import Listener
from server.host import Host
from server.jwt_callers import JwtCallers, looks_like_jwt
from server.request_facts import request_id
from server.services.callers.api_keys import NoKey, find_viewer
from server.services.callers.audit import SIGN_IN, Actor, note_refusal
from server.services.callers.viewers import Viewer

REMEMBERED = 10_000
REMEMBERED_SECONDS = 30.0
"""A lookup is made anew after this in any case: the listening connection may be dead without a word."""
NOTED = 100
NOTED_SECONDS = 60.0
"""How many failed sign-ins a process notes in how long."""


class Keyring:
    """Turns a key, or a token of the identity provider, into its viewer."""

    def __init__(self, host: Host, listener: Listener) -> None:
        self._host = host
        self._listener = listener
        self._jwt = JwtCallers(host, host.settings.jwt) if host.settings.jwt is not None else None
        self._known: dict[bytes, tuple[Viewer, float]] = {}
        self._noted: set[str] = set()
        self._noted_since = 0.0
        self._generation = 0
        listener.on_key_change = self.forget

    def forget(self) -> None:
        """Look every key up anew from now on."""
        self._known.clear()
        self._generation += 1

    async def viewer(self, key: str | None) -> Viewer | None:
        """The caller behind *key*, or None."""
        if key is None:
            return None
        # By digest, so that no key stands in memory longer than its request.
        digest = hashlib.sha256(key.encode(errors="replace")).digest()
        known, until = self._known.get(digest, (None, 0.0))
        if known is not None and time.monotonic() < until and known.is_live(self._host.now()):
            return known
        generation = self._generation
        found = await self._find(key)
        if isinstance(found, NoKey):
            await self._note(found)
            return None
        # A key that was revoked while we looked must not be remembered as good.
        if self._listener.is_connected and generation == self._generation:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[digest] = (found, time.monotonic() + REMEMBERED_SECONDS)
        return found

    async def _find(self, key: str) -> Viewer | NoKey:
        if self._jwt is not None and looks_like_jwt(key):
            return await self._jwt.find(key)
        return await find_viewer(self._host.database, key, self._host.now())

    async def _note(self, nobody: NoKey) -> None:
        """Note a failed sign-in, once a minute for each key that was claimed: guesses come in thousands."""
        if time.monotonic() - self._noted_since > NOTED_SECONDS:
            self._noted, self._noted_since = set(), time.monotonic()
        if nobody.key_id in self._noted or len(self._noted) >= NOTED:
            return
        self._noted.add(nobody.key_id)
        await note_refusal(self._host, Actor(nobody.key_id, ""), SIGN_IN, [], nobody.reason, request_id())
