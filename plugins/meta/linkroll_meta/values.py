"""Single values of an answer, read leniently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST = 2**53
"""The largest count that a float holds exactly; nothing real is larger, and NaN is not smaller."""


def number(value: Any) -> float | None:
    """A number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) <= MOST else None


def count(value: Any) -> int | None:
    """A count of 0 or more; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def string(value: Any) -> str | None:
    """A non-empty text; ids may come as numbers."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value) or None


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a list; empty for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
