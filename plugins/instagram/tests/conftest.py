"""The operator's Instagram app, and recorded answers of Instagram Login (meta sheet 9)."""

from collections.abc import Callable

import pytest
from linkroll_sdk import ClientConfig, Grant, TokenSet
from linkroll_sdk.testing import Answer, ScriptedHttp
from linkroll_sdk.testing.suite import allowance_of

from linkroll_instagram.oauth import InstagramLogin

Play = Callable[..., ScriptedHttp]


@pytest.fixture
def login() -> InstagramLogin:
    return InstagramLogin()


@pytest.fixture
def app() -> ClientConfig:
    return ClientConfig("123456789012345", "ig-app-secret")


@pytest.fixture
def play(login: InstagramLogin) -> Play:
    """Makes an Instagram that gives these answers, in this order."""

    def instagram(*script: Answer) -> ScriptedHttp:
        return ScriptedHttp(allowance_of(login), script)

    return instagram


@pytest.fixture
def grant(login: InstagramLogin) -> Grant:
    """Everything granted, with the token IGAAsandbox2."""
    return Grant("26040011223344556", TokenSet("IGAAsandbox2"), frozenset(login.scope_names()))
