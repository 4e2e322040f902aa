"""
Callers whom an outside identity provider vouches for: its signed tokens (JWT), turned into viewers.

Promises: only the algorithms of the setting, all of them asymmetric; only keys from the one address of the
setting, whatever a token's own header names (`jku`, `x5u` and `jwk` are not looked at); issuer, audience and
times always checked; a role only by the setting's list. Does not promise: that a token ends before its `exp`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import unicodedata
from datetime import UTC, datetime
from typing import Any

import orjson
from joserfc import jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, JoseError
from joserfc.jws import JWSRegistry

from server.host import Host
from server.identity.jwks import Jwks, KeysUnavailable
from server.ids import row_id
from server.services.callers.api_keys import NoKey
from server.services.callers.viewers import Role, Viewer
from server.settings import JwtSettings

MAX_TOKEN = 16 * 1024
TYPES = ("jwt", "at+jwt")
"""Kinds of token (`typ`) that let somebody in. A provider signs others with the same keys."""
LAST_MOMENT = 253_402_300_799
"""The end of the year 9999: a later `exp` is no time that could be shown."""
NOBODY = "jwt_?"
"""Stands for a subject that nothing vouches for."""


def looks_like_jwt(credential: str) -> bool:
    """Whether it has the form of a signed token; an API key has one dot."""
    return credential.count(".") == 2


class JwtCallers:
    """Turns the identity provider's tokens into viewers."""

    def __init__(self, host: Host, settings: JwtSettings) -> None:
        self._host = host
        self._settings = settings
        self._jwks = Jwks(settings.jwks_url, host.now)
        # Providers put in headers what they like; what one calls critical, `_header` refuses.
        self._registry = JWSRegistry(algorithms=settings.algorithm_list, strict_check_header=False)

    async def find(self, token: str) -> Viewer | NoKey:
        """The caller behind *token*, or why there is none."""
        header = _header(token)
        if header is None or str(header.get("typ", "jwt")).lower() not in TYPES:
            return NoKey(NOBODY, "TOKEN_MALFORMED")
        if header.get("alg") not in self._settings.algorithm_list:
            return NoKey(NOBODY, "TOKEN_ALGORITHM_REFUSED")
        try:
            key = await self._jwks.key(header.get("kid"), header["alg"])
        except KeysUnavailable:
            return NoKey(NOBODY, "TOKEN_KEYS_UNAVAILABLE")
        if key is None:
            return NoKey(NOBODY, "TOKEN_KEY_UNKNOWN")
        try:
            claims = jwt.decode(token, key, [header["alg"]], self._registry).claims
            self._checked_times().validate(claims)
        except BadSignatureError:
            return NoKey(NOBODY, "TOKEN_SIGNATURE_WRONG")
        except ExpiredTokenError:
            return NoKey(NOBODY, "TOKEN_EXPIRED")
        except (JoseError, ValueError, TypeError):
            return NoKey(NOBODY, "TOKEN_CLAIMS_REFUSED")
        return await self._viewer(claims)

    def _checked_times(self) -> jwt.JWTClaimsRegistry:
        """What must be in a token, by the clock of this moment."""
        return jwt.JWTClaimsRegistry(
            now=int(self._host.now().timestamp()),
            leeway=self._settings.clock_skew_seconds,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def _viewer(self, claims: dict[str, Any]) -> Viewer | NoKey:
        """The viewer that sound claims describe."""
        key_id = subject_key(claims["iss"], claims["sub"])
        role = role_of(claims, self._settings)
        if role is None:
            return NoKey(key_id, "TOKEN_ROLE_UNKNOWN")
        profile_id = None
        if role is Role.CREATOR:
            profile_id = await self._profile(claim(claims, self._settings.profile_claim))
            if profile_id is None:
                return NoKey(key_id, "TOKEN_PROFILE_UNKNOWN")
        ends = datetime.fromtimestamp(min(claims["exp"], LAST_MOMENT), UTC)
        return Viewer(key_id, _name(claims, self._settings), role, profile_id, expires_at=ends)

    async def _profile(self, value: object) -> int | None:
        """The profile, or its survivor, that a claim names by its id or its external id."""
        if not isinstance(value, str):
            return None
        row = await self._host.database.fetchrow(
            "SELECT COALESCE(merged_into_id, id) AS id FROM profile WHERE id = $1 OR external_id = $2"
            " ORDER BY id = $1 DESC LIMIT 1",
            row_id(value, "Profile") or 0,
            value.replace("\x00", ""),
        )
        return int(row["id"]) if row else None


def subject_key(issuer: str, subject: str) -> str:
    """How the log names a provider's subject: the same for ever, and nothing to read."""
    return "jwt_" + hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()[:24]


def claim(claims: dict[str, Any], name: str) -> object:
    """The claim of this name; where there is none, the one that its dots lead to (`realm_access.roles`)."""
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def role_of(claims: dict[str, Any], settings: JwtSettings) -> Role | None:
    """The first role of the setting's list whose value the token has; None for a token without any."""
    value = claim(claims, settings.role_claim)
    has = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return next((Role(role) for given, role in settings.role_list if given in has), None)


def _name(claims: dict[str, Any], settings: JwtSettings) -> str:
    name = claim(claims, settings.name_claim)
    text = name if isinstance(name, str) and name.strip() else claims["sub"]
    return "".join(c for c in text if unicodedata.category(c)[0] != "C").strip()[:200]


def _header(token: str) -> dict[str, Any] | None:
    """A token's header, read before anything vouches for it; None where there is none."""
    if len(token) > MAX_TOKEN:
        return None
    first = token.partition(".")[0]
    try:
        found = orjson.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("kid"), str | None):
        return None
    # What must be understood: we understand no extension.
    return None if "crit" in found else found
