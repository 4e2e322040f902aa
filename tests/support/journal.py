"""What clients asked under fire, and what they know of its end: acknowledged, refused, or nothing."""

from __future__ import annotations

import itertools
import random
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from support.client import Client
from support.fleet import Fleet

PATIENCE = aiohttp.ClientTimeout(total=60)
AWAY = ("SERVICE_UNAVAILABLE", "OUTCOME_UNKNOWN", "INTERNAL_ERROR")
"""The errors that a client may meet while something is killed."""


class Cut(Exception):
    """Nobody knows what became of a request."""

    def __init__(self, request_id: str, why: str) -> None:
        super().__init__(request_id, why)
        self.request_id = request_id


@dataclass
class Journal:
    """Every request by its id, and how it ended."""

    sent: int = 0
    answered: int = 0
    acknowledged: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    unknown_why: dict[str, str] = field(default_factory=dict)
    """What a client heard last of each that is unknown."""
    surprises: list[str] = field(default_factory=list)
    """What failed although everything was up."""

    def note(self, request_id: str, mutation: str | None, answer: Any) -> None:
        """An answer came."""
        self.answered += 1
        if mutation is not None:
            done = answer["__typename"].endswith("Success")
            (self.acknowledged if done else self.refused)[request_id] = mutation

    def lose(self, request_id: str, mutation: str | None, why: str) -> Cut:
        """No answer came, or one that says nothing of the end."""
        if mutation is not None:
            self.unknown[request_id] = mutation
            self.unknown_why[request_id] = why
        return Cut(request_id, why)


class Caller(Client):
    """A client with one key, at whichever server, that keeps a journal."""

    def __init__(
        self, name: str, key: str, fleet: Fleet, session: aiohttp.ClientSession, journal: Journal, seed: str
    ) -> None:
        super().__init__(fleet.urls[0], session, key)
        self.name = name
        self.fleet = fleet
        self.journal = journal
        self._chance = random.Random(f"{seed} {name}")
        self._number = itertools.count(1)

    async def send(self, query: str, **variables: Any) -> dict[str, Any]:
        """The answer. Raises `Cut` when nobody knows."""
        request_id = f"{self.name}-{next(self._number)}"
        self.url = self._chance.choice(self.fleet.urls)
        self.journal.sent += 1
        began = time.monotonic()
        mutation = query.split("{", 2)[1].split("(")[0].strip() if query.startswith("mutation") else None
        try:
            answer = await self._post(request_id, {"query": query, "variables": variables})
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._lost(request_id, mutation, type(error).__name__, began) from error
        if "errors" in answer:
            code = answer["errors"][0]["extensions"]["code"]
            assert code in AWAY, answer
            raise self._lost(request_id, mutation, code, began)
        self.journal.note(request_id, mutation, next(iter(answer["data"].values())))
        return answer

    async def _post(self, request_id: str, body: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}", "X-Request-Id": request_id}
        async with self.session.post(
            f"{self.url}/graphql", json=body, headers=headers, timeout=PATIENCE
        ) as answer:
            return await answer.json()  # type: ignore[no-any-return]

    def _lost(self, request_id: str, mutation: str | None, why: str, began: float) -> Cut:
        if self.fleet.whole.is_set() and began > self.fleet.whole_since:
            self.journal.surprises.append(f"{request_id} {mutation or 'query'}: {why}")
        return self.journal.lose(request_id, mutation, why)
