"""Time as the tests let it pass."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

Travel = Callable[..., Awaitable[None]]
"""`await travel(days=91)`: later, for the platforms and for the server alike."""
