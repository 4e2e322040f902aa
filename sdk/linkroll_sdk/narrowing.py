"""
One refused metric must not sink the others: ask for all, and on refusal narrow down to the culprits.

Platforms refuse a whole call for one metric they no longer know, and often do not say which.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from linkroll_sdk.errors import MetricsRefused
from linkroll_sdk.metrics import DeadMetric, Metric

T = TypeVar("T")


@dataclass
class Narrowed(Generic[T]):
    """The answers that were had, and the metrics that were refused on their own."""

    answers: list[T] = field(default_factory=list)
    dead: list[DeadMetric] = field(default_factory=list)


async def ask_narrowing(
    metrics: Sequence[Metric], ask: Callable[[Sequence[Metric]], Awaitable[T]]
) -> Narrowed[T]:
    """
    Ask for all *metrics* in one call; where `MetricsRefused` comes back, without those it names, or else
    by halves. At most about `2 k log2 n` calls for k dead ones among n.
    """
    found: Narrowed[T] = Narrowed()
    open_sets = [list(metrics)] if metrics else []
    while open_sets:
        asked = open_sets.pop()
        try:
            found.answers.append(await ask(asked))
        except MetricsRefused as refused:
            open_sets += _narrower(asked, refused, found)
    return found


def _narrower(asked: list[Metric], refused: MetricsRefused, found: Narrowed[T]) -> list[list[Metric]]:
    named = [m for m in asked if m.platform_name in refused.platform_names]
    if not named and len(asked) == 1:
        named = asked
    if named:
        found.dead += [DeadMetric(m.platform_name, refused.platform_code) for m in named]
        rest = [m for m in asked if m not in named]
        return [rest] if rest else []
    half = len(asked) // 2
    return [asked[half:], asked[:half]]
