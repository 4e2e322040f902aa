"""
Security event tokens of Cross-Account Protection (section 6).

A token carries one event about one Google Account, or about one refresh token of it.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from linkroll_sandbox.cast import Person
from linkroll_sandbox.clock import DAY
from linkroll_sandbox.google import jwt
from linkroll_sandbox.google.keys import SigningKey, b64, signing_key, unpublished_key
from linkroll_sandbox.world import World

#: With a trailing slash, unlike the issuer of an id_token [recalled].
ISSUER = "https://accounts.google.com/"
_SCHEMAS = "https://schemas.openid.net/secevent"
EVENT_TYPES = {
    "sessions-revoked": f"{_SCHEMAS}/risc/event-type/sessions-revoked",
    "tokens-revoked": f"{_SCHEMAS}/oauth/event-type/tokens-revoked",
    "token-revoked": f"{_SCHEMAS}/oauth/event-type/token-revoked",
    "account-disabled": f"{_SCHEMAS}/risc/event-type/account-disabled",
    "account-enabled": f"{_SCHEMAS}/risc/event-type/account-enabled",
    "account-credential-change-required": f"{_SCHEMAS}/risc/event-type/account-credential-change-required",
    "account-purged": f"{_SCHEMAS}/risc/event-type/account-purged",
    "verification": f"{_SCHEMAS}/risc/event-type/verification",
}
HASHED, PREFIX = "hash_base64_sha512_sha512", "prefix"
_PREFIX_LENGTH = 16  # [recalled]
_STALE = 400 * DAY


@dataclass(frozen=True)
class SecurityEvent:
    """One event: the address of its type, and what it says."""

    type: str
    body: dict[str, Any]


def about_person(kind: str, person: Person, **more: str) -> SecurityEvent:
    """An event about the whole account; *more* is its `reason`, where it has one."""
    subject = {"subject_type": "iss-sub", "iss": ISSUER, "sub": person.google_sub}
    return SecurityEvent(EVENT_TYPES[kind], {"subject": subject, **more})


def about_token(refresh_token: str, identifier: str) -> SecurityEvent:
    """token-revoked names the refresh token alone, and that not in clear."""
    subject = {
        "subject_type": "oauth_token",  # [recalled]
        "token_type": "refresh_token",
        "token_identifier_alg": identifier,
        "token": double_hash(refresh_token) if identifier == HASHED else refresh_token[:_PREFIX_LENGTH],
    }
    return SecurityEvent(EVENT_TYPES["token-revoked"], {"subject": subject})


def verification(state: str) -> SecurityEvent:
    """The answer to a receiver's own question whether the stream works; it is about nobody."""
    return SecurityEvent(EVENT_TYPES["verification"], {"state": state})


def double_hash(text: str) -> str:
    """Base64 of SHA-512 of SHA-512."""
    once = hashlib.sha512(text.encode()).digest()
    return base64.b64encode(hashlib.sha512(once).digest()).decode()


def security_event_token(world: World, event: SecurityEvent, forge: str | None) -> str:
    """The signed token; *forge* names the one thing that is wrong with it."""
    claims = _claims(world, event, forge)
    if forge == "algorithm":
        # Unsigned on its own word: a receiver that believes the header accepts anything.
        return (
            jwt.unsigned({"alg": "none", "kid": _key(world, forge).kid, "typ": "secevent+jwt"}, claims) + "."
        )
    text = jwt.signed(claims, _key(world, forge), kind="secevent+jwt")
    return _with_foreign_signature(text) if forge == "signature" else text


def _claims(world: World, event: SecurityEvent, forge: str | None) -> dict[str, Any]:
    issued_at = int(world.now()) - (_STALE if forge == "stale" else 0)
    audience = world.apps["google"].client_id
    return {
        "iss": ISSUER,
        "aud": "somebody-else.apps.googleusercontent.com" if forge == "audience" else audience,
        "iat": issued_at,
        "jti": secrets.token_hex(16),
        "events": {event.type: event.body},
    }


def _key(world: World, forge: str | None) -> SigningKey:
    state = world.google
    return unpublished_key(state) if forge == "unknown_key" else signing_key(state)


def _with_foreign_signature(text: str) -> str:
    body, _, signature = text.rpartition(".")
    return f"{body}.{b64(secrets.token_bytes(len(signature) * 3 // 4))}"
