"""
Whether a link still works: what `debug_token` says of its token, then what the account says of itself.

Two calls, because each is blind to something: a token can be valid while its account is gone or has become
personal, and no answer of an account tells its scopes or the end of data access.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from linkroll_sdk import AccountFacts, Health, LinkedAccount, UnexpectedAnswer

from linkroll_facebook.accounts import (
    FACEBOOK,
    INSTAGRAM_FIELDS,
    INSTAGRAM_SCOPES,
    PAGE_SCOPES,
    InstagramAccount,
    Page,
    read_instagram,
    read_page,
    read_ticks,
)
from linkroll_facebook.graph import Graph

PAGE_FIELDS = "id,name,username,picture{url},followers_count"


async def probe(graph: Graph, account: LinkedAccount, needed: frozenset[str]) -> Health:
    """The health of a link whose accounts need the scopes *needed*; raises what ends it."""
    token = await graph.debug_token(account.access_token)
    scopes = held_scopes(token, account, needed)
    ends = earliest(moment(token, "expires_at"), moment(token, "data_access_expires_at"))
    # The account answers neither without its scopes nor after that end, and what it says then is less exact.
    if (scopes is not None and needed - scopes) or (ends is not None and ends <= graph.http.now()):
        return Health(scopes, ends)
    return Health(scopes, ends, await _facts(graph, account))


async def _facts(graph: Graph, account: LinkedAccount) -> AccountFacts:
    if account.platform == FACEBOOK:
        answer = await graph.get(account.platform_id, "page", account.access_token, fields=PAGE_FIELDS)
        return facts_of(read_page(answer))
    answer = await graph.get(account.platform_id, "account", account.access_token, fields=INSTAGRAM_FIELDS)
    return facts_of(read_instagram(answer))


def facts_of(found: Page | InstagramAccount) -> AccountFacts:
    """How an account presents itself."""
    return AccountFacts(found.handle, found.name or None, found.avatar_url, found.followers)


def held_scopes(
    token: Mapping[str, Any], account: LinkedAccount, needed: frozenset[str]
) -> frozenset[str] | None:
    """
    The token's scopes, without the *needed* ones whose ticks leave this account out; None when it names none.

    A Page that the person unticked keeps its scopes in the list; only `granular_scopes` tell (meta sheet 10.1,
    confirmed). What this account does not need is left alone: other accounts of the grant may.
    """
    told = token.get("scopes")
    if not isinstance(told, list):
        return None
    ticks = read_ticks(token)
    assets = {scope: _assets(scope, account, token) if scope in needed else [] for scope in map(str, told)}
    return frozenset(scope for scope, ids in assets.items() if not ids or ticks.cover([scope], *ids))


def _assets(scope: str, account: LinkedAccount, token: Mapping[str, Any]) -> list[str]:
    """The ids by which the ticks of *scope* may name the account; empty when there is nothing to look for."""
    # Only a Page token tells which Page an Instagram account hangs on.
    page_id = account.platform_id if account.platform == FACEBOOK else str(token.get("profile_id") or "")
    if scope in INSTAGRAM_SCOPES:
        # As in `accounts`: these are Instagram ids, but the Page's is taken too, should Meta mean that.
        return [account.platform_id, page_id]
    return [page_id] if scope in PAGE_SCOPES and page_id else []


def moment(facts: Mapping[str, Any], field: str) -> datetime | None:
    """A Unix time (aware UTC); None when it is absent or 0, which means "never"."""
    seconds = facts.get(field)
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UnexpectedAnswer(f"{field} is no time", operation="debug_token") from error


def earliest(*moments: datetime | None) -> datetime | None:
    """The first of the *moments* that are known."""
    return min((moment for moment in moments if moment is not None), default=None)
