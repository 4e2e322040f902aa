"""Logins as this server can use them: configured or not, and every call to one at arm's length."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import structlog
from linkroll_sdk import (
    AccessTokenRejected,
    CallbackRejected,
    ClientConfig,
    ConsentFailed,
    ForbiddenOperation,
    Http,
    InvalidReason,
    LinkrollSdkError,
    Login,
    PlatformUnavailable,
    RateLimited,
    ReauthorizationRequired,
    ScopeNotGranted,
    UnexpectedAnswer,
)

from server.host import Host
from server.plugin_edge import is_failure
from server.services.refusals import LoginUnavailable

T = TypeVar("T")

CALL_SECONDS = 60
"""A plugin that hangs is cut off: its caller gets `PlatformUnavailable`."""
LEAVE_SECONDS = 2
"""How long one that is cut off may take to leave. Then it is left behind."""
LONG_SECONDS = 0.25
"""Nobody is served while a plugin works out an answer that needs no I/O: what takes longer is logged."""

_under_way: set[asyncio.Task[Any]] = set()

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


async def call(
    login: Login, operation: str, question: Callable[[], Awaitable[T]], seconds: float = CALL_SECONDS
) -> T:
    """
    Await a plugin's answer, for as long as it may take. Asked in here: a plain function may raise at once.

    It is asked in a task of its own: one that does not let itself be cancelled is left behind.
    """
    task = asyncio.create_task(_asked(login, operation, question))
    _under_way.add(task)
    task.add_done_callback(_forget)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        is_late = not task.done()
        if is_late:
            await _let_go(login, operation, task)
    # An answer that came at the last moment is one: it may be the only copy of a new pair of tokens.
    if is_late and (not task.done() or task.cancelled() or task.exception() is not None):
        log.warning("plugin hung", login=login.key, operation=operation)
        raise PlatformUnavailable("time-out", operation=operation)
    return task.result()


async def _asked(login: Login, operation: str, question: Callable[[], Awaitable[T]]) -> T:
    with _at_arms_length(login, operation):
        return await question()


async def _let_go(login: Login, operation: str, task: asyncio.Task[T]) -> None:
    task.cancel()
    await asyncio.wait({task}, timeout=LEAVE_SECONDS)
    if not task.done():
        log.error("plugin cannot be stopped", login=login.key, operation=operation)


def _forget(task: asyncio.Task[Any]) -> None:
    _under_way.discard(task)
    if not task.cancelled():
        # Read, so that nobody complains when whoever asked is gone.
        task.exception()


def ask(login: Login, operation: str, question: Callable[[], T]) -> T:
    """A plugin's answer to a question that needs no I/O. Nothing can cut it off: who takes long is named."""
    begun = time.perf_counter()
    try:
        with _at_arms_length(login, operation):
            return question()
    finally:
        seconds = time.perf_counter() - begun
        if seconds > LONG_SECONDS:
            log.warning("plugin held up everybody", login=login.key, operation=operation, seconds=seconds)


@contextlib.contextmanager
def _at_arms_length(login: Login, operation: str) -> Iterator[None]:
    """
    Whatever goes wrong inside comes out as a `LinkrollSdkError` that is sound: a plugin that raises or hangs
    hurts only its own accounts. Nothing of a foreign exception's text is kept.
    """
    try:
        yield
    except ForbiddenOperation as error:
        log.error("plugin tried what it did not declare", login=login.key, tried=str(error))
        raise
    except LinkrollSdkError as error:
        log.info("platform refused", login=login.key, operation=operation, error=type(error).__name__)
        if not is_sound(error):
            raise UnexpectedAnswer(operation=operation, platform_code=type(error).__name__) from None
        raise
    except TimeoutError:
        log.warning("plugin hung", login=login.key, operation=operation)
        raise PlatformUnavailable("time-out", operation=operation) from None
    # The edge of a plugin.
    except BaseException as error:
        if not is_failure(error):
            raise
        log.error("plugin failed", login=login.key, operation=operation, error=type(error).__name__)
        raise UnexpectedAnswer(operation=operation, platform_code=type(error).__name__) from None


def is_sound(error: LinkrollSdkError) -> bool:
    """Whether a plugin's error has the facts of its type, so that whoever catches it can rely on them."""
    facts = [isinstance(getattr(error, name, ""), str) for name in ("operation", "platform_code")]
    match error:
        case ReauthorizationRequired() | AccessTokenRejected():
            facts.append(isinstance(getattr(error, "reason", None), InvalidReason))
        case RateLimited():
            facts.append(_is_wait(getattr(error, "retry_after", "")))
        case ScopeNotGranted():
            missing = getattr(error, "missing", None)
            facts.append(isinstance(missing, frozenset) and all(isinstance(name, str) for name in missing))
        case ConsentFailed():
            facts.append(isinstance(getattr(error, "code", None), str))
        case CallbackRejected():
            facts.append(isinstance(getattr(error, "code", None), str))
            facts.append(isinstance(getattr(error, "status", None), int))
    return all(facts)


def _is_wait(seconds: object) -> bool:
    return seconds is None or (isinstance(seconds, int | float) and math.isfinite(seconds))
