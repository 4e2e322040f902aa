"""How YouTube writes moments and durations."""

from datetime import UTC, datetime


def iso_seconds(at: float) -> str:
    """`2026-11-18T17:00:03Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_duration(seconds: int) -> str:
    """`PT1M3S`, as videos.list has it; nothing is longer than an hour here."""
    minutes, rest = divmod(seconds, 60)
    return f"PT{f'{minutes}M' if minutes else ''}{f'{rest}S' if rest or not minutes else ''}"
