"""The operator's app, and recorded answers of graph.facebook.com (meta sheet 9)."""

from collections.abc import Callable

import pytest
from linkroll_sdk import ClientConfig, Grant, TokenSet
from linkroll_sdk.testing import Answer, ScriptedHttp
from linkroll_sdk.testing.suite import allowance_of

from linkroll_facebook.oauth import FacebookLogin

Play = Callable[..., ScriptedHttp]


@pytest.fixture
def login() -> FacebookLogin:
    return FacebookLogin()


@pytest.fixture
def app() -> ClientConfig:
    return ClientConfig("987654321012345", "app-secret")


@pytest.fixture
def play(login: FacebookLogin) -> Play:
    """Makes a Facebook that gives these answers, in this order."""

    def facebook(*script: Answer) -> ScriptedHttp:
        return ScriptedHttp(allowance_of(login), script)

    return facebook


@pytest.fixture
def grant(login: FacebookLogin) -> Grant:
    """Everything granted, with the token EAAG0sandbox2."""
    return Grant("102030405060708", TokenSet("EAAG0sandbox2"), frozenset(login.scope_names()))
