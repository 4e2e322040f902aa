"""Every error row of the tiktok sheet, sections 1 and 4, and what linkroll should do about it."""

from __future__ import annotations

import json

import pytest
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

from linkroll_tiktok.errors import classify

LOG_ID = "202611220841570100000000000AB12CD"
POSTING_CODES = (
    "spam_risk_too_many_posts",
    "spam_risk_user_banned_from_posting",
    "spam_risk_too_many_pending_share",
    "spam_risk_text",
    "reached_active_user_cap",
    "unaudited_client_can_only_post_to_private_accounts",
    "privacy_level_option_mismatch",
    "url_ownership_unverified",
)


def oauth_answer(code: object, status: int = 200, **headers: str) -> Response:
    """The flat shape: `error` is a string."""
    body = {"error": code, "error_description": "Something about rft.Secret.", "log_id": LOG_ID}
    return Response(status, headers, json.dumps(body).encode())


def api_answer(code: object, status: int, **headers: str) -> Response:
    """The envelope: `error` is an object."""
    body = {"data": {}, "error": {"code": code, "message": "About act.Secret.", "log_id": LOG_ID}}
    return Response(status, headers, json.dumps(body).encode())


@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize(
    ("code", "operation", "expected"),
    [
        ("invalid_grant", "exchange", AuthorizationCodeRejected),
        ("access_denied", "exchange", AuthorizationCodeRejected),
        ("invalid_grant", "refresh", ReauthorizationRequired),
        ("invalid_grant", "revoke", ReauthorizationRequired),
        ("invalid_client", "exchange", ConfigurationRejected),
        ("invalid_client", "refresh", ConfigurationRejected),
        ("unauthorized_client", "exchange", ConfigurationRejected),
        ("invalid_scope", "exchange", ConfigurationRejected),
        ("invalid_request", "exchange", ConfigurationRejected),
        ("unsupported_grant_type", "exchange", ConfigurationRejected),
        ("unsupported_response_type", "exchange", ConfigurationRejected),
        ("server_error", "refresh", PlatformUnavailable),
        ("temporarily_unavailable", "refresh", PlatformUnavailable),
        ("access_denied", "refresh", UnexpectedAnswer),
        ("something_new", "refresh", UnexpectedAnswer),
    ],
)
def test_an_oauth_error_is_decided_by_its_body_whatever_the_status(
    code: str, operation: str, expected: type[PlatformError], status: int
) -> None:
    error = classify(oauth_answer(code, status), operation)

    assert type(error) is expected
    assert (error.operation, error.platform_code) == (operation, code)


@pytest.mark.parametrize("operation", ["user_info", "video_list", "video_query"])
@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("access_token_invalid", 401, AccessTokenRejected),
        ("scope_not_authorized", 401, ScopeNotGranted),
        ("scope_permission_missed", 400, ScopeNotGranted),
        ("invalid_params", 400, UnexpectedAnswer),
        ("invalid_file_upload", 400, UnexpectedAnswer),
        ("rate_limit_exceeded", 429, RateLimited),
        ("internal_error", 500, PlatformUnavailable),
        *((code, status, UnexpectedAnswer) for code in POSTING_CODES for status in (200, 403)),
        ("something_new", 429, RateLimited),
        ("something_new", 503, PlatformUnavailable),
        ("something_new", 200, UnexpectedAnswer),
    ],
)
def test_an_api_error_is_decided_by_its_code(
    code: str, status: int, expected: type[PlatformError], operation: str
) -> None:
    """No read ends a grant by itself: TikTok's one word for a dead token may only mean a stale one."""
    error = classify(api_answer(code, status), operation)

    assert type(error) is expected
    assert (error.operation, error.platform_code) == (operation, code)


@pytest.mark.parametrize("code", ["scope_not_authorized", "scope_permission_missed"])
@pytest.mark.parametrize(
    ("operation", "missing"),
    [("video_list", {"video.list"}), ("video_query", {"video.list"}), ("user_info", set())],
)
def test_a_missing_scope_is_named_where_the_operation_has_only_one(
    operation: str, missing: set[str], code: str
) -> None:
    error = classify(api_answer(code, 401), operation)

    assert isinstance(error, ScopeNotGranted)
    assert error.missing == missing


def test_a_refused_refresh_token_counts_as_revoked_until_a_date_says_expired() -> None:
    """TikTok has one word for expired and revoked; only `refresh` knows the dates."""
    error = classify(oauth_answer("invalid_grant"), "refresh")

    assert isinstance(error, ReauthorizationRequired)
    assert error.reason is InvalidReason.ACCESS_REVOKED


def test_a_refused_access_token_counts_as_revoked_only_if_a_new_one_is_refused_too() -> None:
    error = classify(api_answer("access_token_invalid", 401), "user_info")

    assert isinstance(error, AccessTokenRejected)
    assert error.reason is InvalidReason.ACCESS_REVOKED


@pytest.mark.parametrize(
    "answer",
    [api_answer("rate_limit_exceeded", 429), Response(429, {}, b"<html>slow down</html>")],
    ids=["code", "status"],
)
def test_a_rate_limit_holds_up_every_account_of_the_app(answer: Response) -> None:
    error = classify(answer, "video_list")

    assert isinstance(error, RateLimited)
    assert error.scope is LimitScope.APP


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (302, UnexpectedAnswer),
        (403, UnexpectedAnswer),
        (429, RateLimited),
        (500, PlatformUnavailable),
        (503, PlatformUnavailable),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<html>busy</html>", b"{}", b'{"error": {"code": "ok"}}', b"[" * 200_000], ids=len
)
def test_a_body_without_a_word_leaves_it_to_the_status(
    body: bytes, status: int, expected: type[PlatformError]
) -> None:
    assert type(classify(Response(status, {}, body), "refresh")) is expected


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"error": null}', b'{"error": ""}', b'{"data": {}, "error": {"code": "ok"}}'],
    ids=repr,
)
def test_a_good_answer_is_no_error(body: bytes) -> None:
    """Revoke says yes with an empty body or `{}`."""
    assert classify(Response(200, {}, body), "revoke") is None


@pytest.mark.parametrize("body", [b"null", b"[]", b'"ok"', b"<html>", b"\xff", b"[" * 200_000], ids=len)
def test_a_good_status_with_an_unknown_shape_is_unexpected(body: bytes) -> None:
    assert isinstance(classify(Response(200, {}, body), "exchange"), UnexpectedAnswer)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"x-ratelimit-reset": "1764000000"}, None),
        ({}, None),
    ],
    ids=["seconds", "a date", "an unknown unit", "nothing"],
)
def test_a_rate_limit_says_how_long_only_when_tiktok_does(
    headers: dict[str, str], seconds: float | None
) -> None:
    error = classify(Response(429, headers, b""), "user_info")

    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    "code", ["rft.Secret token", "act.Secret!4120.va", "x" * 65, 5, ["invalid_grant"], {}, True]
)
def test_what_is_no_plain_word_is_not_repeated(code: object) -> None:
    for answer in (oauth_answer(code), api_answer(code, 400)):
        error = classify(answer, "refresh")

        assert isinstance(error, UnexpectedAnswer)
        assert error.platform_code == "unreadable"


@pytest.mark.parametrize(
    "answer", [oauth_answer("invalid_client"), oauth_answer("odd"), api_answer("invalid_params", 400)]
)
def test_tiktoks_own_description_is_never_repeated(answer: Response) -> None:
    error = classify(answer, "refresh")

    assert error is not None
    assert "Secret" not in f"{error} {error!r} {vars(error)}"
