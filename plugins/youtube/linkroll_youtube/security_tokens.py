"""
Security event tokens: whether a delivery is Google's, and for this app (sheet 6).

Genuine is what Google's published key signed for our client id. A token has no end that counts (`exp` is
not to be looked at, confirmed), so what is older than a week is refused instead: nobody may keep a genuine
word and play it years later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import CompactSignature, JWSRegistry, extract_compact, validate_compact
from linkroll_sdk import CallbackRejected, ClientConfig, Delivery, Documents, PlatformUnavailable

CONFIGURATION = "https://accounts.google.com/.well-known/risc-configuration"
KEY_HOSTS = frozenset({"accounts.google.com", "www.googleapis.com"})
"""Where Google's keys may be: its certificates are at the second (sheet 1, recalled)."""

MAX_AGE = timedelta(days=7)
"""Google tries a delivery again only a few times (sheet 6, confirmed); how long is not said, a week is ours."""

# Google's header may carry more than the standard's fields; the algorithm is pinned all the same.
_REGISTRY = JWSRegistry(algorithms=["RS256"], strict_check_header=False)


async def genuine_claims(delivery: Delivery, client: ClientConfig, documents: Documents) -> Mapping[str, Any]:
    """
    What a genuine delivery says: `jti` is a text, `iat` a number, `events` an object that is not empty.

    Raises:
        CallbackRejected: not Google's, not for *client*, too old, or not whole.
        PlatformUnavailable: Google's own documents cannot be had, or name no keys.
    """
    if delivery.method != "POST":
        raise CallbackRejected("method", 405)
    token = _token(delivery.body)
    configuration = await _document(documents, CONFIGURATION)
    await _check_signature(token, configuration, documents)
    claims = _object(token.payload)
    _check_claims(claims, configuration, client, delivery.received_at)
    return claims


def _token(body: bytes) -> CompactSignature:
    """The token, taken apart. Only RS256 goes further, before anything is fetched for it."""
    try:
        token = extract_compact(body.strip(), registry=_REGISTRY)
        header = token.headers()
        if header.get("alg") != "RS256":
            raise CallbackRejected("algorithm")
        if not isinstance(header.get("kid"), str):
            raise CallbackRejected("key-id")
    # What comes from anybody may be broken in any way: bad base64, bad JSON, a header that is a list.
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise CallbackRejected("malformed") from error
    return token


async def _document(documents: Documents, url: str, *, fresh: bool = False) -> Mapping[str, Any]:
    document = await documents.json(url, fresh=fresh)
    if not isinstance(document, dict):
        raise PlatformUnavailable("a document of Google is no object", operation="security-events")
    return document


async def _check_signature(
    token: CompactSignature, configuration: Mapping[str, Any], documents: Documents
) -> None:
    """Raise unless one of Google's keys made the signature. A key we do not know may be new: look once."""
    url, kid = _keys_url(configuration), str(token.headers()["kid"])
    key = _key(await _document(documents, url), kid)
    if key is None:
        key = _key(await _document(documents, url, fresh=True), kid)
    if key is None:
        raise CallbackRejected("unknown-key")
    try:
        genuine = validate_compact(token, RSAKey.import_key(dict(key)), registry=_REGISTRY)
    except (JoseError, ValueError, TypeError) as error:
        raise CallbackRejected("signature") from error
    if not genuine:
        raise CallbackRejected("signature")


def _keys_url(configuration: Mapping[str, Any]) -> str:
    url = configuration.get("jwks_uri")
    if not isinstance(url, str) or urlsplit(url).scheme != "https" or urlsplit(url).hostname not in KEY_HOSTS:
        raise PlatformUnavailable("Google's configuration names no keys", operation="security-events")
    return url


def _key(document: Mapping[str, Any], kid: str) -> Mapping[str, Any] | None:
    """The signing key of that name, if it is one for RS256."""
    keys = document.get("keys")
    for key in keys if isinstance(keys, list) else []:
        if isinstance(key, dict) and key.get("kid") == kid and key.get("kty") == "RSA":
            return key if key.get("use", "sig") == "sig" and key.get("alg", "RS256") == "RS256" else None
    return None


def _object(payload: bytes) -> Mapping[str, Any]:
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise CallbackRejected("malformed") from error
    if not isinstance(claims, dict):
        raise CallbackRejected("malformed")
    return claims


def _check_claims(
    claims: Mapping[str, Any], configuration: Mapping[str, Any], client: ClientConfig, received_at: datetime
) -> None:
    if not _same_issuer(claims.get("iss"), configuration.get("issuer")):
        raise CallbackRejected("issuer")
    audience = claims.get("aud")
    if client.client_id not in (audience if isinstance(audience, list) else [audience]):
        raise CallbackRejected("audience")
    if not isinstance(claims.get("jti"), str) or not 1 <= len(claims["jti"]) <= 200:
        raise CallbackRejected("id")
    issued = claims.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, (int, float)) or not 0 < issued < 1e12:
        raise CallbackRejected("issued-at")
    if received_at.timestamp() - issued > MAX_AGE.total_seconds():
        raise CallbackRejected("too-old")
    if not isinstance(claims.get("events"), dict) or not claims["events"]:
        raise CallbackRejected("events")


def _same_issuer(told: object, published: object) -> bool:
    """Google writes its own name with a slash at the end, or without (sheet 6, recalled)."""
    return isinstance(told, str) and isinstance(published, str) and told.rstrip("/") == published.rstrip("/")
