"""
TikTok's refusals, sorted by what linkroll should do next.

Two families answer in two shapes under one key: OAuth sends `"error": "invalid_grant"`, the API
`"error": {"code": "ok"}` (tiktok sheets 1 and 4, confirmed). Their codes do not overlap, so the code
alone decides. The HTTP status only speaks where the body does not: TikTok sends OAuth errors with
200 and with 4xx alike, and 401 for a dead token and for a missing scope (sheets 1 and 4, confirmed).

TikTok's own descriptions are never repeated, because nothing says that they echo no token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from linkroll_sdk import (
    AccessTokenRejected,
    AuthorizationCodeRejected,
    ConfigurationRejected,
    InvalidReason,
    LimitScope,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReauthorizationRequired,
    Response,
    ScopeNotGranted,
    UnexpectedAnswer,
)

_WORD = re.compile(r"[A-Za-z0-9_.\-]{1,64}")

_SCOPES_OF: Mapping[str, tuple[str, ...]] = {"video_list": ("video.list",), "video_query": ("video.list",)}
"""The scope of an operation that has only one (tiktok sheet 2, confirmed)."""

_OPERATOR_FAULTS: Mapping[str, str] = {
    "invalid_client": "TikTok does not know the client key, or the client secret is wrong",
    "unauthorized_client": "TikTok does not allow this app to use Login Kit",
    "invalid_scope": "the TikTok app has not been approved for a scope that linkroll asks for",
    # Also what a redirect URI gets that differs from the one at the start (sheet 1, confirmed).
    "invalid_request": "TikTok refuses the request: compare the redirect URI with the portal, to the letter",
    "unsupported_grant_type": "TikTok does not offer this grant type to the app",
    "unsupported_response_type": "TikTok does not offer the code flow to the app",
}


def classify(response: Response, operation: str) -> PlatformError | None:
    """The error that an answer means, or None for a good answer. Pure; never raises."""
    answer = _object_in(response)
    if answer is None:
        return _by_status(response, operation, "")
    code = _code_in(answer)
    if code in ("", "ok"):
        return None if response.status < 300 else _by_status(response, operation, code)
    return _by_code(response, operation, code) or _by_status(response, operation, code)


def _by_code(response: Response, operation: str, code: str) -> PlatformError | None:
    """
    What TikTok's code means; None for a code that decides nothing.

    Which codes call for whom at the token endpoint: tiktok sheet 1, inference. The API's codes:
    sheet 4, confirmed.
    """
    match code:
        case "invalid_grant" | "access_denied" if operation == "exchange":
            return AuthorizationCodeRejected(operation=operation, platform_code=code)
        case "invalid_grant":
            return ReauthorizationRequired(
                InvalidReason.ACCESS_REVOKED, operation=operation, platform_code=code
            )
        case "access_token_invalid":
            # Expired and revoked look the same (sheet 4, confirmed): only a new token tells them apart.
            return AccessTokenRejected(InvalidReason.ACCESS_REVOKED, operation=operation, platform_code=code)
        case "scope_not_authorized" | "scope_permission_missed":
            # TikTok does not say which scope; the operation is the only clue.
            return ScopeNotGranted(
                _SCOPES_OF.get(operation, ()),
                "a requested field needs a scope that was not granted",
                operation=operation,
                platform_code=code,
            )
        case "rate_limit_exceeded":
            return _rate_limited(response, operation, code)
        case "server_error" | "temporarily_unavailable" | "internal_error":
            return PlatformUnavailable(operation=operation, platform_code=code)
        case _ if code in _OPERATOR_FAULTS:
            return ConfigurationRejected(_OPERATOR_FAULTS[code], operation=operation, platform_code=code)
    return None


def _by_status(response: Response, operation: str, code: str) -> PlatformError:
    """What the HTTP status means where the body leaves it open. No status alone ends a grant."""
    if response.status == 429:
        return _rate_limited(response, operation, code)
    if response.status >= 500:
        return PlatformUnavailable(f"HTTP {response.status}", operation=operation, platform_code=code)
    excerpt = f"HTTP {response.status}, code {code or 'none'}"
    return UnexpectedAnswer(excerpt, excerpt, operation=operation, platform_code=code)


def _rate_limited(response: Response, operation: str, code: str) -> RateLimited:
    """TikTok counts the calls of an app, not of a creator (sheet 5, recalled): everybody waits."""
    return RateLimited(_retry_after(response), operation=operation, platform_code=code, scope=LimitScope.APP)


def _object_in(response: Response) -> Mapping[str, Any] | None:
    """The body as an object, {} for an empty one (how revoke says yes), None for anything else."""
    if not response.body:
        return {}
    try:
        return response.json_object()
    except UnexpectedAnswer:
        return None


def _code_in(answer: Mapping[str, Any]) -> str:
    """TikTok's code in either shape, "" where there is no error, "unreadable" where it is no plain word."""
    error = answer.get("error")
    code = error.get("code", "unreadable") if isinstance(error, dict) else error
    return "" if code is None or code == "" else plain_word(code)


def plain_word(value: object) -> str:
    """One of TikTok's own words, fit for a log; "unreadable" for anything that could be something else."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else "unreadable"


def _retry_after(response: Response) -> float | None:
    """
    Seconds to wait, where TikTok says so.

    It documents no Retry-After (sheet 5, confirmed), but a gateway in front may send one. The header
    `x-ratelimit-reset` is seen in the wild, its unit is not known: it is left alone.
    """
    seconds = response.headers.get("retry-after", "")
    return float(seconds) if re.fullmatch(r"[0-9]{1,6}", seconds) else None
