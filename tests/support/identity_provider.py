"""An identity provider of a test's own: keys that rotate, tokens of every kind, and a count of who asked."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

ISSUER = "https://id.example/realms/agency"
AUDIENCE = "linkroll"
ANY = JWSRegistry(algorithms=["RS256", "ES256"], strict_check_header=False)


class IdentityProvider:
    """Signs tokens, and serves its public keys on loopback."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.keys: dict[str, ECKey | RSAKey] = {}
        self.fetches = 0
        self.is_down = False
        self.url = ""
        self.new_key("first")

    def new_key(self, kid: str, *, rsa: bool = False) -> None:
        """A further key, in the provider's set from now on."""
        made = RSAKey.generate_key(2048) if rsa else ECKey.generate_key("P-256")
        self.keys[kid] = made

    def withdraw(self, kid: str) -> ECKey | RSAKey:
        """A key, in the set no longer."""
        return self.keys.pop(kid)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """A manager's claims; a change to None leaves a claim out."""
        usual = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "4711",
            "name": "Dina of the agency",
            "roles": ["roster-managers"],
            "iat": _seconds(self.now),
            "exp": _seconds(self.now + timedelta(minutes=5)),
        }
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}

    def token(self, kid: str = "first", *, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """A token, signed with one of the keys."""
        key = self.keys[kid]
        alg = "RS256" if isinstance(key, RSAKey) else "ES256"
        return jwt.encode(
            {"alg": alg, "kid": kid, **(header or {})}, self.claims(**changes), key, registry=ANY
        )

    def token_by(self, key: Any, *, alg: str, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """A token by any other key."""
        head = {"alg": alg, "kid": "first", **(header or {})}
        return jwt.encode(head, self.claims(**changes), key, algorithms=[alg], registry=ANY)

    def forged(self, alg: str) -> str:
        """A token without a private key: unsigned, or by the public key as if it were a shared secret."""
        head = _part({"alg": alg, "kid": "first", "typ": "JWT"})
        text = f"{head}.{_part(self.claims())}"
        secret = self.keys["first"].as_pem(private=False)
        made = hmac.new(secret, text.encode(), hashlib.sha256).digest() if alg == "HS256" else b""
        return f"{text}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"

    async def jwks(self, _request: web.Request) -> web.Response:
        """The set of public keys."""
        self.fetches += 1
        if self.is_down:
            return web.Response(status=503)
        keys = [{**key.as_dict(private=False), "kid": kid, "use": "sig"} for kid, key in self.keys.items()]
        return web.json_response({"keys": keys})


@contextlib.asynccontextmanager
async def identity_provider(now: datetime) -> AsyncIterator[IdentityProvider]:
    """A provider that listens, gone afterwards."""
    provider = IdentityProvider(now)
    app = web.Application()
    app.router.add_get("/jwks", provider.jwks)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    provider.url = f"http://127.0.0.1:{port}/jwks"
    yield provider
    await runner.cleanup()


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
