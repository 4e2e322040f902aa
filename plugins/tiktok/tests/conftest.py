"""The operator's app, a consent in progress, and TikTok played from a script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from linkroll_sdk import Allowance, ClientConfig, CodeExchange, LinkedAccount, TokenSet
from linkroll_sdk.testing import Answer, ScriptedHttp

from linkroll_tiktok.fetching import TikTokMetrics
from linkroll_tiktok.oauth import TikTokLogin

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def login() -> TikTokLogin:
    return TikTokLogin()


@pytest.fixture
def client() -> ClientConfig:
    return ClientConfig("sbaw1example", "the client's secret & more")


@pytest.fixture
def fetcher() -> TikTokMetrics:
    return TikTokMetrics()


@pytest.fixture
def tiktok(login: TikTokLogin, fetcher: TikTokMetrics) -> Callable[..., ScriptedHttp]:
    """TikTok with the given answers, under the plugin's own allowance."""
    allowance = Allowance(login.hosts | fetcher.hosts, (*login.operations, *fetcher.operations))

    def scripted(*answers: Answer) -> ScriptedHttp:
        return ScriptedHttp(allowance, answers, at=NOW)

    return scripted


@pytest.fixture
def code() -> CodeExchange:
    return CodeExchange(
        code="Vx3aExampleCode*0!6410.s1",
        redirect_uri="https://linkroll.example/oauth/tiktok/callback",
        requested_scopes=frozenset({"user.info.basic", "user.info.profile", "user.info.stats", "video.list"}),
        callback_params={"scopes": "user.info.basic,video.list"},
    )


@pytest.fixture
def tokens() -> TokenSet:
    """A pair whose access token has an hour left, on the hundredth day of the consent."""
    return TokenSet(
        "act.Zx81ExampleAccess!4120.va",
        "rft.Qp77ExampleRefresh!4121.va",
        access_expires_at=NOW + timedelta(hours=1),
        refresh_expires_at=NOW + timedelta(days=80),
    )


@pytest.fixture
def mara() -> LinkedAccount:
    """An account whose person left every scope on."""
    return LinkedAccount(
        platform="tiktok",
        platform_id="-000mK3xExampleOpenId91",
        login="tiktok",
        subject="-000mK3xExampleOpenId91",
        scopes=frozenset({"user.info.basic", "user.info.profile", "user.info.stats", "video.list"}),
        access_token="act.Zx81ExampleAccess!4120.va",
        grant_access_token="act.Zx81ExampleAccess!4120.va",
        handle="marabakes",
    )
