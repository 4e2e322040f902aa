"""
Status is a function of facts and the clock, not a stored opinion.

`status_of` and its twin `status_sql` say the same thing in Python and in SQL; a property test holds
them together. A query is right even when no worker has run for a week.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from linkroll_sdk import InvalidReason


class Status(enum.StrEnum):
    """Where an account's link stands."""

    ADDED = "ADDED"
    LINKED = "LINKED"
    EXPIRING = "EXPIRING"
    INVALID = "INVALID"


class StatusReason(enum.StrEnum):
    """Why an account is `INVALID`: the platforms' reasons, and the creator's own act."""

    UNLINKED = "UNLINKED"
    EXPIRED = InvalidReason.EXPIRED
    PASSWORD_CHANGED = InvalidReason.PASSWORD_CHANGED
    ACCESS_REVOKED = InvalidReason.ACCESS_REVOKED
    PERMISSION_LOST = InvalidReason.PERMISSION_LOST
    ACTION_REQUIRED = InvalidReason.ACTION_REQUIRED
    ACCOUNT_GONE = InvalidReason.ACCOUNT_GONE
    ROLE_LOST = InvalidReason.ROLE_LOST


class NextAction(enum.StrEnum):
    """What a person should do about an account."""

    CONNECT = "CONNECT"
    RECONNECT = "RECONNECT"


@dataclass(frozen=True, slots=True)
class Facts:
    """What status depends on. `expires_at` is the earliest deadline that only the person can move."""

    authenticated_at: datetime | None = None
    expires_at: datetime | None = None
    invalidated_at: datetime | None = None
    invalid_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A status with its reason; the reason is set exactly when the status is `INVALID`."""

    status: Status
    reason: StatusReason | None = None


def status_of(facts: Facts, now: datetime, warning: timedelta) -> Standing:
    """The status that *facts* have at *now*, warning *warning* ahead of the deadline."""
    if facts.invalidated_at is not None:
        return Standing(Status.INVALID, StatusReason(facts.invalid_reason or StatusReason.ACCESS_REVOKED))
    if facts.authenticated_at is None:
        return Standing(Status.ADDED)
    if facts.expires_at is not None and facts.expires_at <= now:
        return Standing(Status.INVALID, StatusReason.EXPIRED)
    if facts.expires_at is not None and facts.expires_at <= now + warning:
        return Standing(Status.EXPIRING)
    return Standing(Status.LINKED)


def next_action(status: Status) -> NextAction | None:
    """What a person should do; None while the link is healthy."""
    match status:
        case Status.ADDED:
            return NextAction.CONNECT
        case Status.EXPIRING | Status.INVALID:
            return NextAction.RECONNECT
        case Status.LINKED:
            return None


def status_sql(table: str, now: str, warning: str) -> str:
    """
    `status_of(...).status` as a SQL expression over *table*.

    *now* and *warning* are placeholders for moments: the present one, and the last deadline to warn of. The
    database must not add them up: days in an interval follow its time zone through a change of the clocks.
    """
    return (
        f"CASE WHEN {table}.invalidated_at IS NOT NULL THEN 'INVALID'"
        f" WHEN {table}.authenticated_at IS NULL THEN 'ADDED'"
        f" WHEN {table}.expires_at <= {now} THEN 'INVALID'"
        f" WHEN {table}.expires_at <= {warning} THEN 'EXPIRING'"
        f" ELSE 'LINKED' END"
    )


def reason_sql(table: str, now: str) -> str:
    """`status_of(...).reason` as a SQL expression over *table*."""
    return (
        f"CASE WHEN {table}.invalidated_at IS NOT NULL THEN {table}.invalid_reason"
        f" WHEN {table}.authenticated_at IS NOT NULL AND {table}.expires_at <= {now} THEN 'EXPIRED' END"
    )


def next_action_sql(table: str, now: str, warning: str) -> str:
    """`next_action` as a SQL expression over *table*."""
    return (
        f"CASE {status_sql(table, now, warning)}"
        " WHEN 'ADDED' THEN 'CONNECT' WHEN 'LINKED' THEN NULL ELSE 'RECONNECT' END"
    )
