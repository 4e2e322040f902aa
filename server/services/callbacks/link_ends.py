"""
Links ended by the platform's own notice: the accounts become `INVALID`, and their tokens are forgotten.

The platform is not told anything: it ended the consent itself. An account without a grant is left alone,
so the creator's own unlinking, and whatever was worked off before, stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from linkroll_sdk import About, InvalidReason, Login

from server.database import Transaction
from server.host import Host
from server.models import ConnectAttempt, SocialAccount
from server.services.callbacks.meant import LINKS, WAITING, Meant, consents_of, links_of
from server.services.connect.attempts import finish
from server.services.links.grants import drop_orphans
from server.services.links.status_events import record_change, standing_of
from server.services.platforms.answers import plain_code
from server.services.refusals import CodeRejected

DELETION = "DELETION_REQUESTED"
"""Why the numbers of an account must go."""


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """Why links end, with the evidence, and which consents can be meant."""

    reason: InvalidReason
    operation: str
    code: str
    at: datetime
    consents_before: datetime

    def evidence(self) -> dict[str, str]:
        """What is kept of the platform's word, and shown."""
        return {
            "operation": self.operation,
            "platform_code": plain_code(self.code),
            "at": self.at.isoformat(),
        }


async def end_links(host: Host, login: Login, about: About, end: LinkEnd) -> Sequence[int]:
    """End the links and the waiting consents that *about* means; the accounts' ids."""
    links, consents = links_of(login, about), consents_of(login, about)
    if links is None:
        return ()
    links = links.also("g.consented_at < {0}", end.consents_before)
    async with host.database.transaction() as transaction:
        await _lock_profiles(transaction, links)
        # A notice about one account says nothing about the rest of its consent.
        if consents is not None and about.platform_id is None:
            waiting = consents.also("g.consented_at < {0}", end.consents_before)
            await _end_waiting(host, transaction, waiting, end)
        return await _end_accounts(host, transaction, links, end)


async def _lock_profiles(transaction: Transaction, links: Meant) -> None:
    """The order of locks is profile, attempt, account (`services.callers.lookup`)."""
    await transaction.execute(
        f"SELECT p.id FROM profile p WHERE p.id IN (SELECT a.profile_id FROM {LINKS} WHERE {links.sql})"
        " ORDER BY p.id FOR NO KEY UPDATE",
        *links.args,
    )


async def _end_waiting(host: Host, transaction: Transaction, consents: Meant, end: LinkEnd) -> None:
    """End the attempts that still hold such a consent: whatever the person chose could not be read."""
    rows = await transaction.fetch(
        f"SELECT t.id FROM {WAITING} WHERE {consents.sql} AND t.finished_at IS NULL ORDER BY t.id"
        " FOR UPDATE OF t",
        *consents.args,
    )
    for attempt in await ConnectAttempt.filter(id__in=[row["id"] for row in rows]):
        await finish(host, transaction, attempt, CodeRejected(platform_code=plain_code(end.code)))


async def _end_accounts(host: Host, transaction: Transaction, links: Meant, end: LinkEnd) -> Sequence[int]:
    rows = await transaction.fetch(
        f"SELECT a.id, a.grant_id FROM {LINKS} WHERE {links.sql} ORDER BY a.id FOR UPDATE OF a", *links.args
    )
    ids = [row["id"] for row in rows]
    before = {account.id: standing_of(host, account) for account in await _accounts(ids)}
    await transaction.execute(
        "UPDATE social_account SET grant_id = NULL, sealed_access_token = NULL, probe_at = NULL,"
        " invalidated_at = $2, invalid_reason = $3, status_evidence = $4::jsonb, updated_at = $2"
        " WHERE id = ANY($1::bigint[])",
        ids,
        host.now(),
        end.reason.value,
        orjson.dumps(end.evidence()).decode(),
    )
    await drop_orphans(transaction, sorted({row["grant_id"] for row in rows}))
    for account in await _accounts(ids):
        await record_change(host, transaction, account, before[account.id], standing_of(host, account))
    return ids


async def _accounts(ids: Sequence[int]) -> list[SocialAccount]:
    return await SocialAccount.filter(id__in=list(ids)).order_by("id")


async def forget_person(host: Host, login: Login, about: About) -> Sequence[int]:
    """
    Have everything deleted that was read by the person's consents, also by those that ended before; the
    accounts' ids.

    What others' consents read now is theirs. The account itself stays where it was added by its public name.
    """
    async with host.database.transaction() as transaction:
        ids = await _accounts_once_linked(transaction, login, about)
        await transaction.execute(
            "INSERT INTO metric_purge (account_id, due_at, reason) SELECT unnest($1::bigint[]), $2, $3"
            " ON CONFLICT (account_id) DO UPDATE"
            " SET due_at = LEAST(metric_purge.due_at, EXCLUDED.due_at), reason = EXCLUDED.reason",
            ids,
            host.now(),
            DELETION,
        )
        await transaction.execute(
            "UPDATE social_account SET display_name = NULL, avatar_url = NULL, followers = NULL, updated_at = $2"
            " WHERE id = ANY($1::bigint[]) AND grant_id IS NULL",
            ids,
            host.now(),
        )
        await transaction.execute(
            "DELETE FROM former_link WHERE login = $1 AND account_id = ANY($2::bigint[])", login.key, ids
        )
    return ids


async def _accounts_once_linked(transaction: Transaction, login: Login, about: About) -> list[int]:
    """The accounts that hang on the person's consents, or last hung on one; locked."""
    if about.subject is None and about.platform_id is None:
        return []
    rows = await transaction.fetch(
        "WITH consented AS (SELECT f.account_id, f.subject FROM former_link f WHERE f.login = $1"
        "  UNION SELECT s.id, h.subject FROM social_account s JOIN oauth_grant h ON h.id = s.grant_id"
        "  WHERE h.login = $1)"
        " SELECT a.id FROM social_account a LEFT JOIN oauth_grant g ON g.id = a.grant_id"
        " WHERE a.id IN (SELECT account_id FROM consented WHERE $2::text IS NULL OR subject = $2)"
        " AND (g.id IS NULL OR (g.login = $1 AND ($2::text IS NULL OR g.subject = $2)))"
        " AND ($3::text IS NULL OR a.platform_id = $3) ORDER BY a.id FOR UPDATE OF a",
        login.key,
        about.subject,
        about.platform_id,
    )
    return [row["id"] for row in rows]
