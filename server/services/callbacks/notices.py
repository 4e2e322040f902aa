"""
Notices worked off: what a platform told becomes facts.

Idempotent, and right in any order: a notice that is older than the newest consent ends nothing. It then
only makes the link be probed, so that the platform itself decides.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from linkroll_sdk import (
    About,
    Acknowledged,
    CheckWanted,
    DeletionRequested,
    FinalReadings,
    GrantEnded,
    InvalidReason,
    Login,
    Notice,
)

from server.host import Host
from server.services.callbacks.deliveries import Claimed, Record, claim_delivery, notice_of, settle_delivery
from server.services.callbacks.link_ends import LinkEnd, end_links, forget_person
from server.services.callbacks.meant import LINKS, Meant, links_of
from server.services.polling.recording import record_post_readings

ROUND_SECONDS = 45
"""How long one round may go on taking up deliveries."""
ROUNDING = timedelta(seconds=1)
"""Platforms tell time in whole seconds: a consent of the same second counts as older than the notice."""

log = structlog.get_logger("linkroll.callbacks")


async def work_off_callbacks(host: Host) -> None:
    """Work off the deliveries that are due, oldest first. Any number of processes may do it side by side."""
    until = time.monotonic() + ROUND_SECONDS
    while time.monotonic() < until and (claimed := await claim_delivery(host)) is not None:
        await _work_off(host, claimed)


async def _work_off(host: Host, claimed: Claimed) -> None:
    done: Counter[str] = Counter()
    forgotten: set[int] = set()
    left: list[Record] = []
    for record in claimed.records:
        touched = await _try(host, claimed, record)
        if touched is None:
            left.append(record)
            continue
        done[record["kind"]] += len(touched)
        if record["kind"] == DeletionRequested.__name__:
            forgotten.update(touched)
    outcome = ", ".join(f"{kind}: {number} accounts" for kind, number in sorted(done.items()))
    await settle_delivery(host, claimed, left, outcome, sorted(forgotten))


async def _try(host: Host, claimed: Claimed, record: Record) -> Sequence[int] | None:
    """The accounts that a notice was about; None when it is to be worked off later."""
    try:
        return await _apply(host, claimed, notice_of(record))
    # One notice that fails, or that cannot be read any more, must not keep the others.
    except Exception as error:
        log.warning(
            "notice not worked off, trying again",
            login=claimed.login,
            callback=claimed.callback,
            notice=record["kind"],
            attempts=claimed.attempts,
            error=type(error).__name__,
        )
        return None


async def _apply(host: Host, claimed: Claimed, notice: Notice) -> Sequence[int]:
    """Do what a notice says; the accounts that it was about."""
    login = host.platforms.logins[claimed.login]
    match notice:
        case GrantEnded(about=about):
            end = _end(host, claimed, notice, notice.reason)
            return await _end_or_probe(host, login, about, end)
        case DeletionRequested(about=about):
            end = _end(host, claimed, notice, InvalidReason.ACCESS_REVOKED)
            await _end_or_probe(host, login, about, end)
            return await host.database.again(lambda: forget_person(host, login, about))
        case CheckWanted(about=about):
            return await _probe(host, links_of(login, about))
        case FinalReadings():
            return await _record(host, login, notice)
        case Acknowledged():
            return ()


def _end(
    host: Host, claimed: Claimed, notice: GrantEnded | DeletionRequested, reason: InvalidReason
) -> LinkEnd:
    return LinkEnd(
        reason=reason,
        operation=f"callbacks/{claimed.login}/{claimed.callback}",
        code=notice.code,
        at=claimed.received_at,
        consents_before=_consents_before(notice.at, claimed.received_at),
    )


def _consents_before(at: datetime | None, received_at: datetime) -> datetime:
    """Which consents a notice can mean: those from before it happened, or else from before it came."""
    return received_at if at is None else min(at + ROUNDING, received_at)


async def _end_or_probe(host: Host, login: Login, about: About, end: LinkEnd) -> Sequence[int]:
    """End the links that are meant; those of newer consents are only probed."""
    ended = await host.database.again(lambda: end_links(host, login, about, end))
    newer = links_of(login, about)
    if newer is not None:
        newer = newer.also("g.consented_at >= {0}", end.consents_before)
    return [*ended, *await _probe(host, newer)]


async def _probe(host: Host, meant: Meant | None) -> Sequence[int]:
    """Have the links that are meant probed now."""
    if meant is None:
        return ()
    now = f"${len(meant.args) + 1}::timestamptz"
    async with host.database.transaction() as transaction:
        rows = await transaction.fetch(
            f"UPDATE social_account SET probe_at = LEAST(probe_at, {now})"
            f" WHERE id IN (SELECT a.id FROM {LINKS} WHERE {meant.sql}) RETURNING id",
            *meant.args,
            host.now(),
        )
    return [row["id"] for row in rows]


async def _record(host: Host, login: Login, notice: FinalReadings) -> Sequence[int]:
    """Hand the numbers on, for each account that is meant (one, where the platform names it by its id)."""
    meant = links_of(login, notice.about)
    if meant is None:
        return ()
    rows = await host.database.fetch(f"SELECT a.id FROM {LINKS} WHERE {meant.sql} ORDER BY a.id", *meant.args)
    for row in rows:
        await record_post_readings(
            host, row["id"], notice.post_id, notice.readings, notice.api_version, final=True
        )
    return [row["id"] for row in rows]
