"""
What a plugin answered, checked before it is believed.

An answer that could not be stored, or is larger than any platform's, is refused here, where it still is the
plugin's fault: neither a broken transaction of ours, nor a server that is busy with it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from linkroll_sdk import AccountFacts, Candidate, Grant, Health, TokenSet, UnexpectedAnswer, Unusable

MAX_SUBJECT = 200
MAX_TOKEN = 20_000
MAX_SCOPE = 500
MAX_SCOPES = 500
MAX_CANDIDATES = 5_000
MAX_LENGTHS = {"platform_id": 200, "handle": 200, "avatar_url": 2000, "pair": 200, "access_token": MAX_TOKEN}
MAX_COUNT = 2**63 - 1


async def checked_grant(answer: Awaitable[object]) -> Grant:
    """The grant in an answer; `UnexpectedAnswer` when it is none."""
    grant = await answer
    sound = (
        isinstance(grant, Grant)
        and isinstance(grant.tokens, TokenSet)
        and is_storable(grant.subject, MAX_SUBJECT)
        and _are_tokens(grant.tokens)
        and _are_scopes(grant.scopes)
        and _is_absent_or_aware(grant.person_expires_at)
    )
    if not sound:
        raise UnexpectedAnswer("the plugin's grant is none", operation="exchange", platform_code="grant")
    return grant  # type: ignore[return-value]


async def checked_tokens(answer: Awaitable[object], before: TokenSet) -> TokenSet:
    """
    The tokens in the answer to a refresh; `UnexpectedAnswer` when they are none.

    What the answer leaves out stays as it was *before*: a platform that does not rotate sends no refresh token.
    """
    tokens = await answer
    sound = (
        isinstance(tokens, TokenSet)
        and _are_tokens(tokens)
        and (tokens.scopes is None or _are_scopes(tokens.scopes))
    )
    if not sound:
        raise UnexpectedAnswer("the plugin's tokens are none", operation="refresh", platform_code="tokens")
    assert isinstance(tokens, TokenSet)
    return replace(
        tokens,
        refresh_token=tokens.refresh_token or before.refresh_token,
        refresh_expires_at=tokens.refresh_expires_at or before.refresh_expires_at,
    )


async def checked_health(answer: Awaitable[object]) -> Health:
    """What a probe found; `UnexpectedAnswer` when it is nothing of the kind."""
    health = await answer
    sound = (
        isinstance(health, Health)
        and _is_absent_or_aware(health.person_expires_at)
        and (health.scopes is None or _are_scopes(health.scopes))
        and isinstance(health.facts, AccountFacts | None)
    )
    if not sound:
        raise UnexpectedAnswer("the plugin's health is none", operation="probe", platform_code="health")
    return health  # type: ignore[return-value]


async def checked_candidates(answer: Awaitable[object]) -> Sequence[Candidate]:
    """The candidates in an answer; `UnexpectedAnswer` when they are none, or one of them is not."""
    candidates = await answer
    sound = (
        isinstance(candidates, Sequence)
        and len(candidates) <= MAX_CANDIDATES
        and all(map(_is_candidate, candidates))
    )
    if not sound:
        raise UnexpectedAnswer(
            "the plugin's candidates are none", operation="discover", platform_code="candidates"
        )
    return candidates  # type: ignore[return-value]


def _is_candidate(found: object) -> bool:
    return (
        isinstance(found, Candidate)
        and isinstance(found.platform, str)
        and isinstance(found.unusable, Unusable | None)
        and all(_is_absent_or_text(getattr(found, name), most) for name, most in MAX_LENGTHS.items())
        and all(isinstance(text, str) and "\0" not in text for text in (found.display_name, found.hint))
        and (found.followers is None or (type(found.followers) is int and 0 <= found.followers <= MAX_COUNT))
        and _are_scopes(found.missing_scopes)
    )


def _are_tokens(tokens: TokenSet) -> bool:
    return (
        is_storable(tokens.access_token, MAX_TOKEN)
        and _is_absent_or_text(tokens.refresh_token, MAX_TOKEN)
        and _is_absent_or_aware(tokens.access_expires_at)
        and _is_absent_or_aware(tokens.refresh_expires_at)
    )


def _are_scopes(scopes: object) -> bool:
    """Whether these are names of scopes. What has no length may have no end."""
    return (
        isinstance(scopes, Collection)
        and not isinstance(scopes, str | bytes)
        and len(scopes) <= MAX_SCOPES
        and all(is_storable(scope, MAX_SCOPE) for scope in scopes)
    )


def _is_absent_or_aware(moment: object) -> bool:
    return moment is None or (isinstance(moment, datetime) and moment.tzinfo is not None)


def _is_absent_or_text(value: object, most: int) -> bool:
    return value is None or is_storable(value, most)


def is_storable(value: object, most: int) -> bool:
    """Whether a value is a text that can be stored: not empty, not too long, and without NUL."""
    return isinstance(value, str) and 0 < len(value) <= most and _can_be_stored(value)


def _can_be_stored(text: str) -> bool:
    """PostgreSQL takes no NUL, and UTF-8 knows no half of a surrogate pair."""
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)


def mended(text: str, most: int) -> str:
    """A text for people as it can be stored: cut, and with `?` for what platforms themselves cut in half."""
    return text[:most].encode("utf-8", "replace").decode()


def plain_code(text: str) -> str:
    """A code as it may be kept and shown: it may come from the address line, so from anybody."""
    return "".join(c for c in text if c.isascii() and c.isprintable())[:100]
