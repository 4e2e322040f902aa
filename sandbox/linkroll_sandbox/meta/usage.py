"""
How much each app and each account has called within the rolling hour (section 6).

Calls are counted by the minute. They are no part of the state file: like the record of requests they
belong to one run.
"""

from dataclasses import dataclass, field

from linkroll_sandbox.clock import HOUR, MINUTE


@dataclass
class Usage:
    """Calls by bucket (an app, a Page, an Instagram account) and minute."""

    minutes: dict[str, dict[int, int]] = field(default_factory=dict)

    def count(self, bucket: str, now: float) -> None:
        """One more call."""
        minute = int(now // MINUTE)
        kept = dict(self._recent(bucket, now))
        self.minutes[bucket] = {**kept, minute: kept.get(minute, 0) + 1}

    def calls(self, bucket: str, now: float) -> int:
        """The calls of the last hour."""
        return sum(calls for minute, calls in self._recent(bucket, now))

    def minutes_until(self, bucket: str, now: float, limit: int) -> int:
        """Whole minutes until fewer than *limit* calls are within the hour."""
        left = self.calls(bucket, now)
        for minute, calls in self._recent(bucket, now):
            if left < limit:
                return 0
            left -= calls
            if left < limit:
                return max(1, int((minute * MINUTE + HOUR - now) // MINUTE) + 1)
        return 0 if left < limit else HOUR // MINUTE

    def _recent(self, bucket: str, now: float) -> list[tuple[int, int]]:
        found = self.minutes.get(bucket, {})
        return sorted((minute, calls) for minute, calls in found.items() if _is_within(minute, now))


def _is_within(minute: int, now: float) -> bool:
    # A minute of the future is left from before the clock was set back.
    return now - HOUR < minute * MINUTE <= now
