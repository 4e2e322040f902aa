"""Linked accounts, as the tests of living links ask for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

LinkOne = Callable[[str], Awaitable[int]]
"""Links one account of a platform; its row's id."""

PEOPLE = {
    "tiktok": ("mara", "@marabakes"),
    "youtube": ("mara", "@marabakes"),
    "instagram": ("mara", "@mara.bakes"),
    "facebook": ("mara", "marabakes"),
}
"""Who of the cast is linked on a platform, and by which handle."""
