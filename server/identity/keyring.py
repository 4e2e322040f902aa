"""
The callers of this process: credentials looked up, and remembered until anything about a key changes.

A lookup is kept only while the listening connection stands, because that is what tells of a revocation. Who
comes with a credential that is nobody's is noted in the audit log.
"""

from __future__ import annotations

import time
from typing import Generic, TypeVar

from server.events import Listener
from server.host import Host
from server.identity.jwt_callers import JwtCallers, looks_like_jwt
from server.request_facts import current_request, request_id
from server.services.callers.api_keys import NoKey, find_viewer, hash_secret
from server.services.callers.audit import SIGN_IN, Actor, note_refusal
from server.services.callers.browser_sessions import Session, find_session, note_use
from server.services.callers.viewers import Viewer

REMEMBERED = 10_000
REMEMBERED_SECONDS = 30.0
"""A lookup is made anew after this in any case: the listening connection may be dead without a word."""
NOTED = 100
NOTED_SECONDS = 60.0
"""How many failed sign-ins a process notes in how long."""

Found = TypeVar("Found", Viewer, Session)


class Memory(Generic[Found]):
    """What lookups of one kind have found."""

    def __init__(self, listener: Listener, seconds: float) -> None:
        self._listener = listener
        self._seconds = seconds
        self._known: dict[bytes, tuple[Found, float]] = {}
        self.generation = 0
        """A lookup that was begun in another one than it ends in may have found what is no longer so."""

    def forget(self) -> None:
        """Have everything looked up anew."""
        self._known.clear()
        self.generation += 1

    def get(self, digest: bytes) -> Found | None:
        """What was found lately, if anything."""
        found, until = self._known.get(digest, (None, 0.0))
        return found if time.monotonic() < until else None

    def drop(self, digest: bytes) -> None:
        """Have one thing looked up anew."""
        self._known.pop(digest, None)

    def keep(self, digest: bytes, found: Found, generation: int) -> None:
        """Remember what a lookup of that *generation* has found, unless it may be wrong by now."""
        if self._listener.is_connected and generation == self.generation:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[digest] = (found, time.monotonic() + self._seconds)


class Keyring:
    """Turns a key, or a token of the identity provider, into its viewer. Its *sessions* do so with a cookie."""

    def __init__(
        self, host: Host, listener: Listener, *, remembered_seconds: float = REMEMBERED_SECONDS
    ) -> None:
        self._host = host
        self._jwt = JwtCallers(host, host.settings.jwt) if host.settings.jwt is not None else None
        self._known = Memory[Viewer](listener, remembered_seconds)
        self.failures = Failures(host)
        self.sessions = Sessions(host, Memory(listener, remembered_seconds), self.failures)
        listener.on_key_change = self.forget

    def forget(self) -> None:
        """Look every key up anew from now on, and every session."""
        self._known.forget()
        self.sessions.forget()

    async def viewer(self, key: str | None) -> Viewer | None:
        """The caller behind *key*, or None."""
        if key is None:
            return None
        # By digest, so that no key stands in memory longer than its request.
        digest, generation = hash_secret(key), self._known.generation
        known = self._known.get(digest)
        if known is not None and known.is_live(self._host.now()):
            return known
        found = await self._find(key)
        if isinstance(found, NoKey):
            await self.failures.note(found)
            return None
        # A key that was revoked while we looked must not be remembered as good.
        self._known.keep(digest, found, generation)
        return found

    async def _find(self, key: str) -> Viewer | NoKey:
        if self._jwt is not None and looks_like_jwt(key):
            return await self._jwt.find(key)
        return await find_viewer(self._host.database, key, self._host.now())


class Sessions:
    """Turns the secret in a page's cookie into its session, and into the session's viewer."""

    def __init__(self, host: Host, known: Memory[Session], failures: Failures) -> None:
        self._host = host
        self._known = known
        self._failures = failures

    def forget(self) -> None:
        """Look every session up anew from now on."""
        self._known.forget()

    async def viewer(self, secret: str | None) -> Viewer | None:
        """The caller behind *secret*, or None. That is no use of the session: streams that stay ask as well."""
        session = await self.session(secret) if secret is not None else None
        return session.viewer if session is not None else None

    async def session(self, secret: str) -> Session | None:
        """The session with this secret, or None."""
        digest, generation = hash_secret(secret), self._known.generation
        known = self._known.get(digest)
        # One that seems idle here may have been used elsewhere.
        if known is not None and known.is_live(self._host.now()):
            return known
        found = await find_session(self._host, secret)
        if isinstance(found, NoKey):
            await self._failures.note(found)
            return None
        self._known.keep(digest, found, generation)
        return found

    async def use(self, secret: str) -> None:
        """Note that a live session is used: at most once a minute, so that reading is not writing."""
        digest = hash_secret(secret)
        known = self._known.get(digest)
        if known is None or known.is_due(self._host.now()):
            await note_use(self._host, secret)
            self._known.drop(digest)


class Failures:
    """The failed sign-ins of this process, as the audit log gets them."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._noted: set[NoKey] = set()
        self._noted_since = 0.0

    async def note(self, nobody: NoKey) -> None:
        """Note a failed sign-in, once a minute for each key and reason: guesses come in thousands."""
        if time.monotonic() - self._noted_since > NOTED_SECONDS:
            self._noted, self._noted_since = set(), time.monotonic()
        if nobody in self._noted or len(self._noted) >= NOTED:
            return
        self._noted.add(nobody)
        actor, address = Actor(nobody.key_id, ""), current_request().address
        await note_refusal(self._host, actor, SIGN_IN, [], nobody.reason, request_id(), address=address)
