"""What the operator should know: each matter stands once, with a count, however often it comes up."""

from __future__ import annotations

import enum

import structlog
from linkroll_sdk import ConfigurationRejected

from server.database import Executor
from server.host import Host

log = structlog.get_logger("linkroll.operator")


class NoticeKind(enum.StrEnum):
    """What a notice is about."""

    DEAD_METRIC = "DEAD_METRIC"
    """A platform refuses a metric that its plugin's catalogue has. Others are read on."""
    ODD_ANSWER = "ODD_ANSWER"
    """A plugin answered numbers or posts that cannot be believed. They were left out."""
    APP_REFUSED = "APP_REFUSED"
    """A platform refuses the operator's app: its id, secret, version or settings."""


async def note(host: Host, executor: Executor, kind: NoticeKind, subject: str, detail: str) -> bool:
    """Note a matter; whether it is new. Only a new one is logged."""
    rows = await executor.fetch(
        "INSERT INTO operator_notice AS n (kind, subject, detail, first_seen_at, last_seen_at)"
        " VALUES ($1, $2, $3, $4, $4) ON CONFLICT (kind, subject) DO UPDATE"
        " SET times = n.times + 1, last_seen_at = $4, detail = $3 RETURNING n.times",
        kind.value,
        subject[:200],
        detail[:500],
        host.now(),
    )
    is_new = bool(rows[0]["times"] == 1)
    if is_new:
        log.warning("for the operator", kind=kind.value, subject=subject[:200], detail=detail[:500])
    return is_new


async def note_app_refused(host: Host, login: str, error: ConfigurationRejected) -> None:
    """Note that a platform refuses the operator's app at *login*."""
    what = f"{error.operation or 'A call'} was refused ({error.platform_code or 'without a code'})."
    await note(host, host.database, NoticeKind.APP_REFUSED, login, what)
