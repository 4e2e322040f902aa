"""
What is done when: every chore of the background, in one table.

A chore derives what is due from the tables, may run in any number of processes at once, and ends by itself
within a minute. So a round that is lost, or done twice, costs nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from server.host import Host
from server.platforms import Platforms
from server.services.callbacks.deliveries import prune_deliveries
from server.services.callbacks.notices import work_off_callbacks
from server.services.callers.audit import prune_audit
from server.services.callers.browser_sessions import prune_sessions
from server.services.connect.attempts import expire_attempts
from server.services.links.dead_tokens import forget_dead_tokens
from server.services.links.probing import plan_probes
from server.services.links.sweeping import sweep
from server.services.polling.partitions import ensure_partitions
from server.services.polling.poll_plan import plan_polls
from server.services.polling.polling import poll_due
from server.services.polling.retention import purge
from server.worker.housekeeping import prune_events
from server.worker.upkeep import probe_due, refresh_due


@dataclass(frozen=True, slots=True)
class Chore:
    """One kind of background work. *cron* has six fields, seconds last."""

    name: str
    cron: str
    run: Callable[[Host], Awaitable[object]]


EVERY_5_SECONDS = "* * * * * */5"
EVERY_15_SECONDS = "* * * * * */15"
EVERY_30_SECONDS = "* * * * * */30"
EVERY_MINUTE = "* * * * * 0"
EVERY_10_MINUTES = "*/10 * * * * 0"
EVERY_HOUR = "0 * * * * 0"


def chores(platforms: Platforms) -> list[Chore]:
    """Everything there is to do with these plugins."""
    return [
        Chore("sweep", EVERY_5_SECONDS, sweep),
        Chore("expire_attempts", EVERY_30_SECONDS, expire_attempts),
        Chore("plan_probes", EVERY_MINUTE, plan_probes),
        Chore("callbacks", EVERY_5_SECONDS, work_off_callbacks),
        Chore("plan_polls", EVERY_10_MINUTES, plan_polls),
        Chore("prune_events", EVERY_HOUR, prune_events),
        Chore("prune_callbacks", EVERY_HOUR, prune_deliveries),
        Chore("prune_audit", EVERY_HOUR, prune_audit),
        Chore("prune_sessions", EVERY_HOUR, prune_sessions),
        Chore("forget_tokens", EVERY_HOUR, forget_dead_tokens),
        Chore("purge_metrics", EVERY_HOUR, purge),
        Chore("make_partitions", EVERY_HOUR, ensure_partitions),
        *(chore for login in platforms.logins for chore in _of_login(login)),
    ]


def _of_login(login: str) -> list[Chore]:
    return [
        Chore(f"refresh:{login}", EVERY_15_SECONDS, partial(refresh_due, login=login)),
        Chore(f"probe:{login}", EVERY_15_SECONDS, partial(probe_due, login=login)),
        Chore(f"poll:{login}", EVERY_5_SECONDS, partial(poll_due, login_key=login)),
    ]
