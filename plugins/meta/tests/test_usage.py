"""What the usage headers tell, and how long they say to wait (meta sheet 6)."""

import json
from datetime import timedelta

import pytest
from linkroll_meta.usage import APP, INSTAGRAM, usage, wait_seconds
from linkroll_sdk import Usage

BUSINESS = "x-business-use-case-usage"
BY_TYPE = {"pages": "pages", "instagram": "instagram"}


def test_the_fullest_counter_of_the_app_counts() -> None:
    told = '{"call_count":28,"total_time":25,"total_cputime":31.5}'

    assert usage({"x-app-usage": told}, {}) == [Usage("app", 31.5)]


def test_each_bucket_of_the_business_header_is_its_accounts() -> None:
    told = {
        "615000111222333": [{"type": "pages", "call_count": 12, "total_cputime": 40, "total_time": 9}],
        "17841400000000123": [
            {"type": "instagram", "call_count": 85, "estimated_time_to_regain_access": 12},
            {"type": "ads_insights", "call_count": 99},
        ],
    }

    assert usage({BUSINESS: json.dumps(told)}, BY_TYPE) == [
        Usage("pages", 40.0, "615000111222333"),
        Usage("instagram", 85.0, "17841400000000123", timedelta(minutes=12)),
    ]


def test_a_bucket_of_which_a_plugin_has_no_calls_is_left_out() -> None:
    told = {"1": [{"type": "pages", "call_count": 12}, {"type": "instagram", "call_count": 5}]}

    assert usage({BUSINESS: json.dumps(told)}, {"instagram": "media"}) == [Usage("media", 5.0, "1")]


ODD = [
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
]


@pytest.mark.parametrize("header", ODD)
def test_an_odd_header_tells_nothing(header: str) -> None:
    assert usage({BUSINESS: header, "x-app-usage": header}, BY_TYPE) == []


@pytest.mark.parametrize("header", ODD)
def test_an_odd_header_tells_no_wait_and_hides_none(header: str) -> None:
    assert wait_seconds({BUSINESS: header}) is None
    assert wait_seconds({BUSINESS: header, "retry-after": "30"}) == 30.0


@pytest.mark.parametrize("told", ["soon", "-5", "0", "1.5", ""])
def test_an_odd_retry_after_tells_no_wait(told: str) -> None:
    assert wait_seconds({"retry-after": told}) is None


def test_the_longest_wait_of_all_buckets_counts() -> None:
    told = {
        "1": [{"type": "pages", "estimated_time_to_regain_access": 3}, {"type": "instagram"}],
        "2": [{"type": "ads", "estimated_time_to_regain_access": 12}],
    }

    assert wait_seconds({BUSINESS: json.dumps(told), "retry-after": "5"}) == 720.0


def test_a_wait_beyond_all_windows_is_cut() -> None:
    told = {"1": [{"type": "instagram", "call_count": 100, "estimated_time_to_regain_access": 10**30}]}

    [found] = usage({BUSINESS: json.dumps(told)}, BY_TYPE)

    assert found.regains == timedelta(days=7)
    assert wait_seconds({BUSINESS: json.dumps(told)}) == timedelta(days=7).total_seconds()


@pytest.mark.parametrize("operation", ["account", "account_insights", "media", "media_insights", "stories"])
def test_an_instagram_account_pays_from_its_own_bucket_and_the_apps(operation: str) -> None:
    assert INSTAGRAM.covers(operation) and APP.covers(operation)
    assert INSTAGRAM.per_account and not APP.per_account


@pytest.mark.parametrize("operation", ["me", "refresh", "debug_token", "page", "accounts"])
def test_other_calls_are_the_apps_alone(operation: str) -> None:
    assert APP.covers(operation) and not INSTAGRAM.covers(operation)
