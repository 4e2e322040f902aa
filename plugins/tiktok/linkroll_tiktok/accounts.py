"""
Who consented: the one TikTok account behind a grant.

TikTok's consent is given by the account that is signed in, so a grant reaches exactly one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from linkroll_sdk import Candidate, Grant, Http, Login, Request, UnexpectedAnswer, Unusable, missing_scopes

USER_INFO_URL = "https://open.tiktokapis.com/v2/user/info/"

FIELDS: Mapping[str, tuple[str, ...]] = {
    "user.info.basic": ("open_id", "display_name", "avatar_url"),
    "user.info.profile": ("username",),
    "user.info.stats": ("follower_count",),
}
"""
What discovery reads, by the scope that allows it (tiktok sheet 3, confirmed).

TikTok refuses the whole call for one field without its scope, so only granted fields are asked for.
"""


async def discover(http: Http, login: Login, grant: Grant) -> Sequence[Candidate]:
    """The account that consented, unusable where the person switched off a scope that linking needs."""
    user = await _fetch_user(http, login, grant)
    return (_candidate(login, grant, user),)


async def _fetch_user(http: Http, login: Login, grant: Grant) -> Mapping[str, Any]:
    """The user object with the fields that the grant allows; empty when it allows none."""
    fields = [field for scope, names in FIELDS.items() if scope in grant.scopes for field in names]
    if not fields:
        return {}
    response = await http.send(
        Request(
            "GET",
            USER_INFO_URL,
            "user_info",
            params={"fields": ",".join(fields)},
            access_token=grant.tokens.access_token,
        )
    )
    error = login.classify(response, "user_info")
    if error is not None:
        raise error
    return _user_in(response.json_object())


def _user_in(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """`data.user` of an API answer."""
    data = answer.get("data")
    user = data.get("user") if isinstance(data, dict) else None
    if not isinstance(user, dict):
        raise UnexpectedAnswer("data.user is missing", operation="user_info")
    return user


def _candidate(login: Login, grant: Grant, user: Mapping[str, Any]) -> Candidate:
    missing = missing_scopes(login.needed_for("tiktok"), grant.scopes)
    return Candidate(
        platform="tiktok",
        # The open_id comes with the token, verbatim: it may hold "-" and "_" (sheet 3, confirmed).
        platform_id=grant.subject,
        handle=_string(user, "username").lower() or None,
        display_name=_string(user, "display_name"),
        avatar_url=_string(user, "avatar_url") or None,
        followers=_count(user, "follower_count"),
        unusable=Unusable.SCOPE_DECLINED if missing else None,
        hint=_declined_hint(login, missing) if missing else "",
        missing_scopes=missing,
    )


def _declined_hint(login: Login, missing: frozenset[str]) -> str:
    """One sentence in the consent page's own words, since that is what the person saw."""
    wordings = " and ".join(f"“{s.consent_wording}”" for s in login.scopes if s.name in missing)
    return f"On TikTok's page {wordings} was switched off; connect again and leave it on."


def _string(user: Mapping[str, Any], field: str) -> str:
    value = user.get(field)
    return value if isinstance(value, str) else ""


def _count(user: Mapping[str, Any], field: str) -> int | None:
    """A count; None when TikTok sent none: absent is never 0 (tiktok sheet 3, confirmed for videos)."""
    value = user.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
