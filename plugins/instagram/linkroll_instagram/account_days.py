"""
The days of one account. What makes them hard: only `reach` comes as a series of days; everything else comes as
one total of a window, so each day is asked by itself (meta sheet 4.1, confirmed).

A metric that wants a breakdown is asked apart, as one that does not take it would fail the call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta

from linkroll_meta.days import DAY, PACIFIC, chunks, days_between, start_of
from linkroll_meta.insights import Item, items_of, reading
from linkroll_meta.verdicts import Untold
from linkroll_sdk import Availability, DeadMetric, Metric, Reading, ask_narrowing

from linkroll_instagram.graph import Graph
from linkroll_instagram.insights import by_day, follows, item_of, total
from linkroll_instagram.metrics import ACCOUNT_HISTORY, LAG

SERIES = frozenset({"reach"})
BY_FOLLOW_TYPE = frozenset({"follows_and_unfollows"})
FEWEST_FOLLOWERS = 100
"""Smaller accounts are not told of follows (meta sheet 4.1, confirmed)."""
MOST_DAYS = 30
"""What one call may span; a cap of 30 days existed once (meta sheet 4.1, recalled)."""

Value = Callable[[Item | None, Metric], float | None]
Ask = Callable[[Sequence[Metric]], Awaitable[list[Reading]]]


class AccountDays:
    """The days of one fetch, from *since* to *until*, as far back as Instagram keeps them."""

    def __init__(self, graph: Graph, since: date, until: date, followers: int | None) -> None:
        today = graph.http.now().astimezone(PACIFIC).date()
        self.graph = graph
        self.days = days_between(max(since, today - ACCOUNT_HISTORY), min(until, today))
        self.is_small = followers is not None and followers < FEWEST_FOLLOWERS
        self.readings: list[Reading] = []
        self.dead: dict[str, DeadMetric] = {}

    async def read(self, metrics: Sequence[Metric]) -> None:
        """Ask for *metrics*, and note the readings and the refused ones."""
        series = [m for m in metrics if m.platform_name in SERIES]
        kinds = [m for m in metrics if m.platform_name in BY_FOLLOW_TYPE]
        totals = [m for m in metrics if m not in series and m not in kinds]
        await self._read_series(series)
        await self._read_totals(totals, lambda item, metric: total(item))
        if self.is_small:
            self.readings += self._withheld(kinds, self.days)
        else:
            await self._read_totals(kinds, lambda item, metric: follows(item, metric.name), "follow_type")

    # Asking

    async def _read_series(self, metrics: Sequence[Metric]) -> None:
        for first, last in chunks(self.days, MOST_DAYS):
            days = days_between(first, last)

            async def ask(some: Sequence[Metric], days: Sequence[date] = days) -> list[Reading]:
                return await self._ask_series(some, days)

            await self._narrow(metrics, ask)

    async def _read_totals(
        self, metrics: Sequence[Metric], value: Value, breakdown: str | None = None
    ) -> None:
        for day in self.days:

            async def ask(some: Sequence[Metric], day: date = day) -> list[Reading]:
                return await self._ask_total(some, day, value, breakdown)

            await self._narrow(metrics, ask)

    async def _narrow(self, metrics: Sequence[Metric], ask: Ask) -> None:
        """Ask for those of *metrics* that were not refused before."""
        found = await ask_narrowing([m for m in metrics if m.platform_name not in self.dead], ask)
        self.readings += [one for answer in found.answers for one in answer]
        self.dead |= {one.platform_name: one for one in found.dead}

    async def _ask_series(self, metrics: Sequence[Metric], days: Sequence[date]) -> list[Reading]:
        try:
            items = await self._insights(metrics, days, "time_series")
        except Untold:
            return self._withheld(metrics, days)
        found: list[Reading] = []
        for metric in metrics:
            values = by_day(item_of(items, metric))
            found += [one for day in days for one in self._reading(metric, values.get(day), day)]
        return found

    async def _ask_total(
        self, metrics: Sequence[Metric], day: date, value: Value, breakdown: str | None
    ) -> list[Reading]:
        try:
            items = await self._insights(metrics, [day], "total_value", breakdown)
        except Untold:
            return self._withheld(metrics, [day])
        told = [(metric, value(item_of(items, metric), metric)) for metric in metrics]
        return [one for metric, number in told for one in self._reading(metric, number, day)]

    async def _insights(
        self, metrics: Sequence[Metric], days: Sequence[date], metric_type: str, breakdown: str | None = None
    ) -> list[Item]:
        end = start_of(days[-1] + DAY)
        # For a series it is not told whether a point that ends with the window is inside it.
        end = end + timedelta(hours=1) if metric_type == "time_series" else end
        answer = await self.graph.get(
            f"{self.graph.account.platform_id}/insights",
            "account_insights",
            metric=",".join(dict.fromkeys(m.platform_name for m in metrics)),
            period="day",
            metric_type=metric_type,
            since=str(int(start_of(days[0]).timestamp())),
            until=str(int(min(end, self.graph.http.now()).timestamp())),
            **({"breakdown": breakdown} if breakdown else {}),
        )
        return items_of(answer)

    # Judging

    def _reading(self, metric: Metric, value: float | None, day: date) -> list[Reading]:
        """
        The reading of a day's value; none for a day that is long past and was not told.

        The window of a single day may read 0 while its numbers are late (meta sheet 4.1, confirmed): until
        the lag is over, a 0 is no number.
        """
        age = self.graph.http.now() - start_of(day + DAY)
        if value is None:
            return [Reading.none(metric, Availability.NOT_YET, day)] if age < LAG + DAY else []
        if value == 0 and age < LAG:
            return [Reading.none(metric, Availability.NOT_YET, day)]
        return [reading(metric, value, day)]

    def _withheld(self, metrics: Sequence[Metric], days: Sequence[date]) -> list[Reading]:
        return [Reading.none(metric, Availability.WITHHELD, day) for metric in metrics for day in days]
