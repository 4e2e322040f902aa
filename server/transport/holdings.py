"""How many of something each caller holds at a time, such as sockets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable


class TooMany(Exception):
    """The caller holds as many as it may."""


class Holdings:
    """Counts what callers hold."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: Counter[str] = Counter()

    def take(self, caller: str) -> Callable[[], None]:
        """Count one more, until what is returned is called. Raises `TooMany`."""
        if self._held[caller] >= self._most:
            raise TooMany
        self._held[caller] += 1
        given_back = False

        def give_back() -> None:
            nonlocal given_back
            if given_back:
                return
            given_back = True
            self._held[caller] -= 1
            if not self._held[caller]:
                del self._held[caller]

        return give_back

    def held(self, caller: str) -> int:
        """How many the caller holds."""
        return self._held[caller]
