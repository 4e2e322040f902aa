"""
Quota of the YouTube Data API (section 3): units of one project, by the Pacific day.

Every call costs one unit, an invalid one and a 304 too. Stored with the world, so that it is there
after a restart; yesterday's is forgotten.
"""

from linkroll_sandbox.content import days
from linkroll_sandbox.google.errors import ApiError
from linkroll_sandbox.world import World

GENERAL, STATS = "general", "stats"
_LIMITS = {GENERAL: "youtube_general_units", STATS: "youtube_stats_units"}


def spend(world: World, bucket: str) -> None:
    """Count one unit. Raises 403 quotaExceeded once the bucket of the day is empty."""
    day = f"{bucket}/{days.day_of(world.now())}"
    before = world.google.spent.get(day, 0)
    if before >= int(world.switches[_LIMITS[bucket]]):
        raise ApiError(
            403,
            "quotaExceeded",
            "The request cannot be completed because you have exceeded your quota.",
            "youtube.quota",
        )
    _forget(world, bucket, day)
    world.google.spent[day] = before + 1


def _forget(world: World, bucket: str, today: str) -> None:
    past = [one for one in world.google.spent if one.startswith(f"{bucket}/") and one != today]
    for one in past:
        del world.google.spent[one]
