"""
What an answer of graph.facebook.com means (meta sheet 5, confirmed unless a row says otherwise).

The order decides: outage, throttle, code with subcode, code with words, code, words alone, unknown.
So a passing fault never ends a grant, and the message text, which is no contract, only speaks where the
numbers are silent. Messages never leave this module: "Malformed access token …" quotes the token.
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
class GraphError:
    """An error answer, read leniently: whatever is missing or odd is None, 0 or empty."""

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
        """Operation and `code/subcode`, or the HTTP status where Facebook gave no code."""
        code = f"HTTP {self.status}" if self.code is None else str(self.code)
        return Evidence(
            operation=self.operation, platform_code=f"{code}/{self.subcode}" if self.subcode else code
        )


Verdict = Callable[[GraphError], PlatformError]


def classify(response: Response, operation: str) -> PlatformError | None:
    """The error that *response* means, or None for a good answer. Pure; never raises."""
    error = read_error(response, operation)
    return None if error is None else judge(error)


def classify_debug(data: Mapping[str, Any]) -> PlatformError | None:
    """The error inside a `debug_token` answer, or None for a valid token."""
    if data.get("is_valid") is not False:
        return None
    told = data.get("error")
    # Facebook can say "invalid" without a reason: code 190 then stands for "a token that is none".
    return judge(_from_envelope(told if isinstance(told, dict) else {"code": 190}, 200, "debug_token"))


def judge(error: GraphError) -> PlatformError:
    """The verdict on an error, by the first step that has one."""
    for step in (_outage, _throttle, _by_subcode, _by_code_and_words, _by_code, _by_words):
        if verdict := step(error):
            return verdict
    return _unexpected("an error we do not know")(error)


# Reading


def read_error(response: Response, operation: str) -> GraphError | None:
    """The error in an answer, or None for a good one."""
    envelope = _body(response).get("error")
    if isinstance(envelope, dict):
        return _from_envelope(envelope, response.status, operation, _retry_after(response.headers))
    # The API answers no redirect, so a 3xx is as unexpected as a 4xx without an envelope.
    if response.status >= 300:
        return GraphError(response.status, operation, retry_after=_retry_after(response.headers))
    return None


def _from_envelope(
    envelope: Mapping[str, Any], status: int, operation: str, retry_after: float | None = None
) -> GraphError:
    # `debug_token` calls it `subcode`, everybody else `error_subcode`.
    subcode = _number(envelope.get("error_subcode", envelope.get("subcode")))
    trace = str(envelope.get("fbtrace_id", ""))
    return GraphError(
        status=status,
        operation=operation,
        code=_number(envelope.get("code")),
        subcode=subcode or 0,
        words=str(envelope.get("message", "")).lower(),
        is_transient=envelope.get("is_transient") is True,
        retry_after=retry_after,
        trace=trace if _TRACE.fullmatch(trace) else "",
    )


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


def _lacks(*scopes: str) -> Verdict:
    return lambda error: ScopeNotGranted(scopes, "a permission is missing", **error.evidence)


def _unexpected(what: str) -> Verdict:
    def verdict(error: GraphError) -> PlatformError:
        trace = f", trace {error.trace}" if error.trace else ""
        return UnexpectedAnswer(f"HTTP {error.status}{trace}: {what}", **error.evidence)

    return verdict


def _code_rejected(error: GraphError) -> PlatformError:
    return AuthorizationCodeRejected(**error.evidence)


def _passing(error: GraphError) -> PlatformError:
    return PlatformUnavailable(**error.evidence)


# Steps, in the order in which they are asked

SESSION_CODES = (190, 102)
THROTTLE_CODES = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
PERMISSION_CODES = frozenset({10, *range(200, 300)})


def _outage(error: GraphError) -> PlatformError | None:
    return _passing(error) if error.status >= 500 or error.is_transient else None


def _throttle(error: GraphError) -> PlatformError | None:
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
    # Gone, hidden, or no permission: Facebook does not say which, so it is no reason to end a link.
    (100, 33): _unexpected("the object is gone or not visible"),
    (100, 2108006): _unexpected("the media is older than the professional account"),
    (100, 2874010): _unexpected("too few people for demographics"),
}


def _by_subcode(error: GraphError) -> PlatformError | None:
    if error.code in SESSION_CODES and error.subcode in SESSION_ENDS:
        return _ends(SESSION_ENDS[error.subcode])(error)
    verdict = BY_SUBCODE.get((error.code, error.subcode))
    return verdict(error) if verdict else None


SESSION_WORDS: tuple[tuple[str, Verdict], ...] = (
    ("must be an administrator of the page", _ends(InvalidReason.ROLE_LOST)),
    ("deleted", _ends(InvalidReason.ACCOUNT_GONE)),  # the Page; words recalled
    ("password", _ends(InvalidReason.PASSWORD_CHANGED)),  # recalled
    ("not authorized application", _ends(InvalidReason.ACCESS_REVOKED)),  # recalled
    ("checkpoint", _ends(InvalidReason.ACTION_REQUIRED)),
    ("confirmed", _ends(InvalidReason.ACTION_REQUIRED)),  # recalled
    ("expired", _ends(InvalidReason.EXPIRED)),
)

# It comes with a code or without one (inference), and stands above the code either way.
PERSONAL_WORDS = ("not an instagram business", _ends(InvalidReason.ACTION_REQUIRED))

CODE_AND_WORDS: dict[int, tuple[tuple[str, Verdict], ...]] = {
    1: (("client secret", _misconfigured("Facebook refuses the app secret.")),),
    10: (("not enough viewers", _unexpected("too few viewers, no data")), PERSONAL_WORDS),
    100: (
        ("appsecret_proof", _misconfigured("Facebook refuses the proof made with the app secret.")),
        ("verification code", _code_rejected),  # malformed, or without a subcode; recalled
        PERSONAL_WORDS,
    ),
    102: SESSION_WORDS,
    190: SESSION_WORDS,
}


def _by_code_and_words(error: GraphError) -> PlatformError | None:
    return _first_said(CODE_AND_WORDS.get(error.code or 0, ()), error)


_NOT_READ = "Facebook did not understand the request"

BY_CODE: dict[int | None, Verdict] = {
    1: _passing,
    2: _passing,
    3: _lacks(),  # typical for a Page whose portfolio has not assigned it: a permission, not the token
    100: _unexpected("a parameter, field or metric is invalid"),
    101: _misconfigured("Facebook does not know the app id."),
    102: _ends(InvalidReason.ACCESS_REVOKED),
    104: _misconfigured("Facebook refuses the signature made with the app secret."),
    110: _ends(InvalidReason.ACCOUNT_GONE),
    190: _ends(InvalidReason.ACCESS_REVOKED),  # malformed or unreadable: a token, but no longer one
    191: _misconfigured("The redirect URI is not among the app's."),  # recalled
    283: _lacks("pages_read_engagement"),
    # For policy or abuse. The person can do nothing and a retry makes it worse.
    368: _misconfigured("Facebook has blocked the app or the person."),
    461: _ends(InvalidReason.ACCESS_REVOKED),  # recalled
    483: _ends(InvalidReason.ACCESS_REVOKED),  # recalled
    803: _ends(InvalidReason.ACCOUNT_GONE),
    2500: _unexpected(_NOT_READ),
    2635: _misconfigured("The Graph API version is too old: raise the option `version`."),
    2642: _unexpected("the paging cursor is invalid"),
    3001: _unexpected("no metric was named"),
    9009: _ends(InvalidReason.ACTION_REQUIRED),  # the Instagram account became personal
}


def _by_code(error: GraphError) -> PlatformError | None:
    if error.code in BY_CODE:
        return BY_CODE[error.code](error)
    if error.code in PERMISSION_CODES:
        return ReauthorizationRequired(InvalidReason.PERMISSION_LOST, **error.evidence)
    return None


WORDS: tuple[tuple[str, Verdict], ...] = (
    PERSONAL_WORDS,
    ("client secret", _misconfigured("Facebook refuses the app secret.")),
)


def _by_words(error: GraphError) -> PlatformError | None:
    return _first_said(WORDS, error)


def _first_said(table: tuple[tuple[str, Verdict], ...], error: GraphError) -> PlatformError | None:
    return next((verdict(error) for words, verdict in table if words in error.words), None)
