"""What the tests share: recorded answers, an operator's app, a scripted Google, a grant."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from linkroll_sdk import Allowance, ClientConfig, Grant, LinkedAccount, TokenSet
from linkroll_sdk.testing import Answer, ScriptedHttp

from linkroll_youtube.fetching import YouTubeMetrics
from linkroll_youtube.oauth import GoogleLogin
from linkroll_youtube.scopes import SCOPES

ANSWERS = Path(__file__).parent / "answers"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def recorded() -> Callable[[str], Any]:
    """A recorded answer by its name, as JSON."""
    return lambda name: json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def login() -> GoogleLogin:
    return GoogleLogin()


@pytest.fixture
def client() -> ClientConfig:
    return ClientConfig("client-id", "client-secret")


@pytest.fixture
def google(login: GoogleLogin) -> Callable[..., ScriptedHttp]:
    """Google, answering what the test says, under the login's own allowance."""

    def answering(*script: Answer) -> ScriptedHttp:
        return ScriptedHttp(Allowance(login.hosts, login.operations), script, at=NOW)

    return answering


@pytest.fixture
def fetcher() -> YouTubeMetrics:
    return YouTubeMetrics()


@pytest.fixture
def youtube(fetcher: YouTubeMetrics) -> Callable[..., ScriptedHttp]:
    """YouTube's APIs, answering what the test says, under the fetcher's own allowance."""

    def answering(*script: Answer) -> ScriptedHttp:
        return ScriptedHttp(Allowance(fetcher.hosts, fetcher.operations), script, at=NOW)

    return answering


@pytest.fixture
def account(grant: Grant) -> LinkedAccount:
    """Mara's channel, linked with every box ticked."""
    token = grant.tokens.access_token
    return LinkedAccount(
        "youtube",
        "UCk3Ex4mpleCh4nnelId_00A",
        "google",
        grant.subject,
        grant.scopes,
        token,
        token,
        "marabakes",
    )


@pytest.fixture
def tokens() -> TokenSet:
    return TokenSet("ya29.planted-access", "1//planted-refresh", NOW + timedelta(hours=1))


@pytest.fixture
def grant(tokens: TokenSet) -> Grant:
    """A consent with every box ticked."""
    return Grant("109876543210987654321", tokens, frozenset(scope.name for scope in SCOPES))
