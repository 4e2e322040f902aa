"""
Cross-Account Protection: Google's word that something happened to a person's account (sheet 6).

A delivery is one signed token with one event or more; `security_tokens` checks it, here it is read. What
an event names (a person, a refresh token) is matched with what was kept at the link, never with tokens.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from linkroll_sdk import (
    About,
    Acknowledged,
    Callback,
    CheckWanted,
    ClientConfig,
    DeletionRequested,
    Delivery,
    Documents,
    GrantEnded,
    InvalidReason,
    Notice,
    Notified,
    Receipt,
    Reply,
)

from linkroll_youtube.security_tokens import genuine_claims

PREFIX_LENGTH = 16
"""How much of a refresh token an event may name it by (sheet 6, recalled)."""


class SecurityEvents(Callback):
    """Google's security events, as the operator's project has subscribed to them."""

    key = "security-events"
    about = (
        "Register this address as the event receiver of your Google Cloud project with the RISC API "
        "(stream:update, delivery method push)."
    )

    async def read(self, delivery: Delivery, client: ClientConfig, documents: Documents) -> Notified:
        """Check the token's signature, issuer, audience and age, then read its events."""
        claims = await genuine_claims(delivery, client, documents)
        return Notified(str(claims["jti"]), tuple(_notices(claims)))

    def reply(self, receipt: Receipt) -> Reply:
        """Accepted (sheet 6, confirmed)."""
        return Reply(202)


# Which token?


def fingerprints(refresh_token: str) -> frozenset[str]:
    """The digests by which `token-revoked` may name a refresh token. No token can be made of them."""
    inner = hashlib.sha512(refresh_token.encode()).digest()
    digest = base64.b64encode(hashlib.sha512(inner).digest()).decode()
    return frozenset({_plain_base64(digest), _prefix_digest(refresh_token)})


def _plain_base64(digest: str) -> str:
    """One spelling for base64 with or without padding, in either alphabet: the sheet does not say which."""
    return digest.rstrip("=").replace("-", "+").replace("_", "/")[:200]


def _prefix_digest(text: str) -> str:
    """Not the beginning itself: that would be a part of a secret, kept in plain text."""
    return "prefix:" + hashlib.sha256(text[:PREFIX_LENGTH].encode()).hexdigest()


_TOKEN_NAMES: Mapping[str, Callable[[str], str]] = {
    "hash_base64_sha512_sha512": _plain_base64,
    "prefix": _prefix_digest,
}
"""How an event may name a token, and what of that was kept as its fingerprint."""


# What happened?


@dataclass(frozen=True, slots=True)
class Event:
    """One event: the last *word* of its type, what it holds, and when Google said it."""

    word: str
    fields: Mapping[str, Any]
    at: datetime

    @property
    def subject(self) -> Mapping[str, Any]:
        """Whom or what it is about; empty where it does not say."""
        subject = self.fields.get("subject")
        return subject if isinstance(subject, dict) else {}

    @property
    def person(self) -> About | None:
        """The Google person it is about. None without one: an empty `About` would mean everybody."""
        sub = self.subject.get("sub")
        return About(subject=sub) if isinstance(sub, str) and sub else None


def _notices(claims: Mapping[str, Any]) -> list[Notice]:
    at = datetime.fromtimestamp(claims["iat"], UTC)
    return [_read_event(Event(_word(kind), fields, at)) for kind, fields in _events(claims).items()]


def _events(claims: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    return {kind: fields if isinstance(fields, dict) else {} for kind, fields in claims["events"].items()}


def _word(kind: str) -> str:
    word = kind.rpartition("/")[2]
    return word if re.fullmatch(r"[a-z-]{1,60}", word) else "unknown"


def _read_event(event: Event) -> Notice:
    """A type that is not known, or names nobody, asks for nothing; answered 400 it would only come again."""
    return _EVENTS.get(event.word, _acknowledged)(event) or _acknowledged(event)


def _acknowledged(event: Event) -> Notice:
    return Acknowledged(event.word)


def _verification(event: Event) -> Notice:
    """A test of the stream; *state* is what the operator sent (sheet 6, confirmed)."""
    state = event.fields.get("state")
    fits = isinstance(state, str) and re.fullmatch(r"[\w .:+/=-]{1,60}", state, re.ASCII)
    return Acknowledged(f"{event.word} {state}" if fits else event.word)


def _check_wanted(event: Event) -> Notice | None:
    return CheckWanted(event.person, event.word) if event.person else None


def _tokens_revoked(event: Event) -> Notice | None:
    return _ended(event.person, InvalidReason.ACCESS_REVOKED, event)


def _account_purged(event: Event) -> Notice | None:
    return DeletionRequested(event.person, event.word, event.at) if event.person else None


def _account_disabled(event: Event) -> Notice | None:
    """
    Hijacked: what was open must be ended, and only the owner can open it again (sheet 6, confirmed).

    Any other reason may pass (`account-enabled`), so the tokens stay and a probe finds out.
    """
    reason = event.fields.get("reason")
    told = replace(event, word=f"{event.word}/{reason}") if reason in ("hijacking", "bulk-account") else event
    if reason == "hijacking":
        return _ended(event.person, InvalidReason.ACTION_REQUIRED, told)
    return _check_wanted(told)


def _token_revoked(event: Event) -> Notice | None:
    """
    One refresh token, named by a digest or by its beginning (sheet 6, confirmed).

    Whether the fields stand in the event or in its subject, the sheet leaves open: both are read.
    """
    named = {**event.fields, **event.subject}
    token, read = named.get("token"), _TOKEN_NAMES.get(str(named.get("token_identifier_alg")))
    if read is None or named.get("token_type") != "refresh_token" or not isinstance(token, str) or not token:
        return None
    return _ended(About(fingerprint=read(token)), InvalidReason.ACCESS_REVOKED, event)


def _ended(about: About | None, reason: InvalidReason, event: Event) -> Notice | None:
    return GrantEnded(about, reason, event.word, event.at) if about else None


_EVENTS: Mapping[str, Callable[[Event], Notice | None]] = {
    "tokens-revoked": _tokens_revoked,
    "token-revoked": _token_revoked,
    # linkroll has no sessions that begin with Google; whether the link lives, a probe tells.
    "sessions-revoked": _check_wanted,
    "account-disabled": _account_disabled,
    "account-enabled": _check_wanted,
    # To be watched, says Google: nothing has happened to the link.
    "account-credential-change-required": _acknowledged,
    "account-purged": _account_purged,
    "verification": _verification,
}
"""Sheet 6, confirmed, but for what a probe is good for (inference); purged: confirmed in code only."""
