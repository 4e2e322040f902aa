"""
What Google's refusals mean.

Two shapes arrive here (sheet 1 and 5, confirmed): the OAuth endpoints answer `{"error": "word"}`, the
APIs `{"error": {"errors": [{"reason"}], "details": [{"reason"}], "status"}}`. The words are tried in
that order and the first telling one decides; an unknown word never changes an account's status.

The same word can mean two things: what ends a link when the channel itself was asked about only says
something about an item when a video was. So each call's operation counts as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from linkroll_sdk import (
    AccessTokenRejected,
    AuthorizationCodeRejected,
    ConfigurationRejected,
    InvalidReason,
    LimitScope,
    MetricsRefused,
    PlatformError,
    PlatformUnavailable,
    PostGone,
    RateLimited,
    ReauthorizationRequired,
    Response,
    ScopeNotGranted,
    UnexpectedAnswer,
)

from linkroll_youtube.scopes import ANALYTICS_READONLY, YOUTUBE_READONLY
from linkroll_youtube.waiting import answered_at, retry_after, until_new_quota

POST_OPERATIONS = frozenset({"uploads", "video_stats", "videos", "video_report"})
"""Calls about videos: what they are refused never ends a link, unless it speaks of the person."""

REPORTS = frozenset({"channel_report", "video_report"})
"""Calls to the Analytics API."""


class NoChannel(ReauthorizationRequired):
    """
    The token is good, but the Google account behind it has no YouTube channel.

    At the consent that is an answer like any other; for a channel that was linked, the channel is gone.
    """


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    One error answer: Google's *word* for it, our *operation*, the response, and when it came. *detailed*:
    Google said more than that word.
    """

    word: str
    operation: str
    response: Response
    at: datetime | None = None
    detailed: bool = False


Verdict = Callable[[Refusal], PlatformError]


def classify(response: Response, operation: str, now: datetime | None = None) -> PlatformError | None:
    """
    The error that an answer means, or None for a good one. Pure; never raises.

    *now* is when it came; without it the answer's own `Date` is the clock.
    """
    if 200 <= response.status < 300:
        return None
    words = list(_words(response))
    word = next((w for w in words if w in _VERDICTS), words[0] if words else "")
    refusal = Refusal(word, operation, response, now or answered_at(response), _is_detailed(response))
    return _verdict(response.status, word)(refusal)


def _verdict(status: int, word: str) -> Verdict:
    # A server that is down or busy says nothing about the grant, whatever the body claims.
    if status >= 500:
        return _unavailable
    if status == 429:
        return _LIMITS.get(word, _throttled(LimitScope.ACCOUNT))
    return _VERDICTS.get(word) or _VAGUE.get(word, _unexpected)


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


def _is_detailed(response: Response) -> bool:
    error = _body(response).get("error")
    return isinstance(error, dict) and any(_reasons(error.get("details")))


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


def _token_refused(reason: InvalidReason) -> Verdict:
    """The verdict on an access token that may merely be stale: *reason* holds if a fresh one fares no better."""

    def verdict(refusal: Refusal) -> PlatformError:
        return AccessTokenRejected(reason, operation=refusal.operation, platform_code=refusal.word)

    return verdict


def _invalid_token(refusal: Refusal) -> PlatformError:
    """What was sent to be revoked is over; anywhere else the word is about an access token (sheet 1, recalled)."""
    decide = _over if refusal.operation == "revoke" else _token_refused
    return decide(InvalidReason.ACCESS_REVOKED)(refusal)


def _channel_gone(refusal: Refusal) -> PlatformError:
    """The person's own channel, or, where a video was asked for, only that video's (inference)."""
    if refusal.operation in POST_OPERATIONS:
        return _item_gone(refusal)
    return _over(InvalidReason.ACCOUNT_GONE)(refusal)


def _item_gone(refusal: Refusal) -> PlatformError:
    """A video or playlist is not there. Nothing else was asked for by name, so elsewhere it is no known answer."""
    if refusal.operation not in POST_OPERATIONS:
        return _unexpected(refusal)
    return PostGone(operation=refusal.operation, platform_code=refusal.word)


def _forbidden(refusal: Refusal) -> PlatformError:
    """
    "Not authorised for this resource, or not its owner" (sheet 5, confirmed).

    The probe asks for nothing but the person's own channel, so there it means that the channel is theirs
    no more; a fresh token has to be told the same before it counts (inference). With a detail beside it that
    we do not know, it may as well be the operator's project that is refused.
    """
    if refusal.operation == "probe" and not refusal.detailed:
        return _token_refused(InvalidReason.ROLE_LOST)(refusal)
    return _unexpected(refusal)


def _bad_request(refusal: Refusal) -> PlatformError:
    """A report's mix of metrics that the API does not support (sheet 4, confirmed); else our mistake."""
    if refusal.operation not in REPORTS or refusal.response.status != 400:
        return _unexpected(refusal)
    return MetricsRefused(operation=refusal.operation, platform_code=refusal.word)


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
        return _item_gone(refusal)
    return _channel_gone(refusal)


def _scope_missing(refusal: Refusal) -> PlatformError:
    needed = ANALYTICS_READONLY if refusal.operation in REPORTS else YOUTUBE_READONLY
    return ScopeNotGranted({needed}, operation=refusal.operation, platform_code=refusal.word)


def _misconfigured(refusal: Refusal) -> PlatformError:
    return ConfigurationRejected(operation=refusal.operation, platform_code=refusal.word)


def _unavailable(refusal: Refusal) -> PlatformError:
    return PlatformUnavailable(operation=refusal.operation, platform_code=refusal.word)


def _unexpected(refusal: Refusal) -> PlatformError:
    excerpt = f"HTTP {refusal.response.status}, {refusal.word or 'no reason given'}"
    return UnexpectedAnswer(excerpt, operation=refusal.operation, platform_code=refusal.word)


def _throttled(scope: LimitScope) -> Verdict:
    """The verdict on too many calls at once: wait as long as the answer says, or for a moment."""

    def verdict(refusal: Refusal) -> PlatformError:
        return _limited(refusal, retry_after(refusal.response), scope)

    return verdict


def _out_of_quota(refusal: Refusal) -> PlatformError:
    """The project's daily quota is used up: every account waits, and none of them is at fault."""
    wait = until_new_quota(refusal.at) if refusal.at else None
    return _limited(refusal, wait, LimitScope.APP)


def _limited(refusal: Refusal, wait: float | None, scope: LimitScope) -> PlatformError:
    return RateLimited(wait, operation=refusal.operation, platform_code=refusal.word, scope=scope)


# The tables

# Sheet 5, confirmed, but for RESOURCE_EXHAUSTED without a reason, and for whom a limit holds up: what
# does not say "user" is the project's (inference).
_LIMITS: Mapping[str, Verdict] = {
    "quotaExceeded": _out_of_quota,
    "dailyLimitExceeded": _out_of_quota,
    "rateLimitExceeded": _throttled(LimitScope.APP),
    "userRateLimitExceeded": _throttled(LimitScope.ACCOUNT),
    "RATE_LIMIT_EXCEEDED": _throttled(LimitScope.APP),
    "RESOURCE_EXHAUSTED": _throttled(LimitScope.APP),
    "rate_limit_exceeded": _throttled(LimitScope.APP),
}

_VERDICTS: Mapping[str, Verdict] = {
    **_LIMITS,
    # OAuth endpoints (sheet 1, confirmed). Google says `invalid_grant` alike for an app that was
    # removed, six idle months, a hundred newer tokens and an app in testing: removed is the likeliest.
    "invalid_grant": _grant_over(InvalidReason.ACCESS_REVOKED),
    # A Workspace session policy wants a new sign-in (the first confirmed, the second recalled).
    "invalid_rapt": _grant_over(InvalidReason.ACTION_REQUIRED),
    "rapt_required": _grant_over(InvalidReason.ACTION_REQUIRED),
    "invalid_token": _invalid_token,
    "invalid_client": _misconfigured,
    "unauthorized_client": _misconfigured,
    "deleted_client": _misconfigured,
    "redirect_uri_mismatch": _misconfigured,
    # Data and Analytics API (sheet 5). A 401 is about the access token: the refresh has the last word.
    "authError": _token_refused(InvalidReason.ACCESS_REVOKED),
    "UNAUTHENTICATED": _token_refused(InvalidReason.ACCESS_REVOKED),
    # Seen with 401 and with 403, so the reason decides (sheet 5, confirmed).
    "youtubeSignupRequired": _no_channel,
    "insufficientPermissions": _scope_missing,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": _scope_missing,
    "accessNotConfigured": _misconfigured,
    "SERVICE_DISABLED": _misconfigured,
    "CONSUMER_SUSPENDED": _misconfigured,  # the operator's project; recalled, as the next one
    "CONSUMER_INVALID": _misconfigured,
    "authenticatedUserAccountClosed": _over(InvalidReason.ACCOUNT_GONE),
    "authenticatedUserAccountSuspended": _over(InvalidReason.ACCOUNT_GONE),
    "channelClosed": _channel_gone,
    "channelSuspended": _channel_gone,
    "channelNotFound": _channel_not_found,
    "playlistNotFound": _item_gone,
    "videoNotFound": _item_gone,
    "backendError": _unavailable,
    "internalError": _unavailable,
    "SERVICE_UNAVAILABLE": _unavailable,
    "UNAVAILABLE": _unavailable,
}

# Words that decide only where nothing more telling stands beside them: `forbidden` often comes with a detail.
_VAGUE: Mapping[str, Verdict] = {
    "forbidden": _forbidden,
    "badRequest": _bad_request,
    "INVALID_ARGUMENT": _bad_request,
}
