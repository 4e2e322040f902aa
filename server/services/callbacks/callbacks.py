"""
Callbacks: what a platform delivers by itself, at `/callbacks/{login}/{callback}`.

The plugin says whether a delivery is genuine and what it means; here it is filed, once, and answered.
Nothing is worked off before the answer (`services.callbacks.notices` does that), so repeats and replays change
nothing, and a platform never waits for our work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import structlog
from linkroll_sdk import (
    Callback,
    CallbackRejected,
    Delivery,
    Documents,
    Login,
    Notified,
    Receipt,
    Reply,
)

from server.host import Host
from server.services.callbacks.deliveries import file_delivery, records_of
from server.services.platforms.answers import is_storable, plain_code
from server.services.platforms.logins import ask, call, client_config, unavailable_reason

MAX_NOTICES = 1_000
MAX_REPLY = 65_536
MAX_CONTENT_TYPE = 100
READ_SECONDS = 10
"""How long a plugin may take over a delivery, with the fetching of signing keys."""

log = structlog.get_logger("linkroll.callbacks")


def find_callback(host: Host, login_key: str, callback_key: str) -> tuple[Login, Callback] | None:
    """Who listens at an address; None where nobody does, or where the operator has no app at the login."""
    login = host.platforms.logins.get(login_key)
    if login is None or unavailable_reason(host, login) is not None:
        return None
    found = next((c for c in login.callbacks if c.key == callback_key), None)
    return (login, found) if found else None


def answer_challenge(host: Host, login: Login, callback: Callback, query: Mapping[str, str]) -> Reply:
    """The reply to a platform that tests the address. Raises `CallbackRejected`."""
    client = client_config(host, login)
    try:
        return ask(login, "challenge", lambda: _checked(callback.answer_challenge(query, client)))
    except CallbackRejected as error:
        _note_refusal(login, callback, error)
        raise


async def accept(
    host: Host, login: Login, callback: Callback, delivery: Delivery, documents: Documents
) -> Reply:
    """
    File a delivery and give the plugin's reply to it, which is the same for each repeat.

    Raises `CallbackRejected` for what is not genuine; `PlatformUnavailable` where signing keys cannot be
    had now; any other `LinkrollSdkError` is the plugin's fault. Nothing is filed then.
    """
    client = client_config(host, login)

    async def read() -> Notified:
        async with asyncio.timeout(READ_SECONDS):
            notified = await callback.read(delivery, client, documents)
        _check(notified)
        return notified

    try:
        notified = await call(login, "callback", read)
    except CallbackRejected as error:
        _note_refusal(login, callback, error)
        raise
    filed = await file_delivery(host, login.key, callback.key, notified, delivery.received_at)
    kinds = sorted({type(notice).__name__ for notice in notified.notices})
    log.info("callback filed", login=login.key, callback=callback.key, notices=kinds, repeat=filed.is_repeat)
    receipt = Receipt(filed.code, f"{host.settings.origin}/deletion/{filed.code}")
    return ask(login, "callback reply", lambda: _checked(callback.reply(receipt)))


def _check(notified: object) -> None:
    """Refuse nonsense here, where the plugin still answers for it, and not when it is worked off."""
    if not isinstance(notified, Notified) or not isinstance(notified.key, str) or not notified.key:
        raise TypeError("no Notified")
    if not isinstance(notified.notices, Sequence) or len(notified.notices) > MAX_NOTICES:
        raise TypeError("no notices")
    notified.key.encode()
    records_of(notified.notices)


def _checked(reply: object) -> Reply:
    sound = (
        isinstance(reply, Reply)
        and isinstance(reply.status, int)
        and 200 <= reply.status <= 599
        and isinstance(reply.body, bytes)
        and len(reply.body) <= MAX_REPLY
        and is_storable(reply.content_type, MAX_CONTENT_TYPE)
        # It becomes a header.
        and reply.content_type.isascii()
        and reply.content_type.isprintable()
    )
    if not sound:
        raise TypeError("no Reply")
    return reply  # type: ignore[return-value]


def _note_refusal(login: Login, callback: Callback, error: CallbackRejected) -> None:
    log.warning("callback refused", login=login.key, callback=callback.key, code=plain_code(error.code))
