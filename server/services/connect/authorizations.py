"""
Connect, as far as the platform: from `connectSocialAccount` to the callback.

    begin           makes the attempt and our own address to open                (mutation)
    open_attempt    binds it to the browser, goes on to the platform             (routes/connect)
    take            the callback: used once, before any network call             (routes/oauth_callback)

`services.connect.consents` carries a taken attempt on: tokens, accounts, choice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from linkroll_sdk import AuthorizeRequest, LinkrollSdkError, Login, code_challenge

from server.database import Transaction
from server.host import Host
from server.models import ConnectAttempt, OAuthGrant, SocialAccount
from server.services import refusals
from server.services.callers.audit import made
from server.services.callers.lookup import get_account, get_profile
from server.services.callers.viewers import Viewer, require_change
from server.services.connect.attempts import announce, deadline, digest, new_secret, verifier_place
from server.services.connect.outcomes import fail_for
from server.services.connect.return_urls import return_url_allowed
from server.services.platforms.logins import CALL_SECONDS, ask, choose_login, client_config

MAX_URL = 8_000
EXCHANGE_TIME = timedelta(seconds=2 * CALL_SECONDS + 30)
"""How long a taken attempt may wait for its platform: an exchange and a discovery at their longest."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A new attempt, and our own address that the person's browser must open."""

    attempt_id: UUID
    authorize_url: str = field(repr=False)


async def begin(
    host: Host,
    viewer: Viewer,
    *,
    account_id: int | None = None,
    profile_id: int | None = None,
    platform: str | None = None,
    login_key: str | None = None,
    return_url: str | None = None,
) -> Begun:
    """Start connecting an account, or any account of *platform* to a profile."""
    require_change(viewer)
    _check_return_url(host, return_url)
    start = new_secret()
    async with host.database.transaction() as transaction:
        await _check_open_attempts(host, transaction, viewer)
        account = await get_account(transaction, viewer, account_id) if account_id else None
        profile = await get_profile(
            transaction, viewer, account.profile_id if account else profile_id or 0, lock="SHARE"
        )
        platform_key = account.platform if account else platform or ""
        login = choose_login(host, platform_key, login_key, await _earlier_login(account))
        attempt = await ConnectAttempt.create(
            login=login.key,
            platform=platform_key,
            profile_id=profile.id,
            account_id=account.id if account else None,
            api_key_id=viewer.key_id,
            return_url=return_url,
            start_hash=digest(start),
            created_at=host.now(),
            expires_at=deadline(host),
        )
        made("ConnectAttempt", attempt.id)
    return Begun(attempt.id, f"{host.settings.origin}/connect/{start}")


async def _earlier_login(account: SocialAccount | None) -> str | None:
    if account is None or account.grant_id is None:
        return None
    grant = await OAuthGrant.get_or_none(id=account.grant_id)
    return grant.login if grant else None


async def _check_open_attempts(host: Host, transaction: Transaction, viewer: Viewer) -> None:
    # One at a time for each caller, or several begun at once would all find room.
    await transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", viewer.key_id)
    rows = await transaction.fetch(
        "SELECT count(*) AS open FROM connect_attempt"
        " WHERE api_key_id = $1 AND finished_at IS NULL AND expires_at > $2",
        viewer.key_id,
        host.now(),
    )
    if rows[0]["open"] >= host.settings.attempts_per_caller:
        raise refusals.TooManyAttempts(limit=host.settings.attempts_per_caller)


def _check_return_url(host: Host, url: str | None) -> None:
    if url is not None and not return_url_allowed(url, host.settings.return_urls):
        raise refusals.ReturnUrlNotAllowed()


@dataclass(frozen=True, slots=True)
class WayBack:
    """An attempt, and where its browser returns to: the frontend, or a page of ours where that is None."""

    attempt_id: UUID
    return_url: str | None


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the browser goes next, and the secret its cookie must keep. Without an address the attempt ended here."""

    authorize_url: str | None = field(repr=False)
    browser_secret: str = field(repr=False)
    way_back: WayBack


async def open_attempt(host: Host, start: str, browser_secret: str | None) -> Opened | None:
    """
    Bind an attempt to the browser that opened its address; None when it cannot be opened (any more).

    The same browser may open it again and gets a new `state`; another browser may not.
    """
    secret, state, verifier = browser_secret or new_secret(), new_secret(), new_secret()
    async with host.database.transaction() as transaction:
        rows = await transaction.fetch(
            "SELECT id FROM connect_attempt"
            " WHERE start_hash = $1 AND taken_at IS NULL AND finished_at IS NULL AND expires_at > $2"
            " AND (browser_hash IS NULL OR browser_hash = $3) FOR UPDATE",
            digest(start),
            host.now(),
            digest(secret),
        )
        if not rows:
            return None
        attempt = await ConnectAttempt.get(id=rows[0]["id"])
        attempt.opened_at, attempt.browser_hash, attempt.state_hash = (
            host.now(),
            digest(secret),
            digest(state),
        )
        attempt.sealed_code_verifier = host.vault.seal(verifier, verifier_place(attempt.id))
        # In one go: changing a row twice in a transaction locks what it refers to, the account among it.
        await attempt.save(update_fields=["opened_at", "browser_hash", "state_hash", "sealed_code_verifier"])
        reconnect = await _was_authenticated(attempt)
        await announce(transaction, attempt.id)
    login = host.platforms.logins[attempt.login]
    request = AuthorizeRequest(
        client=client_config(host, login),
        redirect_uri=redirect_uri(host, login.key),
        state=state,
        scopes=login.scope_names(),
        code_challenge=code_challenge(verifier, login.pkce),
        reconnect=reconnect,
    )
    way_back = WayBack(attempt.id, attempt.return_url)
    try:
        url = ask(login, "authorize_url", lambda: _checked_url(host, login, login.authorize_url(request)))
        address = host.outgoing.address(url)
    except LinkrollSdkError as error:
        await fail_for(host, attempt.id, login.key, error)
        return Opened(None, secret, way_back)
    return Opened(address, secret, way_back)


def _checked_url(host: Host, login: Login, url: object) -> str:
    """The platform's own page; raises for what leads anywhere else, where the person must not be sent."""
    if not isinstance(url, str) or len(url) > MAX_URL:
        raise TypeError("no address")
    host.platforms.plugin_of_login(login.key).allowance.check("GET", url)
    return url


async def _was_authenticated(attempt: ConnectAttempt) -> bool:
    account = await SocialAccount.get_or_none(id=attempt.account_id) if attempt.account_id else None
    return account is not None and account.authenticated_at is not None


def redirect_uri(host: Host, login_key: str) -> str:
    """Where a login sends the browser back: fixed by the configuration, one for each login."""
    return f"{host.settings.origin}/oauth/{login_key}/callback"


async def take(host: Host, login_key: str, state: str, browser_secret: str | None) -> WayBack | None:
    """
    Take the attempt that *state* belongs to; None for an unknown, used, expired or another browser's.

    The row is taken before any network call: a second callback with the same state must find nothing,
    even while the first still waits for the platform.
    """
    if not state or browser_secret is None:
        return None
    async with host.database.transaction() as transaction:
        row = await transaction.fetchrow(
            # What is taken in time gets the time that the platform's answers may take.
            "UPDATE connect_attempt SET taken_at = $4, expires_at = GREATEST(expires_at, $4 + $5::interval)"
            " WHERE state_hash = $1 AND login = $2"
            " AND browser_hash = $3 AND taken_at IS NULL AND finished_at IS NULL AND expires_at > $4"
            " RETURNING id, return_url",
            digest(state),
            login_key,
            digest(browser_secret),
            host.now(),
            EXCHANGE_TIME,
        )
        if row is None:
            return None
        await announce(transaction, row["id"])
    return WayBack(row["id"], row["return_url"])
