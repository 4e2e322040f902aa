"""
Asking for fresh numbers: an account's plan is made due now.

Nothing is fetched here. The worker reads what is due as ever, within the platform's budgets; a caller who asks
too often is told when to ask again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.host import Host
from server.models import SocialAccount
from server.services.callers.lookup import get_account
from server.services.callers.viewers import Viewer, require_change
from server.services.links.status import Status
from server.services.links.status_events import standing_of
from server.services.metrics.metric_refusals import RefreshTooSoon
from server.services.refusals import AccountNotLinked

EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Refresh:
    """What was made due, and when it can be asked for again."""

    account_id: int
    works: list[str]
    again_at: datetime


async def refresh_metrics(host: Host, viewer: Viewer, account_id: int) -> Refresh:
    """
    Make everything that is read of an account due now, at most once in five minutes.

    An account without a living link is refused: the platform would not answer.
    """
    require_change(viewer)
    now = host.now()
    async with host.database.transaction() as transaction:
        account = await get_account(transaction, viewer, account_id)
        if not _is_linked(host, account):
            raise AccountNotLinked()
        [row] = await transaction.fetch(
            "SELECT metrics_asked_at AS at FROM social_account WHERE id = $1", account_id
        )
        if row["at"] is not None and now < row["at"] + EVERY:
            raise RefreshTooSoon(retry_at=row["at"] + EVERY)
        await transaction.execute(
            "UPDATE social_account SET metrics_asked_at = $2 WHERE id = $1", account_id, now
        )
        # One that is being read now keeps its claim: it is read once more when that has ended.
        works = await transaction.fetch(
            "UPDATE poll SET next_at = least(next_at, $2) WHERE account_id = $1 RETURNING work",
            account_id,
            now,
        )
    return Refresh(account_id, sorted(row["work"] for row in works), now + EVERY)


def _is_linked(host: Host, account: SocialAccount) -> bool:
    alive = (Status.LINKED, Status.EXPIRING)
    return account.grant_id is not None and standing_of(host, account).status in alive
