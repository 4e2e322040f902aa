"""Logins as this server can use them: configured or not, and every call to one at arm's length."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import structlog
from linkroll_sdk import (
    ClientConfig,
    ForbiddenOperation,
    Http,
    LinkrollSdkError,
    Login,
    PlatformUnavailable,
    UnexpectedAnswer,
)

from server.host import Host
from server.services.refusals import LoginUnavailable

T = TypeVar("T")

CALL_SECONDS = 60
"""A plugin that hangs is cut off: its caller gets `PlatformUnavailable`."""

log = structlog.get_logger("linkroll.plugins")


def unavailable_reason(host: Host, login: Login) -> str | None:
    """Why a login cannot be used here, as a sentence; None when it can."""
    settings = host.settings.logins.get(login.key)
    if settings is None or not settings.is_complete:
        name = login.key.upper()
        return f"The operator has not set LINKROLL_LOGINS__{name}__CLIENT_ID and …__CLIENT_SECRET."
    return None


def client_config(host: Host, login: Login) -> ClientConfig:
    """The operator's app at *login*. Contains the client secret."""
    settings = host.settings.logins[login.key]
    return ClientConfig(settings.client_id, settings.client_secret.get_secret_value(), settings.options)


def http_for(host: Host, login: Login) -> Http:
    """The guarded client of the plugin that brings *login*."""
    return host.outgoing.to(host.platforms.plugin_of_login(login.key).allowance, login.key)


def choose_login(host: Host, platform: str, wanted: str | None, earlier: str | None) -> Login:
    """
    The login to connect an account of *platform* by: the one asked for, else the one it was linked by,
    else the first that is available, the platform's own before others.
    """
    reaching = {login.key: login for login in host.platforms.logins_for(platform)}
    if wanted is not None:
        return _available(host, platform, wanted, reaching.get(wanted))
    order = [reaching[earlier]] if earlier in reaching else []
    for login in (*order, *reaching.values()):
        if unavailable_reason(host, login) is None:
            return login
    first = next(iter(reaching.values()), None)
    return _available(host, platform, wanted, first)


def _available(host: Host, platform: str, wanted: str | None, login: Login | None) -> Login:
    if login is None:
        raise LoginUnavailable(
            platform=platform, login=wanted, reason="No installed login reaches this platform."
        )
    reason = unavailable_reason(host, login)
    if reason is not None:
        raise LoginUnavailable(platform=platform, login=login.key, reason=reason)
    return login


async def call(login: Login, operation: str, question: Callable[[], Awaitable[T]]) -> T:
    """Await a plugin's answer, for as long as it may take. Asked in here: a plain function may raise at once."""
    with _at_arms_length(login, operation):
        async with asyncio.timeout(CALL_SECONDS):
            return await question()


def ask(login: Login, operation: str, question: Callable[[], T]) -> T:
    """A plugin's answer to a question that needs no I/O."""
    with _at_arms_length(login, operation):
        return question()


@contextlib.contextmanager
def _at_arms_length(login: Login, operation: str) -> Iterator[None]:
    """
    Whatever goes wrong inside comes out as a `LinkrollSdkError`: a plugin that raises or hangs hurts only
    its own accounts. Nothing of a foreign exception's text is kept.
    """
    try:
        yield
    except ForbiddenOperation as error:
        log.error("plugin tried what it did not declare", login=login.key, tried=str(error))
        raise
    except LinkrollSdkError as error:
        log.info("platform refused", login=login.key, operation=operation, error=type(error).__name__)
        raise
    except TimeoutError:
        log.warning("plugin hung", login=login.key, operation=operation)
        raise PlatformUnavailable("time-out", operation=operation) from None
    # The edge of a plugin.
    except Exception as error:
        log.error("plugin failed", login=login.key, operation=operation, error=type(error).__name__)
        raise UnexpectedAnswer(operation=operation, platform_code=type(error).__name__) from None
