"""
What Meta lets an app ask, and what its answers tell about it (meta sheet 6, confirmed but where marked).

No bucket has a limit of its own to declare: the quotas grow with an app's users and an account's audience, so
only the usage headers tell, in percent. They come with refusals too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from linkroll_sdk import Budget, Usage, Window

SOURCE = "meta sheet 6, confirmed"

APP = Budget("app", Window.HOUR, source=SOURCE)

# An Instagram account is read with the same operations by either login, and pays from the same kind of bucket.
INSTAGRAM = Budget(
    "instagram",
    Window.DAY,
    operations=("account", "account_*", "media", "media_*", "stories"),
    per_account=True,
    source=SOURCE,
)

COUNTERS = ("call_count", "total_cputime", "total_time")


def usage(headers: Mapping[str, str], by_type: Mapping[str, str]) -> list[Usage]:
    """
    What the usage headers tell.

    *by_type* names the budget for each `type` of bucket of which linkroll has calls. `X-Page-Usage` is not
    read: it does not say which Page it is about.
    """
    app = _percent(_object(headers.get("x-app-usage", "")))
    found = [] if app is None else [Usage(APP.key, app)]
    for account_id, bucket in _buckets(headers):
        budget, percent = by_type.get(str(bucket.get("type"))), _percent(bucket)
        if budget is not None and percent is not None:
            minutes = _regain_minutes(bucket)
            regains = timedelta(minutes=minutes) if minutes else None
            # That the key is the account's id, and not its portfolio's, is an inference.
            found.append(Usage(budget, percent, account_id, regains))
    return found


def wait_seconds(headers: Mapping[str, str]) -> float | None:
    """How long to wait: the longest wait of the usage header, else `Retry-After`; None when neither tells."""
    minutes = max((_regain_minutes(bucket) for _, bucket in _buckets(headers)), default=0)
    seconds = minutes * 60 or _whole(headers.get("retry-after"))
    return float(seconds) if seconds > 0 else None


def _buckets(headers: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each bucket of the business header, with the id of the object it is about."""
    for object_id, entries in _object(headers.get("x-business-use-case-usage", "")).items():
        for bucket in entries if isinstance(entries, list) else []:
            if isinstance(bucket, dict):
                yield object_id, bucket


def _object(header: str) -> dict[str, Any]:
    try:
        found = json.loads(header)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _percent(bucket: Mapping[str, Any]) -> float | None:
    """The fullest counter: whichever reaches 100 first stops the app."""
    numbers = [bucket.get(name) for name in COUNTERS]
    told = [n for n in numbers if isinstance(n, (int, float)) and not isinstance(n, bool)]
    # A comparison with NaN is never true.
    return max((float(n) for n in told if 0 <= n <= MOST_PERCENT), default=None)


MOST_PERCENT = 10_000
"""More than any app gets away with: a larger number is no percentage."""


def _regain_minutes(bucket: Mapping[str, Any]) -> int:
    return min(_whole(bucket.get("estimated_time_to_regain_access")), MOST_MINUTES)


MOST_MINUTES = 7 * 24 * 60
"""More than any window Meta counts in: a larger number is no time to wait."""


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return 0
    try:
        return max(int(value), 0)
    except ValueError:
        return 0
