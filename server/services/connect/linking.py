"""
Linking: the accounts that a consent reached become the profile's, with the grant on them.

One transaction links all chosen candidates or none. Identity is the platform's stable id; a row that was
known only by handle becomes the id's. Whatever another profile holds is refused, never moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from linkroll_sdk import ProfileRef
from tortoise.exceptions import IntegrityError

from server.database import Transaction
from server.host import Host
from server.models import ConnectAttempt, ConnectCandidate, OAuthGrant, SocialAccount
from server.services.connect.attempts import candidate_place
from server.services.links.grants import account_place, drop_orphans
from server.services.links.probing import plan_probe
from server.services.links.status_events import record_change, standing_of
from server.services.platforms.grammars import parsed_handle, profile_url
from server.services.polling.poll_plan import plan_account
from server.services.refusals import AccountAlreadyAttached
from server.services.roster.social_accounts import detach, find_holder


@dataclass(frozen=True, slots=True)
class Consent:
    """What the linking needs to know of one consent."""

    attempt: ConnectAttempt
    grant: OAuthGrant


async def link_candidates(
    host: Host, transaction: Transaction, consent: Consent, chosen: Sequence[ConnectCandidate]
) -> list[SocialAccount]:
    """
    Link *chosen* to the attempt's profile. Raises `AccountAlreadyAttached` when another profile holds one.

    Runs in the caller's transaction, which must roll back when this raises.
    """
    replaced: list[UUID] = []
    accounts = []
    # In one order for everybody: two consents may reach the same accounts, and must not wait for each other.
    chosen = sorted(chosen, key=lambda c: (c.platform, c.platform_id or ""))
    for candidate in chosen:
        account = await _row_for(host, transaction, consent, candidate)
        if account.grant_id is not None and account.grant_id != consent.grant.id:
            replaced.append(account.grant_id)
        await _link(host, transaction, consent.grant, account, candidate)
        candidate.account_id = account.id
        await candidate.save(update_fields=["account_id"])
        accounts.append(account)
    await _pair(accounts, chosen)
    await drop_orphans(transaction, replaced)
    return accounts


def ref_of(candidate: ConnectCandidate, host: Host) -> ProfileRef:
    """How the candidate is named on its platform, with the platform's own reading of its handle."""
    platform = host.platforms.by_key[candidate.platform]
    read = parsed_handle(platform, candidate.handle) if candidate.handle else None
    key = read.handle_key if isinstance(read, ProfileRef) else None
    return ProfileRef(handle=candidate.handle, platform_id=candidate.platform_id, handle_key=key)


async def _row_for(
    host: Host, transaction: Transaction, consent: Consent, candidate: ConnectCandidate
) -> SocialAccount:
    """The account's row on this profile, locked: the one that stands, or a new one."""
    ref = ref_of(candidate, host)
    by_id = (
        await SocialAccount.filter(platform=candidate.platform, platform_id=candidate.platform_id)
        .select_for_update()
        .first()
    )
    by_handle = (
        await find_holder(transaction, candidate.platform, ProfileRef(ref.handle, None, ref.handle_key))
        if ref.handle
        else None
    )
    if by_handle is not None and by_handle.platform_id not in (None, candidate.platform_id):
        # The handle changed hands: whoever had it before is known by its id and only loses the name.
        by_handle.handle_key = None
        await by_handle.save(update_fields=["handle_key"])
        by_handle = None
    if by_id is not None and by_handle is not None and by_handle.platform_id is None:
        by_handle = await _give_way(consent, by_id, by_handle)
    for holder in (by_id, by_handle):
        if holder is not None and holder.profile_id != consent.attempt.profile_id:
            raise AccountAlreadyAttached(url=None, account_id=holder.id, profile_id=holder.profile_id)
    if by_id is not None and by_handle is not None and by_id.id != by_handle.id:
        await _become_one(host, transaction, consent, by_handle, by_id)
    return by_id or by_handle or await _new_row(host, transaction, consent, candidate)


async def _give_way(consent: Consent, proven: SocialAccount, claimed: SocialAccount) -> SocialAccount | None:
    """
    A handle that another profile only claims, without ever having authenticated it, is the proven account's.

    The id decides: otherwise anybody could block a reconnect by adding the new name of a renamed account.
    """
    if proven.profile_id != consent.attempt.profile_id or claimed.profile_id == proven.profile_id:
        return claimed
    claimed.handle_key = None
    await claimed.save(update_fields=["handle_key"])
    return None


async def _become_one(
    host: Host, transaction: Transaction, consent: Consent, twin: SocialAccount, kept: SocialAccount
) -> None:
    """An account that was added twice, by handle and by id, before either was known to be the same."""
    # The attempts for the twin, this one perhaps among them, go on for the row that stays.
    await transaction.execute(
        "UPDATE connect_attempt SET account_id = $1 WHERE account_id = $2", kept.id, twin.id
    )
    if consent.attempt.account_id == twin.id:
        consent.attempt.account_id = kept.id
    await detach(host, transaction, twin)


async def _new_row(
    host: Host, transaction: Transaction, consent: Consent, candidate: ConnectCandidate
) -> SocialAccount:
    now = host.now()
    ref = ref_of(candidate, host)
    try:
        async with transaction.savepoint():
            account = await SocialAccount.create(
                profile_id=consent.attempt.profile_id,
                platform=candidate.platform,
                platform_id=candidate.platform_id,
                handle=ref.handle,
                handle_key=ref.handle_key,
                created_at=now,
                updated_at=now,
            )
    except IntegrityError:
        # Attached elsewhere this very moment.
        holder = await find_holder(transaction, candidate.platform, ref)
        if holder is None:
            raise
        raise AccountAlreadyAttached(url=None, account_id=holder.id, profile_id=holder.profile_id) from None
    await record_change(host, transaction, account, None, standing_of(host, account))
    return account


async def _link(
    host: Host,
    transaction: Transaction,
    grant: OAuthGrant,
    account: SocialAccount,
    candidate: ConnectCandidate,
) -> None:
    """Put the grant and the candidate's facts on the account, and tell the change."""
    before = standing_of(host, account)
    ref = ref_of(candidate, host)
    account.platform_id = candidate.platform_id
    account.handle, account.handle_key = ref.handle, ref.handle_key
    account.url = profile_url(host.platforms.by_key[candidate.platform], ref) or account.url
    account.display_name = candidate.display_name
    account.avatar_url = candidate.avatar_url
    account.followers = candidate.followers
    account.grant_id = grant.id
    account.sealed_access_token = _reseal(host, candidate, account.id)
    account.authenticated_at = grant.consented_at
    account.consent_expires_at = grant.consented_at + consent_time(host, grant.login)
    account.platform_expires_at = grant.person_expires_at
    account.invalidated_at = account.invalid_reason = account.status_evidence = None
    account.updated_at = host.now()
    await account.save()
    await record_change(host, transaction, account, before, standing_of(host, account))
    await plan_account(host, transaction, account.id)
    await plan_probe(host, transaction, account.id)


def consent_time(host: Host, login_key: str) -> timedelta:
    """How long a consent counts: our setting, or the login's own limit where that is shorter."""
    login = host.platforms.logins[login_key]
    return timedelta(days=min(host.settings.consent_days, login.consent_days or host.settings.consent_days))


def _reseal(host: Host, candidate: ConnectCandidate, account_id: int) -> bytes | None:
    """The candidate's own token, bound to the account's row from now on."""
    if candidate.sealed_access_token is None:
        return None
    token = host.vault.open(candidate.sealed_access_token, candidate_place(candidate.id))
    return host.vault.seal(token, account_place(account_id))


async def _pair(accounts: list[SocialAccount], chosen: Sequence[ConnectCandidate]) -> None:
    """A Page and its Instagram account that were linked together know each other."""
    by_pair: dict[str, list[SocialAccount]] = {}
    for account, candidate in zip(accounts, chosen, strict=True):
        if candidate.pair is not None:
            by_pair.setdefault(candidate.pair, []).append(account)
    for first, second, *_ in (pair for pair in by_pair.values() if len(pair) > 1):
        # A partner of before must not go on pointing here.
        await SocialAccount.filter(paired_with_id__in=[first.id, second.id]).update(paired_with_id=None)
        first.paired_with_id, second.paired_with_id = second.id, first.id
        await first.save(update_fields=["paired_with_id"])
        await second.save(update_fields=["paired_with_id"])
