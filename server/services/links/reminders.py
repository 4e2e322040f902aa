"""
When an account's deadline is told of: as it comes near, in steps, and when it is there.

Each moment is told once. The sweep (`services.links.sweeping`) finds what is due by `social_account.next_tell_at`;
whoever changes an account's facts sets it anew with what stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.services.links.status import Facts, Status, status_of

USUAL_STEPS = (14, 7, 3, 1)


def steps(warning: timedelta) -> list[int]:
    """The days before a deadline on which it is told of, farthest first: the warning itself, and what is nearer."""
    farthest = warning // timedelta(days=1)
    return [farthest, *(n for n in USUAL_STEPS if n < farthest)] if farthest else []


@dataclass(frozen=True, slots=True)
class Reminder:
    """*days*: the step that holds now, None before the first. *next_at*: when there is something to tell again."""

    days: int | None = None
    next_at: datetime | None = None


def reminder_of(facts: Facts, now: datetime, warning: timedelta) -> Reminder:
    """Where between the steps *facts* stand at *now*."""
    status = status_of(facts, now, warning).status
    if facts.expires_at is None or status in (Status.ADDED, Status.INVALID):
        return Reminder()
    deadline = facts.expires_at
    moments = [(deadline - timedelta(days=n), n) for n in steps(warning)]
    passed = [n for at, n in moments if at <= now]
    coming = [at for at, _ in (*moments, (deadline, 0)) if at > now]
    return Reminder(min(passed, default=None), min(coming, default=None))
