"""Facebook's budgets, and which bucket of the usage headers is whose. Reading headers: linkroll-meta's tests."""

import json
from datetime import timedelta

import pytest
from linkroll_sdk import Response, Usage

from linkroll_facebook.oauth import FacebookLogin


def answer(buckets: object) -> Response:
    headers = {"x-app-usage": '{"call_count":28}', "x-business-use-case-usage": json.dumps(buckets)}
    return Response(200, headers, b"{}")


def test_the_app_a_page_and_an_instagram_account_each_have_a_bucket(login: FacebookLogin) -> None:
    told = {
        "615000111222333": [{"type": "pages", "call_count": 12, "total_cputime": 40, "total_time": 9}],
        "17841400000000123": [
            {"type": "instagram", "call_count": 85, "estimated_time_to_regain_access": 12},
            {"type": "ads_insights", "call_count": 99},
        ],
    }

    assert list(login.usage(answer(told))) == [
        Usage("app", 28.0),
        Usage("pages", 40.0, "615000111222333"),
        Usage("instagram", 85.0, "17841400000000123", timedelta(minutes=12)),
    ]


def test_every_bucket_that_is_told_of_is_a_budget(login: FacebookLogin) -> None:
    told = {"1": [{"type": "pages", "call_count": 1}, {"type": "instagram", "call_count": 1}]}

    assert {one.budget for one in login.usage(answer(told))} == {budget.key for budget in login.budgets}


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
