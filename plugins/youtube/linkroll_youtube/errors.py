"""
What Google's refusals mean.

Two shapes arrive here (sheet 1 and 5, confirmed): the OAuth endpoints answer `{"error": "word"}`, the
APIs `{"error": {"errors": [{"reason"}], "details": [{"reason"}], "status"}}`. The words are tried in
that order and the first one known decides; an unknown word never changes an account's status.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from linkroll_sdk import (
    AuthorizationCodeRejected,
    ConfigurationRejected,
    InvalidReason,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReauthorizationRequired,
    Response,
    ScopeNotGranted,
    UnexpectedAnswer,
)

from linkroll_youtube.scopes import YOUTUBE_READONLY


class NoChannel(ReauthorizationRequired):
    """
    The token is good, but the Google account behind it has no YouTube channel.

    At the consent that is an answer like any other; for a channel that was linked, the channel is gone.
    """


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error answer: Google's *word* for it, our *operation*, and the response for its headers."""

    word: str
    operation: str
    response: Response


Verdict = Callable[[Refusal], PlatformError]


def classify(response: Response, operation: str) -> PlatformError | None:
    """The error that an answer means, or None for a good one. Pure; never raises."""
    if 200 <= response.status < 300:
        return None
    words = list(_words(response))
    word = next((w for w in words if w in _VERDICTS), words[0] if words else "")
    return _verdict(response.status, word)(Refusal(word, operation, response))


def _verdict(status: int, word: str) -> Verdict:
    # A server that is down or busy says nothing about the grant, whatever the body claims.
    if status >= 500:
        return _unavailable
    if status == 429:
        return _LIMITS.get(word, _throttled)
    return _VERDICTS.get(word, _unexpected)


# Reading the words


def _words(response: Response) -> Iterator[str]:
    """Google's words for what went wrong, the most telling first; nothing when the body has none."""
    for word in _raw_words(_body(response)):
        if isinstance(word, str) and _WORD.fullmatch(word):
            yield word


def _body(response: Response) -> Mapping[str, Any]:
    try:
        return response.json_object()
    except (UnexpectedAnswer, RecursionError):
        return {}


def _raw_words(body: Mapping[str, Any]) -> Iterator[object]:
    error = body.get("error")
    if not isinstance(error, dict):
        yield from (body.get("error_subtype"), error)
        return
    yield from _reasons(error.get("errors"))[:1]
    yield from _reasons(error.get("details"))
    yield error.get("status")


def _reasons(entries: object) -> list[object]:
    found = entries if isinstance(entries, list) else []
    return [entry.get("reason") for entry in found if isinstance(entry, dict)]


# Google's reasons are letters and underscores. Anything else stays out of evidence and logs: a word is
# quoted from a body that could hold a token, and tokens have digits, dots or dashes.
_WORD = re.compile(r"[A-Za-z_]{1,40}")


# Verdicts


def _over(reason: InvalidReason) -> Verdict:
    """The verdict that ends a link for *reason*."""

    def verdict(refusal: Refusal) -> PlatformError:
        return ReauthorizationRequired(reason, operation=refusal.operation, platform_code=refusal.word)

    return verdict


def _grant_over(reason: InvalidReason) -> Verdict:
    """`invalid_grant` speaks of the code at the exchange, and of the refresh token ever after."""

    def verdict(refusal: Refusal) -> PlatformError:
        if refusal.operation == "exchange":
            return AuthorizationCodeRejected(operation="exchange", platform_code=refusal.word)
        return _over(reason)(refusal)

    return verdict


def _no_channel(refusal: Refusal) -> PlatformError:
    return NoChannel(InvalidReason.ACCOUNT_GONE, operation=refusal.operation, platform_code=refusal.word)


def _channel_not_found(refusal: Refusal) -> PlatformError:
    """403 speaks of the person's own channel, 404 only of an item that was asked for (sheet 5)."""
    if refusal.response.status == 404:
        return _unexpected(refusal)
    return _over(InvalidReason.ACCOUNT_GONE)(refusal)


def _scope_missing(refusal: Refusal) -> PlatformError:
    return ScopeNotGranted({YOUTUBE_READONLY}, operation=refusal.operation, platform_code=refusal.word)


def _misconfigured(refusal: Refusal) -> PlatformError:
    return ConfigurationRejected(operation=refusal.operation, platform_code=refusal.word)


def _unavailable(refusal: Refusal) -> PlatformError:
    return PlatformUnavailable(operation=refusal.operation, platform_code=refusal.word)


def _unexpected(refusal: Refusal) -> PlatformError:
    excerpt = f"HTTP {refusal.response.status}, {refusal.word or 'no reason given'}"
    return UnexpectedAnswer(excerpt, operation=refusal.operation, platform_code=refusal.word)


def _throttled(refusal: Refusal) -> PlatformError:
    wait = _retry_after(refusal.response)
    return RateLimited(wait, operation=refusal.operation, platform_code=refusal.word)


def _out_of_quota(refusal: Refusal) -> PlatformError:
    """The project's daily quota is used up: every account waits, and none of them is at fault."""
    wait = _until_new_quota(refusal.response)
    return RateLimited(wait, operation=refusal.operation, platform_code=refusal.word)


# Waiting


def _retry_after(response: Response) -> float | None:
    value = response.headers.get("retry-after", "").strip()
    return float(value) if re.fullmatch(r"[0-9]{1,6}", value) else None


def _until_new_quota(response: Response) -> float | None:
    """
    Seconds until the quota is new, which is at midnight Pacific (sheet 3, confirmed); None without a date.

    08:00 UTC is that midnight in winter and an hour past it in summer: late at worst, never early, and
    no time-zone database is needed. The answer's own `Date` is the clock, since classifying is pure.
    """
    asked_at = _date(response)
    if asked_at is None:
        return None
    midnight = asked_at.replace(hour=8, minute=0, second=0, microsecond=0)
    return (midnight - asked_at).total_seconds() % timedelta(days=1).total_seconds()


def _date(response: Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).replace(tzinfo=UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


# The tables

# Sheet 5, confirmed, but for RESOURCE_EXHAUSTED without a reason (inference).
_LIMITS: Mapping[str, Verdict] = {
    "quotaExceeded": _out_of_quota,
    "dailyLimitExceeded": _out_of_quota,
    "rateLimitExceeded": _throttled,
    "userRateLimitExceeded": _throttled,
    "RATE_LIMIT_EXCEEDED": _throttled,
    "RESOURCE_EXHAUSTED": _throttled,
    "rate_limit_exceeded": _throttled,
}

_VERDICTS: Mapping[str, Verdict] = {
    **_LIMITS,
    # OAuth endpoints (sheet 1, confirmed). Google says `invalid_grant` alike for an app that was
    # removed, six idle months, a hundred newer tokens and an app in testing: removed is the likeliest.
    "invalid_grant": _grant_over(InvalidReason.ACCESS_REVOKED),
    # A Workspace session policy wants a new sign-in (the first confirmed, the second recalled).
    "invalid_rapt": _grant_over(InvalidReason.ACTION_REQUIRED),
    "rapt_required": _grant_over(InvalidReason.ACTION_REQUIRED),
    "invalid_token": _over(InvalidReason.ACCESS_REVOKED),
    "invalid_client": _misconfigured,
    "unauthorized_client": _misconfigured,
    "deleted_client": _misconfigured,
    "redirect_uri_mismatch": _misconfigured,
    # Data and Analytics API (sheet 5). A 401 is about the access token: the refresh has the last word.
    "authError": _over(InvalidReason.ACCESS_REVOKED),
    "UNAUTHENTICATED": _over(InvalidReason.ACCESS_REVOKED),
    # Seen with 401 and with 403, so the reason decides (sheet 5, confirmed).
    "youtubeSignupRequired": _no_channel,
    "insufficientPermissions": _scope_missing,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": _scope_missing,
    "accessNotConfigured": _misconfigured,
    "SERVICE_DISABLED": _misconfigured,
    "authenticatedUserAccountClosed": _over(InvalidReason.ACCOUNT_GONE),
    "authenticatedUserAccountSuspended": _over(InvalidReason.ACCOUNT_GONE),
    "channelClosed": _over(InvalidReason.ACCOUNT_GONE),
    "channelSuspended": _over(InvalidReason.ACCOUNT_GONE),
    "channelNotFound": _channel_not_found,
    "backendError": _unavailable,
    "internalError": _unavailable,
    "SERVICE_UNAVAILABLE": _unavailable,
    "UNAVAILABLE": _unavailable,
}
