"""
Which of the accounts that a consent reaches are meant: the expected one, the clear ones, or the person's choice.

Pure of effects: reads rows, decides, raises the refusal that fits.
"""

from __future__ import annotations

from collections.abc import Sequence

from linkroll_sdk import ProfileRef
from tortoise.expressions import Q

from server.host import Host
from server.models import ConnectAttempt, ConnectCandidate, SocialAccount
from server.services import refusals
from server.services.connect.linking import ref_of
from server.services.links.status import StatusReason
from server.services.platforms.grammars import parsed_handle
from server.services.refusals import Refusal


def is_usable(candidate: ConnectCandidate) -> bool:
    """Whether a candidate can be linked."""
    return candidate.unusable is None and candidate.platform_id is not None


def expected_candidate(
    host: Host,
    attempt: ConnectAttempt,
    offered: Sequence[ConnectCandidate],
    account: SocialAccount | None,
) -> ConnectCandidate | None:
    """
    The candidate that is the account to be connected; None when any account will do.

    Raises `WrongAccount` when the consent reaches others instead, and says what is amiss when it reaches
    the right one but cannot use it.
    """
    if account is None:
        return None
    same = [c for c in offered if c.platform == account.platform and _is_same(host, account, c)]
    if not same:
        got = [c for c in offered if c.platform == account.platform and is_usable(c)]
        if not got:
            raise nothing_usable(offered, account.platform)
        raise refusals.WrongAccount(
            expected=account.handle or account.display_name or account.platform_id or "",
            got=[c.handle or c.display_name for c in got],
        )
    if not is_usable(same[0]):
        raise nothing_usable(same, account.platform)
    return same[0]


def _is_same(host: Host, account: SocialAccount, candidate: ConnectCandidate) -> bool:
    """By stable id when the account has one; by handle only while it was never authenticated."""
    if account.platform_id is not None:
        return account.platform_id == candidate.platform_id
    return candidate.handle is not None and account.handle_key == _handle_key(host, candidate)


def _handle_key(host: Host, candidate: ConnectCandidate) -> str | None:
    """The candidate's handle as its platform compares handles."""
    if candidate.platform_id is None:
        read = parsed_handle(host.platforms.by_key[candidate.platform], candidate.handle or "")
        return read.handle_key if isinstance(read, ProfileRef) else None
    return ref_of(candidate, host).handle_key


def nothing_usable(offered: Sequence[ConnectCandidate], platform: str) -> Refusal:
    ours = [c for c in offered if c.platform == platform] or list(offered)
    first = next(iter(ours), None)
    if first is None:
        return refusals.NoUsableAccount(reason="NONE", hint="This consent reaches no account.")
    if first.unusable == "SCOPE_DECLINED":
        return refusals.ScopesMissing(missing=first.missing_scopes)
    return refusals.NoUsableAccount(reason=first.unusable or "NONE", hint=first.hint)


async def clear_choice(
    attempt: ConnectAttempt,
    usable: list[ConnectCandidate],
    expected: ConnectCandidate | None,
    account: SocialAccount | None,
) -> list[ConnectCandidate] | None:
    """
    What to link without asking; None when the person must choose.

    One usable candidate that is the expected one links by itself. A reconnect never asks: it renews the
    expected account and whatever else of this consent the profile holds already (the Page's Instagram).
    """
    if len(usable) == 1 and (expected is not None or usable[0].platform == attempt.platform):
        return usable
    if account is None or expected is None or account.authenticated_at is None:
        return None
    # Not what the creator unlinked, nor what is linked by another login: both were meant.
    held = await SocialAccount.filter(
        Q(invalid_reason__isnull=True) | Q(invalid_reason__not=StatusReason.UNLINKED.value),
        profile_id=attempt.profile_id,
        grant__login=attempt.login,
        platform_id__in=[c.platform_id for c in usable],
        authenticated_at__isnull=False,
    )
    known = {(a.platform, a.platform_id) for a in held} | {(expected.platform, expected.platform_id)}
    return [c for c in usable if (c.platform, c.platform_id) in known]
