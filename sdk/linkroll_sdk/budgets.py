"""
What a platform lets an app ask, in the platform's own way of counting.

A plugin declares the buckets and reads what answers say about them; the server counts, for all of its
processes together, and waits where a bucket is empty.
"""

from __future__ import annotations

import enum
import fnmatch
from dataclasses import dataclass
from datetime import timedelta


class Window(enum.StrEnum):
    """How a bucket fills up again."""

    MINUTE = "MINUTE"
    """A sliding minute."""
    HOUR = "HOUR"
    """A sliding hour."""
    DAY = "DAY"
    """A sliding day."""
    PACIFIC_DAY = "PACIFIC_DAY"
    """A calendar day that ends at midnight in California, as Google counts."""


@dataclass(frozen=True, slots=True)
class Budget:
    """
    One bucket of a login: how much the operator's app may ask in one window.

    *operations* are patterns over `Request.operation`; each request of them costs *cost*. *limit* is
    the platform's default, None where only its answers tell (Meta's usage headers). *per_account*:
    each account has a bucket of its own. *source* is where the rule stands.
    """

    key: str
    window: Window
    limit: int | None = None
    operations: tuple[str, ...] = ("*",)
    cost: int = 1
    per_account: bool = False
    source: str = ""

    def covers(self, operation: str) -> bool:
        """Whether requests of this operation are paid from this bucket."""
        return any(fnmatch.fnmatchcase(operation, pattern) for pattern in self.operations)


@dataclass(frozen=True, slots=True)
class Usage:
    """
    What an answer told about a bucket: *percent* used, and how long until it *regains*.

    *account_id* is the platform's id of the account whose bucket it is; None for the app's.
    """

    budget: str
    percent: float
    account_id: str | None = None
    regains: timedelta | None = None
