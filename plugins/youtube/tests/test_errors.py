"""Google's refusals: every row of sections 1 and 5 of the sheet, and everything that is none of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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

from linkroll_youtube.errors import NoChannel, classify
from linkroll_youtube.scopes import ANALYTICS_READONLY, YOUTUBE_READONLY

CHANNEL_CALLS = ("probe", "channels", "channel_report")
VIDEO_CALLS = ("uploads", "video_stats", "videos", "video_report")
GONE = InvalidReason.ACCOUNT_GONE
REVOKED = InvalidReason.ACCESS_REVOKED


def api(status: int, reason: str = "", *, detail: str = "", word: str = "", **headers: str) -> Response:
    """An API's error envelope with what the test says, and no more."""
    error: dict[str, object] = {"code": status, "message": "text elided"}
    if reason:
        error["errors"] = [{"message": "text elided", "domain": "global", "reason": reason}]
    if detail:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": detail}]
    if word:
        error["status"] = word
    return Response(status, headers, json.dumps({"error": error}).encode())


def oauth(status: int, error: str, **more: str) -> Response:
    """An OAuth endpoint's flat error."""
    return Response(status, {}, json.dumps({"error": error, **more}).encode())


def ended(response: Response, operation: str = "channels") -> InvalidReason:
    """Why the answer ends the link; fails when it does not."""
    error = classify(response, operation)
    assert isinstance(error, ReauthorizationRequired), error
    return error.reason


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (api(401, "youtubeSignupRequired"), GONE),
        (api(403, "youtubeSignupRequired"), GONE),
        (api(403, "authenticatedUserAccountClosed"), GONE),
        (api(403, "authenticatedUserAccountSuspended"), GONE),
        (api(403, "channelClosed"), GONE),
        (api(403, "channelSuspended"), GONE),
        (api(403, "channelNotFound"), GONE),
    ],
)
@pytest.mark.parametrize("operation", ["probe", "channels", "channel_report"])
def test_a_definite_word_about_the_channel_ends_the_link(
    response: Response, reason: InvalidReason, operation: str
) -> None:
    assert ended(response, operation) is reason


@pytest.mark.parametrize("operation", [*CHANNEL_CALLS, *VIDEO_CALLS, "userinfo"])
@pytest.mark.parametrize(
    "response",
    [
        api(401, "authError", word="UNAUTHENTICATED"),
        api(401, word="UNAUTHENTICATED"),
        oauth(400, "invalid_token"),
    ],
)
def test_a_refused_access_token_may_only_be_stale(response: Response, operation: str) -> None:
    """Google says so of every token that is an hour old: the refresh has the last word."""
    error = classify(response, operation)

    assert isinstance(error, AccessTokenRejected)
    assert error.reason is REVOKED


def test_what_was_to_be_revoked_and_is_unknown_is_over() -> None:
    assert ended(oauth(400, "invalid_token"), "revoke") is REVOKED


@pytest.mark.parametrize("operation", VIDEO_CALLS)
@pytest.mark.parametrize(
    "response",
    [
        api(403, "channelClosed"),
        api(403, "channelSuspended"),
        api(403, "channelNotFound"),
        api(404, "channelNotFound"),
        api(404, "playlistNotFound"),
        api(404, "videoNotFound"),
    ],
)
def test_a_video_that_is_gone_never_ends_a_link(response: Response, operation: str) -> None:
    error = classify(response, operation)

    assert isinstance(error, PostGone)
    assert error.operation == operation


@pytest.mark.parametrize("operation", VIDEO_CALLS)
@pytest.mark.parametrize("reason", ["authenticatedUserAccountClosed", "authenticatedUserAccountSuspended"])
def test_a_closed_account_is_believed_wherever_it_is_told(reason: str, operation: str) -> None:
    assert ended(api(403, reason), operation) is GONE


def test_a_channel_that_is_forbidden_to_its_own_person_is_asked_for_again() -> None:
    error = classify(api(403, "forbidden"), "probe")

    assert isinstance(error, AccessTokenRejected)
    assert error.reason is InvalidReason.ROLE_LOST


@pytest.mark.parametrize(
    ("detail", "kind"),
    [
        ("CONSUMER_SUSPENDED", ConfigurationRejected),
        ("CONSUMER_INVALID", ConfigurationRejected),
        ("WHAT_NOBODY_HAS_SEEN", UnexpectedAnswer),
    ],
)
def test_a_project_that_is_forbidden_takes_nobody_their_channel(
    detail: str, kind: type[PlatformError]
) -> None:
    assert type(classify(api(403, "forbidden", detail=detail, word="PERMISSION_DENIED"), "probe")) is kind


@pytest.mark.parametrize("operation", ["channel_report", "video_report"])
@pytest.mark.parametrize(
    "response",
    [
        api(400, "badRequest", word="INVALID_ARGUMENT"),
        api(400, "badRequest"),
        api(400, word="INVALID_ARGUMENT"),
    ],
)
def test_a_report_that_is_not_supported_refuses_its_metrics(response: Response, operation: str) -> None:
    error = classify(response, operation)

    assert isinstance(error, MetricsRefused)
    assert error.platform_names == set()


@pytest.mark.parametrize("reason", ["invalidFilters", "incompatibleParameters", "unexpectedParameter"])
def test_a_report_that_is_asked_for_wrongly_is_our_mistake(reason: str) -> None:
    error = classify(api(400, reason, word="INVALID_ARGUMENT"), "channel_report")

    assert isinstance(error, UnexpectedAnswer)
    assert error.platform_code == reason


@pytest.mark.parametrize("status", [401, 403])
def test_an_account_without_a_channel_is_not_taken_for_a_revoked_one(status: int) -> None:
    """The reason decides: it came with both statuses, and UNAUTHENTICATED stands beside it."""
    error = classify(api(status, "youtubeSignupRequired", word="UNAUTHENTICATED"), "channels")

    assert isinstance(error, NoChannel)
    assert error.platform_code == "youtubeSignupRequired"


@pytest.mark.parametrize(
    "response",
    [
        api(403, "insufficientPermissions"),
        api(
            403, "insufficientPermissions", detail="ACCESS_TOKEN_SCOPE_INSUFFICIENT", word="PERMISSION_DENIED"
        ),
        api(403, "forbidden", detail="ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
        api(403, detail="ACCESS_TOKEN_SCOPE_INSUFFICIENT", word="PERMISSION_DENIED"),
    ],
)
@pytest.mark.parametrize(
    ("operation", "scope"),
    [
        ("probe", YOUTUBE_READONLY),
        ("uploads", YOUTUBE_READONLY),
        ("video_stats", YOUTUBE_READONLY),
        ("channel_report", ANALYTICS_READONLY),
        ("video_report", ANALYTICS_READONLY),
    ],
)
def test_a_missing_scope_is_named(response: Response, operation: str, scope: str) -> None:
    error = classify(response, operation)

    assert isinstance(error, ScopeNotGranted)
    assert error.missing == {scope}


@pytest.mark.parametrize("reason", ["quotaExceeded", "dailyLimitExceeded"])
@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Sun, 22 Nov 2026 12:00:00 GMT", 20 * 3600),
        ("Sun, 22 Nov 2026 07:59:00 GMT", 60),
        ("Thu, 31 Dec 2026 23:00:00 GMT", 9 * 3600),
        ("Wed, 01 Jul 2026 06:30:00 GMT", 1800),
        ("Wed, 01 Jul 2026 12:00:00 GMT", 19 * 3600),
        ("Sun, 08 Mar 2026 09:00:00 GMT", 22 * 3600),
        ("Sun, 01 Nov 2026 08:00:00 GMT", 24 * 3600),
        ("", None),
        ("yesterday", None),
        ("Sun, 99 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_used_up_quota_waits_for_midnight_pacific(
    reason: str, status: int, date: str, seconds: float | None
) -> None:
    """Also in summer, and on the two days of the year that are an hour shorter or longer."""
    error = classify(api(status, reason, date=date), "channels")

    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds
    assert error.scope is LimitScope.APP


def test_the_servers_clock_counts_before_the_answers() -> None:
    response = api(403, "quotaExceeded", date="Sun, 22 Nov 2026 12:00:00 GMT")

    error = classify(response, "channels", datetime(2026, 11, 22, 13, tzinfo=UTC))

    assert isinstance(error, RateLimited)
    assert error.retry_after == 19 * 3600


@pytest.mark.parametrize(
    ("response", "scope"),
    [
        (api(403, "rateLimitExceeded"), LimitScope.APP),
        (api(429, "rateLimitExceeded"), LimitScope.APP),
        (api(429, detail="RATE_LIMIT_EXCEEDED", word="RESOURCE_EXHAUSTED"), LimitScope.APP),
        (api(429, word="RESOURCE_EXHAUSTED"), LimitScope.APP),
        (oauth(403, "rate_limit_exceeded"), LimitScope.APP),
        (api(403, "userRateLimitExceeded"), LimitScope.ACCOUNT),
        (api(429, "userRateLimitExceeded"), LimitScope.ACCOUNT),
        (Response(429, {}, b"<html>slow down</html>"), LimitScope.ACCOUNT),
    ],
)
def test_throttling_says_to_wait_and_who_waits(response: Response, scope: LimitScope) -> None:
    error = classify(response, "channels")

    assert isinstance(error, RateLimited)
    assert error.retry_after is None
    assert error.scope is scope


@pytest.mark.parametrize(
    ("value", "seconds"), [("30", 30.0), ("", None), ("soon", None), ("-1", None), ("٣", None)]
)
def test_a_retry_after_is_passed_on(value: str, seconds: float | None) -> None:
    error = classify(Response(429, {"retry-after": value}, b""), "channels")

    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    "response",
    [
        api(403, "accessNotConfigured"),
        api(403, "forbidden", detail="SERVICE_DISABLED", word="PERMISSION_DENIED"),
        oauth(401, "invalid_client"),
        oauth(401, "unauthorized_client"),
        oauth(401, "deleted_client"),
        oauth(400, "redirect_uri_mismatch"),
    ],
)
def test_a_wrongly_set_up_app_is_the_operators_business(response: Response) -> None:
    assert isinstance(classify(response, "exchange"), ConfigurationRejected)


@pytest.mark.parametrize(
    "response",
    [
        api(500, "internalError"),
        api(503, "backendError", word="UNAVAILABLE"),
        api(503, word="SERVICE_UNAVAILABLE"),
        api(400, "backendError"),
        api(500, "authError"),
        oauth(500, "invalid_grant"),
        Response(502, {}, b"<html>"),
    ],
)
def test_an_outage_is_passing(response: Response) -> None:
    assert isinstance(classify(response, "refresh"), PlatformUnavailable)


@pytest.mark.parametrize(
    "response",
    [
        api(403, "forbidden"),
        api(403, "authenticatedUserNotChannel"),
        api(403, "accountDelegationForbidden"),
        api(403, "insufficientCapabilities"),
        api(403, "cmsUserAccountNotFound"),
        api(403, "playlistItemsNotAccessible"),
        api(404, "playlistNotFound"),
        api(404, "videoNotFound"),
        api(404, "channelNotFound"),
        api(400, "badRequest"),
        api(400, "incompatibleParameters"),
        api(400, "invalidFilters"),
        api(400, "invalidPageToken"),
        api(400, "missingRequiredParameter"),
        api(400, "unexpectedParameter"),
        api(400, "keyInvalid"),
        oauth(400, "invalid_request"),
        oauth(400, "unsupported_grant_type"),
        oauth(400, "invalid_scope"),
    ],
)
def test_an_item_or_a_bug_says_nothing_about_the_link_but_keeps_its_word(response: Response) -> None:
    error = classify(response, "channels")

    assert isinstance(error, UnexpectedAnswer)
    assert error.platform_code
    assert error.platform_code in response.body.decode()


def test_a_dead_grant_is_the_code_at_the_exchange_and_the_person_afterwards() -> None:
    dead = oauth(400, "invalid_grant", error_description="Token has been expired or revoked.")

    assert isinstance(classify(dead, "exchange"), AuthorizationCodeRejected)
    assert ended(dead, "refresh") is REVOKED


@pytest.mark.parametrize("subtype", ["invalid_rapt", "rapt_required"])
def test_a_workspace_session_policy_wants_the_person(subtype: str) -> None:
    response = oauth(400, "invalid_grant", error_subtype=subtype)

    assert ended(response, "refresh") is InvalidReason.ACTION_REQUIRED


@pytest.mark.parametrize("status", [301, 304, 401, 403])
def test_an_answer_without_a_word_of_google_ends_nothing(status: int) -> None:
    """A proxy's 401 is not Google's."""
    assert isinstance(classify(Response(status, {}, b"<html>sign in</html>"), "channels"), UnexpectedAnswer)


def test_a_good_answer_is_no_error() -> None:
    assert classify(Response(200, {}, b"{}"), "channels") is None


@pytest.mark.parametrize("word", ["ya29.a0AfB_planted", "1//0planted", "a" * 41, "two words"])
def test_what_is_no_word_of_google_is_not_quoted(word: str) -> None:
    for response in (api(403, word), oauth(400, word)):
        error = classify(response, "channels")

        assert isinstance(error, UnexpectedAnswer)
        assert word not in f"{error} {error.excerpt} {error.platform_code}"


def test_a_body_nested_beyond_reason_is_unexpected() -> None:
    assert isinstance(classify(Response(403, {}, b"[" * 200_000), "channels"), UnexpectedAnswer)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["invalid_grant", "authError"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "errors", "details", "reason", "status"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([302, 400, 401, 403, 404, 429, 500, 503]), json_values, st.text(max_size=40))
def test_any_refusal_is_classified_and_an_outage_never_ends_a_grant(
    status: int, body: object, date: str
) -> None:
    error = classify(
        Response(status, {"date": date, "retry-after": date}, json.dumps(body).encode()), "refresh"
    )

    assert isinstance(error, PlatformError)
    assert status not in (429, 500, 503) or not isinstance(
        error, ReauthorizationRequired | AccessTokenRejected
    )
