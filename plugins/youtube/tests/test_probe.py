"""Whether a link still works: the probe, what keeps it alive, and what it costs."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from linkroll_sdk import (
    AccessTokenRejected,
    AccountFacts,
    ClientConfig,
    Health,
    InvalidReason,
    LinkedAccount,
    RateLimited,
    ReauthorizationRequired,
    ScopeNotGranted,
    TokenSet,
    Window,
)
from linkroll_sdk.testing import ScriptedHttp, json_answer

from linkroll_youtube.errors import NoChannel
from linkroll_youtube.oauth import GoogleLogin
from linkroll_youtube.platform import PLATFORM

Google = Callable[..., ScriptedHttp]
Recorded = Callable[[str], Any]
Probe = Callable[..., Any]

PATH = "/youtube/v3/channels"


@pytest.fixture
def probe(login: GoogleLogin, client: ClientConfig, google: Google, account: LinkedAccount) -> Probe:
    """The probe of Mara's link against one answer."""

    async def probing(body: object, status: int = 200) -> Health:
        return await login.probe(google(json_answer("GET", PATH, body, status)), client, account)

    return probing


def refusal(reason: str) -> dict[str, Any]:
    return {"error": {"code": 403, "errors": [{"reason": reason}]}}


class TestTheProbe:
    async def test_a_living_link_tells_how_the_channel_presents_itself(
        self, probe: Probe, recorded: Recorded
    ) -> None:
        assert await probe(recorded("channels")) == Health(
            facts=AccountFacts("marabakes", "Mara Bakes", "https://yt3.ggpht.com/x=s800", 48200)
        )

    async def test_it_costs_one_unit_and_asks_for_nothing_but_the_own_channel(
        self,
        login: GoogleLogin,
        client: ClientConfig,
        google: Google,
        account: LinkedAccount,
        recorded: Recorded,
    ) -> None:
        http = google(json_answer("GET", PATH, recorded("channels")))

        await login.probe(http, client, account)

        (request,) = http.requests
        assert request.operation == "probe"
        assert request.params == {"part": "id,snippet,statistics", "mine": "true"}
        assert request.access_token == account.access_token

    async def test_a_hidden_count_changes_nothing_that_is_known(
        self, probe: Probe, recorded: Recorded
    ) -> None:
        answer = recorded("channels")
        answer["items"][0]["statistics"] = {"hiddenSubscriberCount": True, "subscriberCount": "0"}

        assert (await probe(answer)).facts.followers is None

    async def test_another_channel_than_the_linked_one_ends_the_link(
        self, probe: Probe, recorded: Recorded
    ) -> None:
        """The grant is fine; but it acts as a channel that nobody linked."""
        answer = recorded("channels")
        answer["items"][0]["id"] = "UCsomebodyElse_Channel00"

        with pytest.raises(ReauthorizationRequired) as caught:
            await probe(answer)

        assert caught.value.reason is InvalidReason.ROLE_LOST
        assert caught.value.operation == "probe"

    async def test_an_answer_without_a_channel_is_asked_for_again(
        self, probe: Probe, recorded: Recorded
    ) -> None:
        """An empty answer is no word of Google's: it counts only when a fresh token gets it too."""
        with pytest.raises(AccessTokenRejected) as caught:
            await probe(recorded("no_channel"))

        assert caught.value.reason is InvalidReason.ACCOUNT_GONE

    @pytest.mark.parametrize("status", [401, 403])
    async def test_a_channel_that_google_says_is_gone_is_no_revoked_grant(
        self, probe: Probe, recorded: Recorded, status: int
    ) -> None:
        with pytest.raises(NoChannel) as caught:
            await probe(recorded("signup_required"), status)

        assert caught.value.reason is InvalidReason.ACCOUNT_GONE

    @pytest.mark.parametrize(
        ("reason", "raised"),
        [
            ("authError", AccessTokenRejected),
            ("channelSuspended", ReauthorizationRequired),
            ("insufficientPermissions", ScopeNotGranted),
        ],
    )
    async def test_a_refusal_is_raised_for_what_it_is(
        self, probe: Probe, reason: str, raised: type[Exception]
    ) -> None:
        with pytest.raises(raised):
            await probe(refusal(reason), 401 if reason == "authError" else 403)

    async def test_used_up_quota_waits_until_midnight_in_california_by_the_servers_clock(
        self, probe: Probe
    ) -> None:
        with pytest.raises(RateLimited) as caught:
            await probe(refusal("quotaExceeded"), 403)

        assert caught.value.retry_after == timedelta(hours=20).total_seconds()


class TestStayingAlive:
    def test_tokens_that_die_unused_are_renewed_each_month(self, login: GoogleLogin) -> None:
        assert login.refreshes
        assert login.keep_alive == timedelta(days=30)

    def test_numbers_go_with_the_link_as_youtubes_policies_want(self) -> None:
        kept = PLATFORM.retention

        assert (kept.recheck_days, kept.end_days, kept.request_days) == (30, 30, 7)


class TestTheBudgets:
    @pytest.mark.parametrize(
        ("operation", "budget"),
        [
            ("channels", "units"),
            ("probe", "units"),
            ("uploads", "units"),
            ("videos", "units"),
            ("video_stats", "batch_get_stats"),
            ("channel_report", "analytics"),
            ("video_report", "analytics"),
        ],
    )
    def test_each_call_is_paid_from_one_bucket(self, login: GoogleLogin, operation: str, budget: str) -> None:
        assert [b.key for b in login.budgets if b.covers(operation)] == [budget]

    @pytest.mark.parametrize("operation", ["exchange", "refresh", "revoke", "userinfo"])
    def test_staying_signed_in_costs_nothing(self, login: GoogleLogin, operation: str) -> None:
        assert not [b for b in login.budgets if b.covers(operation)]

    def test_the_buckets_are_new_at_midnight_in_california(self, login: GoogleLogin) -> None:
        assert {b.key: (b.window, b.limit) for b in login.budgets} == {
            "units": (Window.PACIFIC_DAY, 10_000),
            "batch_get_stats": (Window.PACIFIC_DAY, 10_000),
            "analytics": (Window.PACIFIC_DAY, None),
        }

    def test_every_cost_is_paid_from_a_bucket(self, login: GoogleLogin) -> None:
        assert PLATFORM.metrics is not None

        for cost in PLATFORM.metrics.costs:
            assert any(b.covers(cost.operation) for b in login.budgets), cost


class TestTheFingerprints:
    def test_a_refresh_token_is_known_by_its_double_hash(self, login: GoogleLogin) -> None:
        tokens = TokenSet("ya29.planted-access", "1//planted-refresh")
        twice = hashlib.sha512(hashlib.sha512(b"1//planted-refresh").digest()).digest()

        found = login.fingerprints(tokens)

        assert base64.b64encode(twice).decode().rstrip("=") in found

    def test_they_hold_no_part_of_a_token_and_fit_a_column(
        self, login: GoogleLogin, tokens: TokenSet
    ) -> None:
        for fingerprint in login.fingerprints(tokens):
            assert len(fingerprint) <= 200
            assert "planted" not in fingerprint

    def test_another_refresh_token_has_others(self, login: GoogleLogin, tokens: TokenSet) -> None:
        other = replace(tokens, refresh_token="1//another-refresh")

        assert not login.fingerprints(tokens) & login.fingerprints(other)

    def test_an_access_token_has_none(self, login: GoogleLogin) -> None:
        assert login.fingerprints(TokenSet("ya29.planted-access")) == frozenset()
