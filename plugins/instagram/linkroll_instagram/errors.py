"""
What an answer of Instagram Login and graph.instagram.com means.

Two shapes. The login host answers flat, `{error_type, code, error_message}`, with an HTTP status for a
code; graph.instagram.com answers with Graph's envelope, often of type `IGApiException` and then mostly
without a subcode (meta sheet 3 and 5, confirmed). So here the words have more to say than on Facebook,
but only after the numbers: outage, throttle, code with subcode, code with words, code, words, unknown.
Messages never leave this module: "Malformed access token …" quotes the token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

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


class Evidence(TypedDict):
    """What every error carries for the record; never a token."""

    operation: str
    platform_code: str


@dataclass(frozen=True, slots=True)
class ApiError:
    """An error answer of either shape, read leniently: whatever is missing or odd is None, 0 or empty."""

    status: int
    operation: str
    code: int | None = None
    subcode: int = 0
    words: str = field(default="", repr=False)
    is_transient: bool = False
    retry_after: float | None = None
    trace: str = ""

    @property
    def evidence(self) -> Evidence:
        """Operation and `code/subcode`, or the HTTP status where Instagram gave no code."""
        code = f"HTTP {self.status}" if self.code is None else str(self.code)
        return Evidence(
            operation=self.operation, platform_code=f"{code}/{self.subcode}" if self.subcode else code
        )


Verdict = Callable[[ApiError], PlatformError]


def classify(response: Response, operation: str) -> PlatformError | None:
    """The error that *response* means, or None for a good answer. Pure; never raises."""
    error = read_error(response, operation)
    return None if error is None else judge(error)


def judge(error: ApiError) -> PlatformError:
    """The verdict on an error, by the first step that has one."""
    for step in (_outage, _throttle, _by_subcode, _by_code_and_words, _by_code, _by_words):
        if verdict := step(error):
            return verdict
    return _unexpected("an error we do not know")(error)


# Reading


def read_error(response: Response, operation: str) -> ApiError | None:
    """The error in an answer, or None for a good one."""
    body = _body(response)
    wait = _retry_after(response.headers)
    envelope = body.get("error")
    if isinstance(envelope, dict):
        return _from_envelope(envelope, response.status, operation, wait)
    if "error_type" in body or "error_message" in body:
        return _from_flat(body, response.status, operation, wait)
    # The API answers no redirect, so a 3xx is as unexpected as a 4xx without an error in it.
    return ApiError(response.status, operation, retry_after=wait) if response.status >= 300 else None


def _from_envelope(
    envelope: Mapping[str, Any], status: int, operation: str, retry_after: float | None
) -> ApiError:
    trace = str(envelope.get("fbtrace_id", ""))
    return ApiError(
        status=status,
        operation=operation,
        code=_number(envelope.get("code")),
        subcode=_number(envelope.get("error_subcode")) or 0,
        words=str(envelope.get("message", "")).lower(),
        is_transient=envelope.get("is_transient") is True,
        retry_after=retry_after,
        trace=trace if _TRACE.fullmatch(trace) else "",
    )


def _from_flat(body: Mapping[str, Any], status: int, operation: str, retry_after: float | None) -> ApiError:
    # Here `code` is an HTTP status, 400 or 429 (recalled), and stands even where the real one is 200.
    told = _number(body.get("code")) or 0
    words = str(body.get("error_message", "")).lower()
    return ApiError(told if 400 <= told < 600 else status, operation, words=words, retry_after=retry_after)


_TRACE = re.compile(r"[A-Za-z0-9_-]{1,32}")


def _body(response: Response) -> dict[str, Any]:
    try:
        return response.json_object()
    except UnexpectedAnswer:
        return {}


def _number(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: the longest wait of the usage header, else `Retry-After`."""
    minutes = max(_regain_minutes(headers.get("x-business-use-case-usage", "")), default=0)
    seconds = minutes * 60 or _number(headers.get("retry-after"))
    return float(seconds) if seconds and seconds > 0 else None


def _regain_minutes(usage: str) -> list[int]:
    """Every `estimated_time_to_regain_access`, which Meta counts in minutes (meta sheet 6, confirmed)."""
    try:
        objects = json.loads(usage)
    except (ValueError, RecursionError):
        return []
    entries = objects.values() if isinstance(objects, dict) else []
    buckets = [bucket for entry in entries if isinstance(entry, list) for bucket in entry]
    told = [_number(b.get("estimated_time_to_regain_access")) for b in buckets if isinstance(b, dict)]
    return [minutes for minutes in told if minutes]


# Verdicts


def _ends(reason: InvalidReason) -> Verdict:
    return lambda error: ReauthorizationRequired(reason, **error.evidence)


def _misconfigured(what: str) -> Verdict:
    return lambda error: ConfigurationRejected(what, **error.evidence)


def _unexpected(what: str) -> Verdict:
    def verdict(error: ApiError) -> PlatformError:
        trace = f", trace {error.trace}" if error.trace else ""
        return UnexpectedAnswer(f"HTTP {error.status}{trace}: {what}", **error.evidence)

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
PERMISSION_CODES = frozenset({10, *range(200, 300)})


def _outage(error: ApiError) -> PlatformError | None:
    return _passing(error) if error.status >= 500 or error.is_transient else None


def _throttle(error: ApiError) -> PlatformError | None:
    if error.status == 429 or error.code in THROTTLE_CODES:
        return RateLimited(error.retry_after, **error.evidence)
    return None


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
    (100, 2108006): _unexpected("the media is older than the professional account"),
    (100, 2874010): _unexpected("too few people for demographics"),
}


def _by_subcode(error: ApiError) -> PlatformError | None:
    if error.code in SESSION_CODES and error.subcode in SESSION_ENDS:
        return _ends(SESSION_ENDS[error.subcode])(error)
    verdict = BY_SUBCODE.get((error.code, error.subcode))
    return verdict(error) if verdict else None


# It comes with a code or without one (inference), and stands above the code either way.
PERSONAL_WORDS = ("not an instagram business", _ends(InvalidReason.ACTION_REQUIRED))

# Recalled but for the checkpoint; the sheet confirms only that the words matter here.
SESSION_WORDS: tuple[tuple[str, Verdict], ...] = (
    ("deleted", _ends(InvalidReason.ACCOUNT_GONE)),
    ("password", _ends(InvalidReason.PASSWORD_CHANGED)),
    ("not authorized application", _ends(InvalidReason.ACCESS_REVOKED)),
    ("checkpoint", _ends(InvalidReason.ACTION_REQUIRED)),
    ("confirmed", _ends(InvalidReason.ACTION_REQUIRED)),
    ("expired", _ends(InvalidReason.EXPIRED)),
)

CODE_AND_WORDS: dict[int, tuple[tuple[str, Verdict], ...]] = {
    1: (("client secret", _misconfigured("Instagram refuses the app secret.")),),
    10: (("not enough viewers", _unexpected("too few viewers, no data")), PERSONAL_WORDS),
    100: (
        ("appsecret_proof", _misconfigured("The app requires a proof that this login does not make.")),
        PERSONAL_WORDS,
    ),
    102: SESSION_WORDS,
    190: SESSION_WORDS,
}


def _by_code_and_words(error: ApiError) -> PlatformError | None:
    return _first_said(CODE_AND_WORDS.get(error.code or 0, ()), error)


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
