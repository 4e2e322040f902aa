"""That Meta's rows are asked with Instagram's operations, and its own. Every row: linkroll-meta's tests."""

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
    UnexpectedAnswer,
)

from linkroll_instagram.errors import classify

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
    error = judged(code=code, message="Malformed access token IGAAsecret", fbtrace_id="IGAAsecret" * 9)

    assert "IGAAsecret" not in f"{error} {error!r} {vars(error)}"


# The operations that ask about posts and metrics

POST_OPERATIONS = ("media_insights",)
INSIGHT_OPERATIONS = ("account_insights", *POST_OPERATIONS)


@pytest.mark.parametrize("operation", POST_OPERATIONS)
@pytest.mark.parametrize(("code", "subcode"), [(100, 33), (110, None), (803, None)])
def test_a_missing_post_says_nothing_of_its_account(operation: str, code: int, subcode: int | None) -> None:
    for status in (400, 404):
        error = judged(status, operation=operation, code=code, error_subcode=subcode, message="(words)")

        assert isinstance(error, PostGone)


@pytest.mark.parametrize("operation", ["account", "account_insights"])
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
    assert type(judged(operation="account", code=100, message="Tried accessing field")) is UnexpectedAnswer


@pytest.mark.parametrize("operation", INSIGHT_OPERATIONS)
def test_what_is_held_back_says_why(operation: str) -> None:
    error = judged(operation=operation, code=10, message="(#10) Not enough viewers for the media")

    assert isinstance(error, Untold)
    assert error.availability is Availability.WITHHELD


# Instagram's own rows


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


def flat(words: object, code: object = 400, status: int = 400) -> PlatformError | None:
    """The verdict on an error of the login host."""
    body = {"error_type": "OAuthException", "code": code, "error_message": words}
    return classify(Response(status, {}, json.dumps(body).encode()), "exchange")


@pytest.mark.parametrize(
    "words",
    [
        "This authorization code has been used",
        "This authorization code has expired",
        "Matching code was not found or was already used",
        "Error validating verification code. Please make sure your redirect_uri is identical",
        "Invalid redirect_uri",
    ],
)
def test_a_spent_flat_code_asks_for_a_new_login(words: str) -> None:
    assert isinstance(flat(words), AuthorizationCodeRejected)


@pytest.mark.parametrize(
    "words",
    [
        "Error validating client secret.",
        "Invalid client_secret",
        "Invalid client_id",
        "Invalid platform app",
        "Invalid scope: instagram_business_basic",
    ],
)
def test_a_flat_fault_of_the_app_is_the_operators(words: str) -> None:
    assert isinstance(flat(words), ConfigurationRejected)


def test_a_flat_throttle_is_told_by_its_code() -> None:
    assert isinstance(flat("slow down", code=429), RateLimited)


def test_a_flat_error_never_ends_a_grant_without_a_word_for_it() -> None:
    assert type(flat("what nobody has seen")) is UnexpectedAnswer


def test_a_flat_error_with_a_good_status_is_an_error() -> None:
    assert isinstance(flat("This authorization code has been used", status=200), AuthorizationCodeRejected)


@pytest.mark.parametrize("code", [None, "x", 36009, True])
def test_an_odd_flat_code_leaves_the_status_to_speak(code: object) -> None:
    assert type(flat("odd", code=code)) is UnexpectedAnswer


def test_a_flat_error_does_not_repeat_its_message() -> None:
    assert "IGAAsecret" not in f"{flat('bad token IGAAsecret')!r}"


def test_where_both_shapes_come_the_envelope_speaks() -> None:
    body = {
        "error": {"code": 190, "error_subcode": 463},
        "error_type": "OAuthException",
        "error_message": "x",
    }

    error = classify(Response(400, {}, json.dumps(body).encode()), "probe")

    assert isinstance(error, ReauthorizationRequired)
    assert error.reason is Reason.EXPIRED
