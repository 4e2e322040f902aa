"""The report: one row a comparison, as ratios of one run."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 58


@dataclass(frozen=True)
class Row:
    """
    One comparison: the ratios of its rounds, the least that their median must reach, and what else is worth
    knowing. A *remark* is information only: what it says depends on the machine.
    """

    name: str
    ratios: Sequence[float]
    least: float
    remark: str = ""

    @property
    def ratio(self) -> float:
        """The rounds' median."""
        return statistics.median(self.ratios)

    @property
    def suffices(self) -> bool:
        """Whether the ratio is large enough."""
        return self.ratio >= self.least

    def line(self) -> str:
        """The row as it is printed."""
        span = f"({min(self.ratios):.2f}-{max(self.ratios):.2f})"
        short = "" if self.suffices else "  TOO LOW"
        return f"{self.name:<{WIDTH}}{self.ratio:>7.3f}{span:>14}{self.least:>7.2f}  {self.remark}{short}"


HEADER = f"{'':{WIDTH}}{'ratio':>7}{'(min-max)':>14}{'least':>7}"


def in_milliseconds(seconds: Sequence[float], others: Sequence[float]) -> str:
    """Both sides' medians, ours first."""
    ours, theirs = statistics.median(seconds) * 1000, statistics.median(others) * 1000
    return f"{ours:.0f} / {theirs:.0f} ms"
