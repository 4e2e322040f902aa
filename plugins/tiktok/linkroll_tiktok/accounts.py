"""
Who consented: the one TikTok account behind a grant, and how it presents itself now.

TikTok's consent is given by the account that is signed in, so a grant reaches exactly one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from linkroll_sdk import (
    AccountFacts,
    Candidate,
    Grant,
    Health,
    Http,
    LinkedAccount,
    Login,
    Metric,
    Request,
    ScopeNotGranted,
    UnexpectedAnswer,
    Unusable,
    missing_scopes,
)

from linkroll_tiktok.display_api import USER_INFO_URL, ask, count, joined, metric_fields, string

BASIC = "user.info.basic"
"""Added to every Login Kit app by TikTok itself (tiktok sheet 2, confirmed)."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    BASIC: ("open_id", "display_name", "avatar_url"),
    "user.info.profile": ("username",),
    "user.info.stats": ("follower_count",),
}
"""
How an account presents itself, by the scope that allows it (tiktok sheet 3, confirmed).

TikTok refuses the whole call for one field without its scope, so only granted fields are asked for.
"""


async def discover(http: Http, login: Login, grant: Grant) -> Sequence[Candidate]:
    """The account that consented, unusable where the person switched off a scope that linking needs."""
    user = await read_user(http, grant.tokens.access_token, grant.scopes)
    return (_candidate(login, grant, user),)


async def probe(http: Http, account: LinkedAccount) -> Health:
    """
    Whether the link still works, by the one call that needs no more than TikTok's basic scope.

    TikTok tells no scopes, so Health names them only where one was refused: those that are left then.
    It does not tell the consent's end here either.
    """
    try:
        user = await read_user(http, account.access_token, account.scopes | {BASIC})
    except ScopeNotGranted as refused:
        if not refused.missing:
            raise
        return Health(scopes=account.scopes - refused.missing)
    return Health(facts=facts_in(user))


async def read_user(
    http: Http, access_token: str, scopes: frozenset[str], metrics: Sequence[Metric] = ()
) -> Mapping[str, Any]:
    """
    The user object with what *scopes* allow and the fields of *metrics*; empty when that is nothing.

    Raises `ScopeNotGranted` with the scopes that TikTok refuses, though it does not say which itself.
    """
    fields = [field for scope, names in FIELDS.items() if scope in scopes for field in names]
    fields += metric_fields(metrics)
    if not fields:
        return {}
    try:
        return await _ask_user(http, access_token, fields, metrics)
    except ScopeNotGranted as refused:
        raise ScopeNotGranted(
            await _refused_scopes(http, access_token, scopes),
            operation=refused.operation,
            platform_code=refused.platform_code,
        ) from refused


def facts_in(user: Mapping[str, Any]) -> AccountFacts:
    """How the account presents itself; None for what was not asked or not told."""
    return AccountFacts(
        handle=string(user, "username").lower() or None,
        display_name=string(user, "display_name") or None,
        # A signed address that dies after some time (tiktok sheet 3, confirmed).
        avatar_url=string(user, "avatar_url") or None,
        followers=count(user, "follower_count"),
    )


async def _ask_user(
    http: Http, access_token: str, fields: Sequence[str], metrics: Sequence[Metric] = ()
) -> Mapping[str, Any]:
    request = Request(
        "GET", USER_INFO_URL, "user_info", params={"fields": joined(fields)}, access_token=access_token
    )
    user = (await ask(http, request, metrics)).get("user")
    if not isinstance(user, dict):
        raise UnexpectedAnswer("data.user is missing", operation="user_info")
    return user


async def _refused_scopes(http: Http, access_token: str, scopes: frozenset[str]) -> frozenset[str]:
    """Those of *scopes* that TikTok refuses when it is asked for each on its own. At most three calls."""
    refused = set()
    for scope in FIELDS:
        if scope not in scopes:
            continue
        try:
            await _ask_user(http, access_token, FIELDS[scope])
        except ScopeNotGranted:
            refused.add(scope)
    return frozenset(refused)


def _candidate(login: Login, grant: Grant, user: Mapping[str, Any]) -> Candidate:
    missing = missing_scopes(login.needed_for("tiktok"), grant.scopes)
    facts = facts_in(user)
    return Candidate(
        platform="tiktok",
        # The open_id comes with the token, verbatim: it may hold "-" and "_" (sheet 3, confirmed).
        platform_id=grant.subject,
        handle=facts.handle,
        display_name=facts.display_name or "",
        avatar_url=facts.avatar_url,
        followers=facts.followers,
        unusable=Unusable.SCOPE_DECLINED if missing else None,
        hint=_declined_hint(login, missing) if missing else "",
        missing_scopes=missing,
    )


def _declined_hint(login: Login, missing: frozenset[str]) -> str:
    """One sentence in the consent page's own words, since that is what the person saw."""
    wordings = " and ".join(f"“{s.consent_wording}”" for s in login.scopes if s.name in missing)
    return f"On TikTok's page {wordings} was switched off; connect again and leave it on."
