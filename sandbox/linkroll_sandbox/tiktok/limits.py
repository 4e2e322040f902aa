"""
How often an endpoint may be called (section 5): a sliding minute, counted for each endpoint.

It counts for the whole app and not for each creator [recalled]. The record of requests is the
count, so clearing the record also clears the window.
"""

from datetime import datetime

from linkroll_sandbox.clock import MINUTE
from linkroll_sandbox.hosts import split_host
from linkroll_sandbox.tiktok.errors import ApiError
from linkroll_sandbox.world import World

_REFUSED = 429


def check_rate(world: World, path: str) -> None:
    """Raise `rate_limit_exceeded` if the call of *path*, recorded already, is one too many."""
    if _calls_of_the_minute(world, split_host(path)) > int(world.switches["tiktok_calls_per_minute"]):
        raise ApiError("rate_limit_exceeded", "The API rate limit was exceeded.")


def _calls_of_the_minute(world: World, endpoint: tuple[str, str]) -> int:
    """The calls that were not themselves refused: a client that keeps knocking is let in again."""
    since = world.now() - MINUTE
    count = 0
    for entry in reversed(world.record.entries):
        if datetime.fromisoformat(entry.at).timestamp() <= since:
            break
        count += (entry.host, entry.path) == endpoint and entry.status != _REFUSED
    return count
