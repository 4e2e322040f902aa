"""
The callers of this process: keys looked up, and remembered until anything about a key changes.

A lookup is kept only while the listening connection stands, because that is what tells of a revocation.
"""

from __future__ import annotations

import hashlib
import time

from server.database import Database
from server.events import Listener
from server.services.api_keys import find_viewer
from server.services.viewers import Viewer

REMEMBERED = 10_000
REMEMBERED_SECONDS = 30.0
"""A lookup is made anew after this in any case: the listening connection may be dead without a word."""


class Keyring:
    """Turns a key into its viewer."""

    def __init__(self, database: Database, listener: Listener) -> None:
        self._database = database
        self._listener = listener
        self._known: dict[bytes, tuple[Viewer, float]] = {}
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
        viewer, until = self._known.get(digest, (None, 0.0))
        if viewer is not None and time.monotonic() < until:
            return viewer
        generation = self._generation
        viewer = await find_viewer(self._database, key)
        # A key that was revoked while we looked must not be remembered as good.
        if viewer is not None and self._listener.is_connected and generation == self._generation:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[digest] = (viewer, time.monotonic() + REMEMBERED_SECONDS)
        return viewer
