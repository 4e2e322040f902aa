"""
What an answer of Instagram Login, graph.instagram.com and, for Instagram accounts, graph.facebook.com means.

graph.instagram.com mostly leaves the subcode out (meta sheet 5, confirmed), so the words have more to say
than on Facebook, but only after the numbers: outage, throttle, a media that is gone, code with subcode,
code with words, a refused metric, code, words, unknown. What is wrong with one media never ends its account.
Messages never leave this module: "Malformed access token …" quotes the token.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from linkroll_sdk import (
    AuthorizationCodeRejected,
    Availability,
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

from linkroll_instagram.envelope import ApiError, read_error


class Untold(UnexpectedAnswer):
    """Instagram holds the numbers of this call back; *availability* says why. The fetcher makes it readings."""

    availability = Availability.WITHHELD


class UntoldForGood(Untold):
    """It never will tell them for this media."""

    availability = Availability.NOT_SUPPORTED


Verdict = Callable[[ApiError], PlatformError]


def classify(response: Response, operation: str) -> PlatformError | None:
    """The error that *response* means, or None for a good answer. Pure; never raises."""
    error = read_error(response, operation)
    return None if error is None else judge(error)


def judge(error: ApiError) -> PlatformError:
    """The verdict on an error, by the first step that has one."""
    for step in STEPS:
        if verdict := step(error):
            return verdict
    return _unexpected("an error we do not know")(error)


# Verdicts


def _ends(reason: InvalidReason) -> Verdict:
    return lambda error: ReauthorizationRequired(reason, **error.evidence)


def _misconfigured(what: str) -> Verdict:
    return lambda error: ConfigurationRejected(what, **error.evidence)


def _unexpected(what: str, kind: type[UnexpectedAnswer] = UnexpectedAnswer) -> Verdict:
    def verdict(error: ApiError) -> PlatformError:
        trace = f", trace {error.trace}" if error.trace else ""
        return kind(f"HTTP {error.status}{trace}: {what}", **error.evidence)

    return verdict


def _lacks_permission(error: ApiError) -> PlatformError:
    return ScopeNotGranted((), "a permission is missing", **error.evidence)


def _code_rejected(error: ApiError) -> PlatformError:
    return AuthorizationCodeRejected(**error.evidence)


def _passing(error: ApiError) -> PlatformError:
    return PlatformUnavailable(**error.evidence)


# Steps, in the order in which they are asked. The numbers are meta sheet 5's, confirmed but where marked.

SESSION_CODES = (190, 102)
THROTTLE_CODES = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
# The app's own limits: everybody waits. The others are a person's, a Page's or an account's.
APP_THROTTLE_CODES = frozenset({4, 341})
PERMISSION_CODES = frozenset({10, *range(200, 300)})


def _outage(error: ApiError) -> PlatformError | None:
    return _passing(error) if error.status >= 500 or error.is_transient else None


def _throttle(error: ApiError) -> PlatformError | None:
    if error.status == 429 or error.code in THROTTLE_CODES:
        scope = LimitScope.APP if error.code in APP_THROTTLE_CODES else LimitScope.ACCOUNT
        return RateLimited(error.retry_after, scope=scope, **error.evidence)
    return None


POST_OPERATIONS = frozenset({"media_insights"})
INSIGHT_OPERATIONS = POST_OPERATIONS | {"account_insights"}


def _media_is_gone(error: ApiError) -> PlatformError | None:
    """What is missing is what the call named: the media. Asked of an account, the codes mean more."""
    missing = error.code in (110, 803) or (error.code, error.subcode) == (100, 33)
    return PostGone(**error.evidence) if missing and error.operation in POST_OPERATIONS else None


SESSION_ENDS = {
    458: InvalidReason.ACCESS_REVOKED,  # the person removed the app
    459: InvalidReason.ACTION_REQUIRED,  # checkpoint
    460: InvalidReason.PASSWORD_CHANGED,
    461: InvalidReason.ACCESS_REVOKED,  # recalled
    463: InvalidReason.EXPIRED,
    464: InvalidReason.ACTION_REQUIRED,  # unconfirmed person
    # Logged out everywhere. linkroll has no word of its own for it; the access was taken back.
    467: InvalidReason.ACCESS_REVOKED,
    483: InvalidReason.ACCESS_REVOKED,  # recalled
    490: InvalidReason.ACTION_REQUIRED,  # blocking checkpoint
    492: InvalidReason.ROLE_LOST,
}

BY_SUBCODE: dict[tuple[int | None, int], Verdict] = {
    (100, 36007): _code_rejected,  # expired; recalled
    (100, 36008): _code_rejected,  # other redirect URI; recalled
    (100, 36009): _code_rejected,  # used
    # Gone, hidden, or no permission: Instagram does not say which, so it is no reason to end a link.
    (100, 33): _unexpected("the object is gone or not visible"),
    (100, 2108006): _unexpected("the media is older than the professional account", UntoldForGood),
    (100, 2874010): _unexpected("too few people for demographics", Untold),
    # Our own mistake: it says nothing of what the token is worth (recalled).
    (190, 2069032): _unexpected("the call wants a token of another kind"),
}


def _by_subcode(error: ApiError) -> PlatformError | None:
    if error.code in SESSION_CODES and error.subcode in SESSION_ENDS:
        return _ends(SESSION_ENDS[error.subcode])(error)
    verdict = BY_SUBCODE.get((error.code, error.subcode))
    return verdict(error) if verdict else None


# It comes with a code or without one (inference), and stands above the code either way.
PERSONAL_WORDS = ("not an instagram business", _ends(InvalidReason.ACTION_REQUIRED))

# Recalled but for the checkpoint and the Page; the sheet confirms only that the words matter here.
SESSION_WORDS: tuple[tuple[str, Verdict], ...] = (
    # Not the token: what the call asked with, and the operator's app ("... has been deleted"). Recalled.
    ("page access token", _unexpected("the call wants a token of another kind")),
    ("validating application", _misconfigured("Instagram does not know the app.")),
    ("must be an administrator of the page", _ends(InvalidReason.ROLE_LOST)),  # through a Page only
    ("deleted", _ends(InvalidReason.ACCOUNT_GONE)),
    ("password", _ends(InvalidReason.PASSWORD_CHANGED)),
    ("not authorized application", _ends(InvalidReason.ACCESS_REVOKED)),
    ("checkpoint", _ends(InvalidReason.ACTION_REQUIRED)),
    ("confirmed", _ends(InvalidReason.ACTION_REQUIRED)),
    ("expired", _ends(InvalidReason.EXPIRED)),
)

CODE_AND_WORDS: dict[int, tuple[tuple[str, Verdict], ...]] = {
    1: (("client secret", _misconfigured("Instagram refuses the app secret.")),),
    10: (("not enough viewers", _unexpected("too few viewers, no data", Untold)), PERSONAL_WORDS),
    100: (
        ("appsecret_proof", _misconfigured("The app requires a proof that this login does not make.")),
        PERSONAL_WORDS,
    ),
    102: SESSION_WORDS,
    190: SESSION_WORDS,
    # "API access deactivated", "API access blocked": the whole app's, after a missed check-up, say (recalled).
    200: (("api access", _misconfigured("Instagram has switched the app's access off.")),),
}


def _by_code_and_words(error: ApiError) -> PlatformError | None:
    return _first_said(CODE_AND_WORDS.get(error.code or 0, ()), error)


_NAMED_METRIC = re.compile(r"support the (\w+) metric")


def _metric_is_refused(error: ApiError) -> PlatformError | None:
    """
    One metric that is not known kills the whole call; a renamed and a mistyped one look alike.

    The words rarely name it (meta sheet 4.2), and a list of the valid names, which some messages hold,
    names the innocent: so only the one wording that points at the culprit is read.
    """
    if error.code != 100 or error.operation not in INSIGHT_OPERATIONS:
        return None
    return MetricsRefused(_NAMED_METRIC.findall(error.words), **error.evidence)


BY_CODE: dict[int | None, Verdict] = {
    1: _passing,
    2: _passing,
    3: _lacks_permission,
    # Also one unknown field, which kills the whole call with type IGApiException (meta sheet 3, confirmed).
    100: _unexpected("a parameter, field or metric is invalid"),
    101: _misconfigured("Instagram does not know the app id."),
    102: _ends(InvalidReason.ACCESS_REVOKED),
    104: _misconfigured("Instagram refuses the signature made with the app secret."),
    110: _ends(InvalidReason.ACCOUNT_GONE),
    190: _ends(InvalidReason.ACCESS_REVOKED),  # malformed or unreadable: a token, but no longer one
    283: _lacks_permission,
    # For policy or abuse. The person can do nothing and a retry makes it worse.
    368: _misconfigured("Instagram has blocked the app or the person."),
    461: _ends(InvalidReason.ACCESS_REVOKED),  # recalled
    483: _ends(InvalidReason.ACCESS_REVOKED),  # recalled
    803: _ends(InvalidReason.ACCOUNT_GONE),
    2500: _unexpected("Instagram did not understand the request"),
    2635: _misconfigured("The API version is too old: raise the option `version`."),
    2642: _unexpected("the paging cursor is invalid"),
    3001: _unexpected("no metric was named"),
    9009: _ends(InvalidReason.ACTION_REQUIRED),  # the account became personal
}


def _by_code(error: ApiError) -> PlatformError | None:
    if error.code in BY_CODE:
        return BY_CODE[error.code](error)
    if error.code in PERMISSION_CODES:
        return ReauthorizationRequired(InvalidReason.PERMISSION_LOST, **error.evidence)
    return None


# Mostly the flat errors of the code exchange. "This authorization code has been used" is confirmed
# (meta sheet 9), the other words are recalled.
WORDS: tuple[tuple[str, Verdict], ...] = (
    PERSONAL_WORDS,
    ("authorization code", _code_rejected),
    ("matching code", _code_rejected),
    ("verification code", _code_rejected),
    ("redirect_uri", _code_rejected),
    ("redirect uri", _code_rejected),
    ("client_secret", _misconfigured("Instagram refuses the app secret.")),
    ("client secret", _misconfigured("Instagram refuses the app secret.")),
    ("client_id", _misconfigured("Instagram does not know the app id.")),
    ("platform app", _misconfigured("Instagram does not know the app id.")),
    ("scope", _misconfigured("Instagram refuses the app a permission it asks for.")),
)


def _by_words(error: ApiError) -> PlatformError | None:
    return _first_said(WORDS, error)


def _first_said(table: tuple[tuple[str, Verdict], ...], error: ApiError) -> PlatformError | None:
    return next((verdict(error) for words, verdict in table if words in error.words), None)


STEPS = (
    _outage,
    _throttle,
    _media_is_gone,
    _by_subcode,
    _by_code_and_words,
    _metric_is_refused,
    _by_code,
    _by_words,
)
