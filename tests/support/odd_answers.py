"""Answers and errors of no contract, of every kind and size."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

from linkroll_sdk import (
    AccessTokenRejected,
    ConsentFailed,
    Grant,
    InvalidReason,
    RateLimited,
    Reading,
    ReauthorizationRequired,
    ScopeNotGranted,
)

from support.chirp_metrics import FOLLOWERS

MIB = 1 << 20
HUGE = "x" * (20 * MIB)
"""Made once, by the test: what is measured is what becomes of it."""
NUMBER = Reading.of(FOLLOWERS, 7.0)


def endless() -> Iterator[Any]:
    """Readings without end."""
    return itertools.repeat(NUMBER)


async def endless_later() -> Any:
    """An async iterator where an answer belongs."""
    while True:
        yield NUMBER


def malformed(error: Any, **facts: Any) -> Callable[[], Any]:
    """An act that raises an sdk error with facts of another kind than its type's."""

    def act() -> Any:
        for name, value in facts.items():
            setattr(error, name, value)
        raise error

    return act


SHAPES: dict[str, Callable[[], Any]] = {
    "nothing": lambda: None,
    "a number": lambda: 7,
    "not a number": lambda: math.nan,
    "a text": lambda: "yes",
    "an empty text": lambda: "",
    "bytes": lambda: b"yes",
    "a list": lambda: [1, 2],
    "an object": object,
    "a class": lambda: Grant,
    "a dictionary": lambda: {"subject": "1"},
    "a generator": endless,
    "an async iterator": endless_later,
    "a long text": lambda: HUGE,
    "a mapping without end": lambda: itertools.count(),
}

ERRORS: dict[str, Callable[[], Any]] = {
    "a wait that is no number": malformed(RateLimited(math.nan)),
    "a wait without end": malformed(RateLimited(math.inf)),
    "a wait that is a text": malformed(RateLimited(), retry_after="soon"),
    "no reason": malformed(ReauthorizationRequired(InvalidReason.EXPIRED), reason=None),
    "a reason that is a text": malformed(ReauthorizationRequired(InvalidReason.EXPIRED), reason="EXPIRED!"),
    "a refused token without a reason": malformed(AccessTokenRejected(InvalidReason.EXPIRED), reason=7),
    "missing numbers": malformed(ScopeNotGranted(["read"]), missing=[7]),
    "a code that is none": malformed(ConsentFailed("x"), code=7),
    "an operation that is none": malformed(RateLimited(5.0), operation=7),
}
