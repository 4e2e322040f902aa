"""Which form an answer takes, by the request's `Accept` (RFC 9110 12.5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
HTML = "text/html"


@dataclass(frozen=True, slots=True)
class _Range:
    """One media range of an `Accept`."""

    type: str
    subtype: str
    quality: float

    def fit(self, media_type: str) -> int:
        """How closely the range names this type: 0 not at all, 3 exactly."""
        kind, _, subtype = media_type.partition("/")
        if self.type == "*":
            return 1
        if self.type != kind:
            return 0
        return 2 if self.subtype == "*" else 3 * (self.subtype == subtype)


class Accept:
    """A request's wishes. No `Accept` at all wishes for anything."""

    def __init__(self, header: str | None) -> None:
        self._ranges = list(_ranges(header or "*/*"))

    @property
    def json(self) -> str | None:
        """The JSON type for a single answer; None when none is welcome. Of equals `application/json`."""
        graphql, plain = self._quality(GRAPHQL), self._quality(JSON)
        if not graphql and not plain:
            return None
        if graphql > plain or (graphql == plain and self._names(GRAPHQL) and not self._names_first(JSON)):
            return GRAPHQL
        return JSON

    @property
    def events(self) -> bool:
        """Whether a stream of events was asked for by its name."""
        return self._names(EVENTS) and self._quality(EVENTS) > 0

    @property
    def html(self) -> bool:
        """Whether a browser asks for a page."""
        return self._names(HTML) and self._quality(HTML) > 0

    def _quality(self, media_type: str) -> float:
        """How welcome a type is, by the range that names it most closely."""
        fits = [(wish.fit(media_type), wish.quality) for wish in self._ranges]
        fit, quality = max(fits, default=(0, 0.0))
        return quality if fit else 0.0

    def _names(self, media_type: str) -> bool:
        return any(wish.fit(media_type) == 3 for wish in self._ranges)

    def _names_first(self, media_type: str) -> bool:
        named = [wish for wish in self._ranges if wish.fit(GRAPHQL) == 3 or wish.fit(JSON) == 3]
        return bool(named) and named[0].fit(media_type) == 3


def _ranges(header: str) -> Iterator[_Range]:
    for part in header.split(",")[:50]:
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        kind, slash, subtype = media_range.partition("/")
        if slash:
            yield _Range(kind, subtype, _quality(parameters))


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
