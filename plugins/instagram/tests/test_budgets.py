"""Instagram's budgets, and which bucket of the usage headers is whose. Reading headers: linkroll-meta's tests."""

import json
from datetime import timedelta

import pytest
from linkroll_sdk import Response, Usage

from linkroll_instagram.oauth import InstagramLogin


def answer(buckets: object) -> Response:
    headers = {"x-app-usage": '{"call_count":28}', "x-business-use-case-usage": json.dumps(buckets)}
    return Response(200, headers, b"{}")


def test_the_app_and_an_account_each_have_a_bucket(login: InstagramLogin) -> None:
    told = {
        "17841400000000123": [
            {"type": "instagram", "call_count": 85, "estimated_time_to_regain_access": 12},
            {"type": "pages", "call_count": 99},
        ]
    }

    assert list(login.usage(answer(told))) == [
        Usage("app", 28.0),
        Usage("instagram", 85.0, "17841400000000123", timedelta(minutes=12)),
    ]


def test_every_bucket_that_is_told_of_is_a_budget(login: InstagramLogin) -> None:
    told = {"1": [{"type": "pages", "call_count": 1}, {"type": "instagram", "call_count": 1}]}

    assert {one.budget for one in login.usage(answer(told))} == {budget.key for budget in login.budgets}


@pytest.mark.parametrize(
    ("operation", "buckets"),
    [
        ("account", {"app", "instagram"}),
        ("account_insights", {"app", "instagram"}),
        ("media", {"app", "instagram"}),
        ("media_insights", {"app", "instagram"}),
        ("stories", {"app", "instagram"}),
        ("me", {"app"}),
        ("refresh", {"app"}),
    ],
)
def test_each_call_is_paid_from_its_buckets(login: InstagramLogin, operation: str, buckets: set[str]) -> None:
    assert {budget.key for budget in login.budgets if budget.covers(operation)} == buckets
