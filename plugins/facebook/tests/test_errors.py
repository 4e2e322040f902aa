"""That Meta's rows are asked with Facebook's operations, and its own. Every row: linkroll-meta's tests."""

import json

import pytest
from linkroll_meta.verdicts import Untold
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

from linkroll_facebook.errors import classify, classify_debug

Reason = InvalidReason


def judged(
    status: int = 400, headers: dict[str, str] | None = None, operation: str = "probe", **error: object
) -> PlatformError:
    """The verdict on an envelope with these fields."""
    verdict = classify(Response(status, headers or {}, json.dumps({"error": error}).encode()), operation)
    assert verdict is not None
    return verdict


# Meta's rows are asked: one of each kind


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"code": 190, "error_subcode": 460}, Reason.PASSWORD_CHANGED),
        ({"code": 190, "message": "Session has expired on Friday"}, Reason.EXPIRED),
        ({"code": 10}, Reason.PERMISSION_LOST),
        ({"code": 110}, Reason.ACCOUNT_GONE),
        ({"message": "The account is not an Instagram Business account"}, Reason.ACTION_REQUIRED),
    ],
    ids=["code and subcode", "code and words", "range of codes", "code", "words"],
)
def test_a_definite_word_ends_the_grant(fields: dict[str, object], reason: Reason) -> None:
    error = judged(**fields)  # type: ignore[arg-type]

    assert isinstance(error, ReauthorizationRequired)
    assert error.reason is reason
    assert error.operation == "probe"


def test_a_throttle_tells_whom_it_holds_up_and_how_long() -> None:
    usage = {"1": [{"type": "instagram", "estimated_time_to_regain_access": 12}]}

    error = judged(code=80002, headers={"x-business-use-case-usage": json.dumps(usage)})

    assert isinstance(error, RateLimited)
    assert (error.scope, error.retry_after) == (LimitScope.ACCOUNT, 720.0)


def test_a_passing_fault_wins_over_every_code() -> None:
    assert isinstance(judged(503, code=190, error_subcode=460), PlatformUnavailable)


def test_what_is_not_known_leaves_the_grant_alone() -> None:
    error = judged(code=77777, fbtrace_id="AxSandbox0003")

    assert isinstance(error, UnexpectedAnswer)
    assert "AxSandbox0003" in error.excerpt


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data":[]}', b'{"success":true}'])
def test_a_good_status_without_an_envelope_is_a_good_answer(body: bytes) -> None:
    assert classify(Response(200, {}, body), "probe") is None


@pytest.mark.parametrize("code", [190, 100, 1, 4, 101, 77777])
def test_no_error_repeats_the_message_which_may_quote_a_token(code: int) -> None:
    error = judged(code=code, message="Malformed access token EAAGsecret", fbtrace_id="EAAGsecret" * 9)

    assert "EAAGsecret" not in f"{error} {error!r} {vars(error)}"


# The operations that ask about posts and metrics

POST_OPERATIONS = ("post_insights", "reel_insights", "story_insights")
INSIGHT_OPERATIONS = ("page_insights", *POST_OPERATIONS)


@pytest.mark.parametrize("operation", POST_OPERATIONS)
@pytest.mark.parametrize(("code", "subcode"), [(100, 33), (110, None), (803, None)])
def test_a_missing_post_says_nothing_of_its_account(operation: str, code: int, subcode: int | None) -> None:
    for status in (400, 404):
        error = judged(status, operation=operation, code=code, error_subcode=subcode, message="(words)")

        assert isinstance(error, PostGone)


@pytest.mark.parametrize("operation", ["page", "page_insights"])
def test_a_missing_account_is_gone_only_by_a_definite_word(operation: str) -> None:
    assert type(judged(operation=operation, code=100, error_subcode=33)) is UnexpectedAnswer
    for code in (110, 803):
        error = judged(operation=operation, code=code)
        assert isinstance(error, ReauthorizationRequired)
        assert error.reason is Reason.ACCOUNT_GONE


@pytest.mark.parametrize("operation", INSIGHT_OPERATIONS)
def test_a_definite_word_is_one_also_among_insights(operation: str) -> None:
    error = judged(operation=operation, code=190, error_subcode=463)

    assert isinstance(error, ReauthorizationRequired)
    assert error.reason is Reason.EXPIRED


@pytest.mark.parametrize("operation", INSIGHT_OPERATIONS)
def test_a_refused_metric_is_told_with_its_name(operation: str) -> None:
    words = "(#100) The Media Insights API does not support the reposts metric for this type"

    error = judged(operation=operation, code=100, message=words, type="IGApiException")

    assert isinstance(error, MetricsRefused)
    assert error.platform_names == {"reposts"}


def test_an_invalid_field_is_no_refused_metric() -> None:
    assert type(judged(operation="page", code=100, message="Tried accessing field")) is UnexpectedAnswer


@pytest.mark.parametrize("operation", INSIGHT_OPERATIONS)
def test_what_is_held_back_says_why(operation: str) -> None:
    error = judged(operation=operation, code=10, message="(#10) Not enough viewers for the media")

    assert isinstance(error, Untold)
    assert error.availability is Availability.WITHHELD


# Facebook's own rows


@pytest.mark.parametrize("operation", ["probe", *INSIGHT_OPERATIONS])
@pytest.mark.parametrize(
    "words",
    [
        "API calls from the server require an appsecret_proof argument",
        "Invalid appsecret_proof provided in the API argument",
    ],
    ids=["required", "invalid"],
)
def test_a_proof_that_is_refused_is_the_operators_also_among_insights(operation: str, words: str) -> None:
    assert isinstance(judged(operation=operation, code=100, message=words), ConfigurationRejected)


def test_a_login_code_that_is_none_asks_for_a_new_login() -> None:
    """It comes without a subcode, so the words decide."""
    told = judged(code=100, message="Invalid verification code format.")

    assert isinstance(told, AuthorizationCodeRejected)


def test_a_redirect_uri_that_is_not_the_apps_is_the_operators() -> None:
    error = judged(code=191, message="The redirect_uri is not owned by the application")

    assert isinstance(error, ConfigurationRejected)


@pytest.mark.parametrize(("code", "missing"), [(3, set()), (283, {"pages_read_engagement"})])
def test_a_missing_permission_is_named_where_the_code_does(code: int, missing: set[str]) -> None:
    error = judged(code=code, message="(#3) Application does not have the capability")

    assert isinstance(error, ScopeNotGranted)
    assert error.missing == missing


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            {"is_valid": False, "error": {"code": 190, "subcode": 460, "message": "x"}},
            Reason.PASSWORD_CHANGED,
        ),
        ({"is_valid": False}, Reason.ACCESS_REVOKED),
        ({"is_valid": False, "error": "?"}, Reason.ACCESS_REVOKED),
    ],
)
def test_an_invalid_token_in_debug_token_ends_the_grant(data: dict[str, object], reason: Reason) -> None:
    error = classify_debug(data)

    assert isinstance(error, ReauthorizationRequired)
    assert error.reason is reason


def test_a_valid_token_in_debug_token_is_no_error() -> None:
    assert classify_debug({"is_valid": True, "scopes": []}) is None
