"""
Using a link: every question to a platform about a linked account goes through here.

The asker gets live tokens and a guarded, paid client; what the answer says about the link itself is settled
here, once for all askers: a stale token is refreshed and the question asked again, a definite refusal ends
the link. The error reaches the asker in any case, who only has to think of its own work.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from linkroll_sdk import (
    AccessTokenRejected,
    ClientConfig,
    Http,
    InvalidReason,
    LinkedAccount,
    Login,
    NotRefreshable,
    ReauthorizationRequired,
    ScopeNotGranted,
)

from server.database import Record
from server.host import Host
from server.services.links.detection import end_link
from server.services.links.grants import account_place
from server.services.links.one_refresh import Opened
from server.services.links.refreshing import GrantGone, live_grant, ready_grant
from server.services.platforms.budgets import paid
from server.services.platforms.logins import call, client_config, unavailable_reason

T = TypeVar("T")
Question = Callable[[Http, ClientConfig, LinkedAccount], Awaitable[T]]

ALLOWED = (
    "a.grant_id IS NOT NULL AND a.platform_id IS NOT NULL AND (a.expires_at IS NULL OR a.expires_at > {now})"
)
"""Accounts within the time that the person allowed, as SQL over `a`."""
LIVING = f"{ALLOWED} AND a.invalidated_at IS NULL"
"""Which accounts may be asked about: linked, as far as we know."""
LINK_COLUMNS = (
    "a.id AS account_id, a.platform, a.platform_id, a.handle, a.sealed_access_token, g.id, g.login, g.subject,"
    " g.scopes, g.sealed_tokens, g.access_expires_at, g.refresh_expires_at, g.version, g.dead_at"
)
"""What `open_link` needs of an account and its grant, as SQL over `a` and `g`."""


class NoLink(Exception):
    """The account has no living link: nothing was asked."""


@dataclass(frozen=True, slots=True)
class Link:
    """
    An account with what it takes to ask its platform. *grant_id* and *version* say which tokens these are;
    *own_token*, that the account has one of its own.
    """

    account_id: int
    login: Login
    account: LinkedAccount
    grant_id: UUID
    version: int
    own_token: bool


async def use_link(
    host: Host,
    account_id: int,
    operation: str,
    question: Question[T],
    *,
    by_login: bool = False,
    also_invalid: bool = False,
    row: Record | None = None,
) -> T:
    """
    The answer to *question* about an account, asked with live tokens.

    *by_login*: the question is the login's and goes through its plugin's client, else the platform's.
    *also_invalid*: ask although the link counts as over, to see whether it healed. *row*: as in `open_link`.

    Raises `NoLink`, and whatever the plugin raises, after settling what it means for the link.
    """
    link = await open_link(host, account_id, also_invalid=also_invalid, row=row)
    try:
        return await _ask(host, link, operation, question, by_login)
    except AccessTokenRejected as error:
        link = await _renewed(host, link, error, operation, also_invalid)
    try:
        return await _ask(host, link, operation, question, by_login)
    except AccessTokenRejected as error:
        await _end(host, link, error, operation)
        raise _definite(error) from None


async def open_link(
    host: Host, account_id: int, *, also_invalid: bool = False, row: Record | None = None
) -> Link:
    """
    The account's link, its tokens refreshed where they were due. Raises `NoLink` and as `live_grant`.

    *row* has the `LINK_COLUMNS` of a living link, where somebody has read them just now.
    """
    row = row or await _account(host, account_id, also_invalid)
    login = host.platforms.logins.get(row["login"])
    if login is None or row["platform"] not in host.platforms:
        raise NoLink("its plugin is not installed")
    if (why := unavailable_reason(host, login)) is not None:
        raise NoLink(why)
    try:
        grant = ready_grant(host, login, row) or await live_grant(host, row["id"])
    except GrantGone:
        raise NoLink("its grant is over") from None
    own_token = row["sealed_access_token"] is not None
    return Link(account_id, login, _linked(host, row, grant), grant.id, grant.version, own_token)


async def _account(host: Host, account_id: int, also_invalid: bool) -> Record:
    living = (ALLOWED if also_invalid else LIVING).format(now="$2")
    row = await host.database.fetchrow(
        f"SELECT {LINK_COLUMNS} FROM social_account a JOIN oauth_grant g ON g.id = a.grant_id"
        f" WHERE a.id = $1 AND {living}",
        account_id,
        host.now(),
    )
    if row is None:
        raise NoLink("it is not linked")
    return row


def _linked(host: Host, row: Record, grant: Opened) -> LinkedAccount:
    sealed = row["sealed_access_token"]
    own = host.vault.open(sealed, account_place(row["account_id"])) if sealed else grant.tokens.access_token
    return LinkedAccount(
        platform=row["platform"],
        platform_id=row["platform_id"],
        login=grant.login,
        subject=grant.subject,
        scopes=grant.scopes,
        access_token=own,
        grant_access_token=grant.tokens.access_token,
        handle=row["handle"],
    )


async def _ask(host: Host, link: Link, operation: str, question: Question[T], by_login: bool) -> T:
    """The answer; what a definite refusal means for the link is settled before it is raised."""
    login, account = link.login, link.account
    find = host.platforms.plugin_of_login if by_login else host.platforms.plugin_of_platform
    plugin = find(login.key if by_login else account.platform)
    http = paid(host, login, account.platform_id, host.outgoing.to(plugin.allowance, login.key))
    client = client_config(host, login)
    try:
        return await call(login, operation, lambda: question(http, client, account))
    except ReauthorizationRequired as error:
        await _end(host, link, error, operation)
        raise
    except ScopeNotGranted as error:
        await _lose_scopes(host, link, error, operation)
        raise


async def _renewed(
    host: Host, link: Link, error: AccessTokenRejected, operation: str, also_invalid: bool
) -> Link:
    """The link with other tokens than those refused; where there are none, the refusal is the last word."""
    try:
        await live_grant(host, link.grant_id, refused=link.version)
    except NotRefreshable:
        await _end(host, link, error, operation)
        raise _definite(error) from None
    except GrantGone:
        raise NoLink("its grant is over") from None
    return await open_link(host, link.account_id, also_invalid=also_invalid)


async def _end(
    host: Host, link: Link, error: AccessTokenRejected | ReauthorizationRequired, operation: str
) -> None:
    await end_link(
        host, link.account_id, link.grant_id, link.version, error, operation, own_token=link.own_token
    )


def _definite(error: AccessTokenRejected) -> ReauthorizationRequired:
    return ReauthorizationRequired(error.reason, operation=error.operation, platform_code=error.platform_code)


async def _lose_scopes(host: Host, link: Link, error: ScopeNotGranted, operation: str) -> None:
    """A scope that the platform's accounts cannot do without is gone; what is merely welcome ends nothing."""
    if link.login.needed_for(link.account.platform) & error.missing:
        lost = ReauthorizationRequired(
            InvalidReason.PERMISSION_LOST, operation=error.operation, platform_code=error.platform_code
        )
        await _end(host, link, lost, operation)
