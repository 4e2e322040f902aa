"""Proof Key for Code Exchange (RFC 7636), with the one platform dialect we know of."""

from __future__ import annotations

import base64
import enum
import hashlib


class Pkce(enum.StrEnum):
    """How a login derives its challenge from the verifier."""

    NONE = "NONE"
    S256 = "S256"
    S256_HEX = "S256_HEX"
    """TikTok's desktop apps want the hash in lower-case hex, not base64url (tiktok sheet 1, T4)."""


def code_challenge(verifier: str, method: Pkce) -> str | None:
    """The challenge for *verifier*, or None for `Pkce.NONE`. `plain` is not offered."""
    digest = hashlib.sha256(verifier.encode("ascii"))
    match method:
        case Pkce.NONE:
            return None
        case Pkce.S256:
            return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode("ascii")
        case Pkce.S256_HEX:
            return digest.hexdigest()
