"""Every row of meta sheet 5 that is Meta's, whatever the platform, and the order in which they are asked."""

import json

import pytest
from linkroll_meta.envelope import from_envelope, read_error
from linkroll_meta.errors import Meanings
from linkroll_meta.verdicts import Untold, code_rejected, lacks, misconfigured
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

POST_OPERATIONS = ("post_insights", "story_insights")
INSIGHT_OPERATIONS = ("account_insights", *POST_OPERATIONS)

# A platform without a row of its own.
PLAIN = Meanings(frozenset(POST_OPERATIONS), frozenset(INSIGHT_OPERATIONS))
Reason = InvalidReason


def judged(
    status: int = 400,
    headers: dict[str, str] | None = None,
    operation: str = "probe",
    by: Meanings = PLAIN,
    **error: object,
) -> PlatformError:
    """The verdict on an envelope with these fields."""
    found = read_error(Response(status, headers or {}, json.dumps({"error": error}).encode()), operation)
    assert found is not None
    return by.judge(found)


ENDS = [
    (190, None, Reason.ACCESS_REVOKED),
    (190, 0, Reason.ACCESS_REVOKED),
    (190, 458, Reason.ACCESS_REVOKED),
    (190, 459, Reason.ACTION_REQUIRED),
    (190, 460, Reason.PASSWORD_CHANGED),
    (190, 461, Reason.ACCESS_REVOKED),
    (190, 463, Reason.EXPIRED),
    (190, 464, Reason.ACTION_REQUIRED),
    (190, 467, Reason.ACCESS_REVOKED),
    (190, 483, Reason.ACCESS_REVOKED),
    (190, 490, Reason.ACTION_REQUIRED),
    (190, 492, Reason.ROLE_LOST),
    (102, None, Reason.ACCESS_REVOKED),
    (102, 460, Reason.PASSWORD_CHANGED),
    (102, 463, Reason.EXPIRED),
    (10, None, Reason.PERMISSION_LOST),
    (200, None, Reason.PERMISSION_LOST),
    (230, 1, Reason.PERMISSION_LOST),
    (299, None, Reason.PERMISSION_LOST),
    (110, None, Reason.ACCOUNT_GONE),
    (803, None, Reason.ACCOUNT_GONE),
    (9009, None, Reason.ACTION_REQUIRED),
    (461, None, Reason.ACCESS_REVOKED),
    (483, None, Reason.ACCESS_REVOKED),
]


@pytest.mark.parametrize(("code", "subcode", "reason"), ENDS)
def test_a_definite_word_ends_the_grant(code: int, subcode: int | None, reason: Reason) -> None:
    error = judged(code=code, error_subcode=subcode, message="(words)", type="OAuthException")

    assert isinstance(error, ReauthorizationRequired)
    assert error.reason is reason
    assert error.platform_code == (f"{code}/{subcode}" if subcode else str(code))
    assert error.operation == "probe"


@pytest.mark.parametrize(
    ("code", "words", "reason"),
    [
        (190, "User must be an administrator of the page", Reason.ROLE_LOST),
        (190, "The Page has been deleted", Reason.ACCOUNT_GONE),
        (190, "The account has been deleted", Reason.ACCOUNT_GONE),
        (190, "Session has expired on Friday", Reason.EXPIRED),
        (190, "invalidated because the user changed their password", Reason.PASSWORD_CHANGED),
        (190, "The user has not authorized application 1", Reason.ACCESS_REVOKED),
        (190, "Sessions for the user are not allowed: not a confirmed user", Reason.ACTION_REQUIRED),
        (190, "The user is enrolled in a blocking, logged-in checkpoint", Reason.ACTION_REQUIRED),
        (102, "Session has expired", Reason.EXPIRED),
        (None, "The account is not an Instagram Business account", Reason.ACTION_REQUIRED),
        (10, "The account is not an Instagram Business account", Reason.ACTION_REQUIRED),
        (100, "The account is not an Instagram Business account", Reason.ACTION_REQUIRED),
    ],
)
def test_the_words_speak_where_the_numbers_are_silent(code: int | None, words: str, reason: Reason) -> None:
    error = judged(code=code, message=words)

    assert isinstance(error, ReauthorizationRequired)
    assert error.reason is reason


THROTTLES = (4, 17, 32, 341, 613, *range(80000, 80015))


@pytest.mark.parametrize("code", THROTTLES)
def test_throttling_leaves_the_grant_alone(code: int) -> None:
    assert isinstance(judged(code=code), RateLimited)


@pytest.mark.parametrize(
    ("code", "scope"),
    [
        (4, LimitScope.APP),
        (341, LimitScope.APP),
        (17, LimitScope.ACCOUNT),
        (32, LimitScope.ACCOUNT),
        (613, LimitScope.ACCOUNT),
        (80001, LimitScope.ACCOUNT),
        (80002, LimitScope.ACCOUNT),
    ],
)
def test_only_the_apps_own_limits_hold_everybody_up(code: int, scope: LimitScope) -> None:
    error = judged(code=code)

    assert isinstance(error, RateLimited)
    assert error.scope is scope


@pytest.mark.parametrize(("code", "subcode"), [(17, 2446079), (613, 1996)])
def test_a_throttle_with_a_subcode_is_still_a_throttle(code: int, subcode: int) -> None:
    assert isinstance(judged(code=code, error_subcode=subcode), RateLimited)


def test_the_longest_wait_of_the_usage_header_is_told_in_seconds() -> None:
    usage = {"1": [{"type": "pages", "estimated_time_to_regain_access": 3}, {"type": "instagram"}]}
    usage |= {"2": [{"type": "instagram", "estimated_time_to_regain_access": 12}]}

    error = judged(code=80002, headers={"x-business-use-case-usage": json.dumps(usage)})

    assert isinstance(error, RateLimited)
    assert error.retry_after == 720.0


@pytest.mark.parametrize("header", ["", "[", "[]", '{"1": 5}', '{"1": [5]}', "[" * 100_000])
def test_an_odd_usage_header_tells_no_wait(header: str) -> None:
    error = judged(code=4, headers={"x-business-use-case-usage": header})

    assert isinstance(error, RateLimited)
    assert error.retry_after is None


def test_retry_after_is_used_where_there_is_no_usage_header() -> None:
    found = read_error(Response(429, {"retry-after": "30"}, b"busy"), "probe")
    assert found is not None

    error = PLAIN.judge(found)

    assert isinstance(error, RateLimited)
    assert error.retry_after == 30.0


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (400, {"code": 1}),
        (400, {"code": 2, "is_transient": True}),
        (400, {"code": 190, "error_subcode": 460, "is_transient": True}),
        (503, {"code": 190, "error_subcode": 460}),
        (500, {"code": 10}),
        (503, {"code": 4}),
    ],
)
def test_a_passing_fault_wins_over_every_code(status: int, fields: dict[str, object]) -> None:
    assert isinstance(judged(status, **fields), PlatformUnavailable)


@pytest.mark.parametrize(
    "fields",
    [
        {"code": 190, "error_subcode": 2069032, "message": "(words)"},
        {"code": 190, "message": "(#190) This method must be called with a Page Access Token"},
    ],
)
def test_a_token_of_the_wrong_kind_says_nothing_of_what_it_is_worth(fields: dict[str, object]) -> None:
    assert type(judged(**fields)) is UnexpectedAnswer  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (190, "Error validating application. Application has been deleted."),
        (200, "(#200) API access deactivated. To reactivate, go to the app dashboard."),
        (200, "API access blocked."),
    ],
)
def test_an_app_that_is_switched_off_disconnects_nobody(code: int, words: str) -> None:
    assert isinstance(judged(code=code, message=words), ConfigurationRejected)


@pytest.mark.parametrize("subcode", [36007, 36008, 36009])
def test_a_spent_login_code_asks_for_a_new_login(subcode: int) -> None:
    assert isinstance(judged(code=100, error_subcode=subcode), AuthorizationCodeRejected)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "Error validating client secret."),
        (None, "Error validating client secret."),
        (101, "Error validating application. Cannot get application info"),
        (104, "Incorrect signature"),
        (368, "The action attempted has been deemed abusive"),
        (2635, "You are calling a deprecated version of the API"),
    ],
)
def test_a_fault_of_the_app_is_the_operators(code: int | None, words: str) -> None:
    assert isinstance(judged(code=code, message=words), ConfigurationRejected)


def test_a_block_for_abuse_is_neither_retried_nor_reconnected() -> None:
    assert isinstance(judged(code=368, error_subcode=1390008), ConfigurationRejected)


@pytest.mark.parametrize("code", [3, 283])
def test_a_missing_capability_is_a_permission_and_not_the_token(code: int) -> None:
    error = judged(code=code, message="(#3) Application does not have the capability")

    assert isinstance(error, ScopeNotGranted)


@pytest.mark.parametrize(
    ("code", "subcode", "words"),
    [
        (10, None, "(#10) Not enough viewers for the media to show insights"),
        (100, None, "(#100) The value must be a valid insights metric"),
        (100, 33, "Unsupported get request"),
        (100, 2108006, "Media posted before business account conversion"),
        (100, 2874010, "Not enough users"),
        (2500, None, "Unknown path components"),
        (2642, None, "Invalid cursors values"),
        (3001, 1504028, "Param metric must not be empty"),
        (77777, None, "what nobody has seen"),
        (None, None, ""),
    ],
)
def test_what_says_nothing_of_the_token_leaves_it_alone(
    code: int | None, subcode: int | None, words: str
) -> None:
    error = judged(code=code, error_subcode=subcode, message=words, fbtrace_id="AxSandbox0003")

    assert isinstance(error, UnexpectedAnswer)
    assert "AxSandbox0003" in error.excerpt


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


@pytest.mark.parametrize("operation", POST_OPERATIONS)
@pytest.mark.parametrize(("code", "subcode", "reason"), [row for row in ENDS if row[0] not in (110, 803)])
def test_a_definite_word_is_one_also_when_a_post_is_read(
    operation: str, code: int, subcode: int | None, reason: Reason
) -> None:
    error = judged(operation=operation, code=code, error_subcode=subcode)

    assert isinstance(error, ReauthorizationRequired)
    assert error.reason is reason


@pytest.mark.parametrize("operation", INSIGHT_OPERATIONS)
@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("(#100) The value must be a valid insights metric", []),
        ("(#100) The Media Insights API does not support the reposts metric for this type", ["reposts"]),
        ("(#100) metric[0] must be one of the following values: views, reach", []),
        ("", []),
    ],
    ids=["words of a Page", "named", "the valid ones listed", "silent"],
)
def test_a_refused_metric_is_told_with_its_name_where_there_is_one(
    operation: str, words: str, names: list[str]
) -> None:
    error = judged(operation=operation, code=100, message=words, type="IGApiException")

    assert isinstance(error, MetricsRefused)
    assert error.platform_names == set(names)


def test_an_invalid_field_is_no_refused_metric() -> None:
    assert type(judged(operation="account", code=100, message="Tried accessing field")) is UnexpectedAnswer


@pytest.mark.parametrize("operation", INSIGHT_OPERATIONS)
@pytest.mark.parametrize(
    ("code", "subcode", "words", "availability"),
    [
        (10, None, "(#10) Not enough viewers for the media to show insights", Availability.WITHHELD),
        (100, 2874010, "Not enough users", Availability.WITHHELD),
        (100, 2108006, "Media posted before business account conversion", Availability.NOT_SUPPORTED),
    ],
)
def test_what_is_held_back_says_why(
    operation: str, code: int, subcode: int | None, words: str, availability: Availability
) -> None:
    error = judged(operation=operation, code=code, error_subcode=subcode, message=words)

    assert isinstance(error, Untold)
    assert error.availability is availability


@pytest.mark.parametrize("code", [190, 100, 1, 4, 101, 77777])
def test_no_error_repeats_the_message_which_may_quote_a_token(code: int) -> None:
    error = judged(code=code, message="Malformed access token EAAGsecret", fbtrace_id="EAAGsecret" * 9)

    assert "EAAGsecret" not in f"{error} {error!r} {vars(error)}"


def test_an_error_inside_status_200_is_an_error() -> None:
    assert isinstance(judged(200, code=190, error_subcode=463), ReauthorizationRequired)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data":[]}', b'{"success":true}'])
def test_a_good_status_without_an_envelope_is_a_good_answer(body: bytes) -> None:
    assert read_error(Response(200, {}, body), "probe") is None


def test_a_code_that_comes_as_text_is_read() -> None:
    assert isinstance(judged(code="190", error_subcode="460"), ReauthorizationRequired)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": "?"}'])
@pytest.mark.parametrize("status", [302, 400, 404])
def test_a_bad_status_without_an_envelope_says_nothing_of_the_token(status: int, body: bytes) -> None:
    found = read_error(Response(status, {}, body), "probe")

    assert found is not None
    assert type(PLAIN.judge(found)) is UnexpectedAnswer
    assert found.evidence["platform_code"] == f"HTTP {status}"


def test_the_subcode_of_debug_token_is_read_too() -> None:
    error = PLAIN.judge(from_envelope({"code": 190, "subcode": 460}, 200, "debug_token"))

    assert isinstance(error, ReauthorizationRequired)
    assert error.reason is Reason.PASSWORD_CHANGED


# A platform's own rows

OWN = Meanings(
    frozenset(POST_OPERATIONS),
    frozenset(INSIGHT_OPERATIONS),
    code_and_words={100: (("proof", misconfigured("The proof is refused.")),)},
    by_code={191: misconfigured("The redirect URI is refused."), 283: lacks("read_all")},
    words=(("used already", code_rejected),),
)


@pytest.mark.parametrize("operation", INSIGHT_OPERATIONS)
def test_a_platforms_words_under_a_code_go_before_a_refused_metric(operation: str) -> None:
    error = judged(operation=operation, by=OWN, code=100, message="Invalid proof provided")

    assert isinstance(error, ConfigurationRejected)
    assert isinstance(judged(operation=operation, code=100, message="Invalid proof provided"), MetricsRefused)


def test_a_platforms_own_row_goes_before_metas() -> None:
    own, metas = judged(by=OWN, code=283), judged(code=283)

    assert isinstance(own, ScopeNotGranted) and own.missing == {"read_all"}
    assert isinstance(metas, ScopeNotGranted) and not metas.missing


def test_a_platform_may_add_a_code() -> None:
    assert isinstance(judged(by=OWN, code=191), ConfigurationRejected)
    assert type(judged(code=191)) is UnexpectedAnswer


def test_a_platforms_words_are_read_only_where_the_numbers_are_silent() -> None:
    assert isinstance(judged(by=OWN, message="This code was used already"), AuthorizationCodeRejected)
    assert isinstance(judged(by=OWN, code=2500, message="used already"), UnexpectedAnswer)
    assert isinstance(judged(message="used already"), UnexpectedAnswer)


def test_no_row_of_a_platform_ends_a_grant_in_an_outage() -> None:
    by = Meanings(frozenset(), frozenset(), by_code={5: lacks()}, words=(("x", code_rejected),))

    for fields in ({"code": 5}, {"message": "x"}):
        assert isinstance(judged(503, by=by, **fields), PlatformUnavailable)  # type: ignore[arg-type]


def test_metas_rows_stay_under_a_platforms_own() -> None:
    """Own words at a code must not hide Meta's at the same one."""
    error = judged(by=OWN, code=100, message="The account is not an Instagram Business account")

    assert isinstance(error, ReauthorizationRequired)
    assert error.reason is Reason.ACTION_REQUIRED
