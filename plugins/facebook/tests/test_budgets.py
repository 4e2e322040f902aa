"""What the usage headers tell (meta sheet 6)."""

import json
from datetime import timedelta

import pytest
from linkroll_sdk import Response, Usage

from linkroll_facebook.oauth import FacebookLogin

BUSINESS = "x-business-use-case-usage"


def answer(**headers: str) -> Response:
    return Response(200, {name.replace("_", "-"): value for name, value in headers.items()}, b"{}")


def test_the_fullest_counter_of_the_app_counts(login: FacebookLogin) -> None:
    told = '{"call_count":28,"total_time":25,"total_cputime":31.5}'

    assert list(login.usage(answer(x_app_usage=told))) == [Usage("app", 31.5)]


def test_each_bucket_of_the_business_header_is_its_accounts(login: FacebookLogin) -> None:
    told = {
        "615000111222333": [{"type": "pages", "call_count": 12, "total_cputime": 40, "total_time": 9}],
        "17841400000000123": [
            {"type": "instagram", "call_count": 85, "estimated_time_to_regain_access": 12},
            {"type": "ads_insights", "call_count": 99},
        ],
    }

    assert list(login.usage(answer(**{BUSINESS: json.dumps(told)}))) == [
        Usage("pages", 40.0, "615000111222333"),
        Usage("instagram", 85.0, "17841400000000123", timedelta(minutes=12)),
    ]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "[",
        "[]",
        "5",
        "[" * 100_000,
        '{"1":5}',
        '{"1":[5]}',
        '{"1":[{"type":"instagram"}]}',
        '{"1":[{"type":"instagram","call_count":"x"}]}',
        '{"1":[{"type":["instagram"],"call_count":5}]}',
        '{"1":[{"type":"instagram","call_count":NaN}]}',
        '{"1":[{"type":"instagram","call_count":true}]}',
        '{"1":[{"type":"instagram","call_count":' + "9" * 400 + "}]}",
    ],
)
def test_an_odd_header_tells_nothing(login: FacebookLogin, header: str) -> None:
    assert list(login.usage(answer(**{BUSINESS: header, "x_app_usage": header}))) == []


def test_a_wait_beyond_all_windows_is_cut(login: FacebookLogin) -> None:
    told = {"1": [{"type": "instagram", "call_count": 100, "estimated_time_to_regain_access": 10**30}]}

    [usage] = login.usage(answer(**{BUSINESS: json.dumps(told)}))

    assert usage.regains == timedelta(days=7)


@pytest.mark.parametrize(
    ("operation", "buckets"),
    [
        ("page", {"app", "pages"}),
        ("page_insights", {"app", "pages"}),
        ("page_reels", {"app", "pages"}),
        ("reel_insights", {"app", "pages"}),
        ("story_insights", {"app", "pages"}),
        ("account_insights", {"app", "instagram"}),
        ("media_insights", {"app", "instagram"}),
        ("stories", {"app", "instagram"}),
        ("debug_token", {"app"}),
        ("pages", {"app"}),
    ],
)
def test_each_call_is_paid_from_its_buckets(login: FacebookLogin, operation: str, buckets: set[str]) -> None:
    assert {budget.key for budget in login.budgets if budget.covers(operation)} == buckets
