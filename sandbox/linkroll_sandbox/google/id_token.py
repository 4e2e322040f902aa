"""
Google's id_token: RS256, signed with a key that is public on purpose and good for nothing else.

Plain arithmetic instead of a crypto library: the sandbox has three dependencies and signs nothing
that matters.
"""

import base64
import hashlib
import json
from typing import Any

from linkroll_sandbox.cast import Person
from linkroll_sandbox.clock import HOUR
from linkroll_sandbox.google import scopes
from linkroll_sandbox.registrations import App

ISSUER = "https://accounts.google.com"
KEY_ID = "sandbox-1"
_E = 65_537
_N = int(
    "c43632f6c9e826552124a0c0372a3886e9929c6ecf93fab2a5d738a584e15ff41df447c73990cded9b192d39"
    "94cc1f40fdec07922cea1fa70a22087a6c3ae82dc82f84891c8adb8007a7c96e8e76699d4f67809d9fc4984a"
    "282acd70cc3c752bacccb216651a9230aeec6295f525c86f6058cfa6bfa1beb3f8fa5867e020e19ae222f4a9"
    "72045e88523b013c5c0bca3327d7f2b12f99ef02bb1f4d3c74c3405588bad115c8ff21d4f0b78ed94972a846"
    "ad3401e5346e380065992f463e80888f857dc7f994b8b5af688b9b8870514fe218012cff43f93d5b349f5dea"
    "b28300284a05bd109a87a05fd1e821f635ba007634cb0294bbacd38ab9ea8872e1d80bd5",
    16,
)
_D = int(
    "5f4a432dff98b3251cd7810a58c0347bb0ebf6f509f2c00a0ae89f262386a0e719b50d37000a0738a1de744c"
    "46ab6b7250df543df57a2ead1d0ab23b625ca96db28f013ae595ba4c4f6b79342c13edeeec25441d48fe5d47"
    "8682630ba8e4a3b2f654e3186539a64de665feeafd07c073f6c2aaf63c92fcdec2c8322f20765799d98ed755"
    "17cc10c25c13bcbd6ac2e92ef72ce25f283cfe7ffbcde321574a2b549722be7bc5ce982d2cebdd3a5d7a52d2"
    "06b0648609fefb52c58008492fa429e73c923ccd48115f1139079285a1b28ba5299a264355ed527300e8fde0"
    "4cdc0a9d682e6d0a7a09b558d466cb65cab84087a555819aab21c57885418099dccf24f1",
    16,
)
_SIZE = (_N.bit_length() + 7) // 8
#: DER of "this is a SHA-256 digest" (RFC 8017, 9.2).
_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def id_token(person: Person, app: App, granted: list[str], access_token: str, now: float, nonce: str) -> str:
    """The signed claims about *person*, as far as *granted* goes."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "azp": app.client_id,
        "aud": app.client_id,
        "sub": person.google_sub,
        "at_hash": _b64(hashlib.sha256(access_token.encode()).digest()[:16]),
        "iat": int(now),
        "exp": int(now) + HOUR,
        **profile_claims(person, granted),
    }
    return _signed(claims | ({"nonce": nonce} if nonce else {}))


def profile_claims(person: Person, granted: list[str]) -> dict[str, Any]:
    """Name and picture with the profile scope, the address with the email scope."""
    claims: dict[str, Any] = {}
    if scopes.PROFILE in granted:
        given, _, family = person.name.partition(" ")
        picture = f"https://lh3.googleusercontent.com/a/{person.key}=s96-c"
        claims |= {"name": person.name, "given_name": given, "family_name": family, "picture": picture}
    if scopes.EMAIL in granted:
        claims |= {"email": person.email, "email_verified": True}
    return claims


def public_keys() -> dict[str, Any]:
    """The key set that a client verifies with."""
    key = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": KEY_ID}
    return {"keys": [key | {"n": _b64(_N.to_bytes(_SIZE, "big")), "e": "AQAB"}]}


def read_id_token(text: str) -> dict[str, Any] | None:
    """The claims of a token that this sandbox signed, else None."""
    body, _, signature = text.rpartition(".")
    if not body or _b64(_signature(body)) != signature:
        return None
    claims: dict[str, Any] = json.loads(_unb64(body.partition(".")[2]))
    return claims


def _signed(claims: dict[str, Any]) -> str:
    header = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT"}
    body = ".".join(_b64(json.dumps(part).encode()) for part in (header, claims))
    return f"{body}.{_b64(_signature(body))}"


def _signature(body: str) -> bytes:
    """RSASSA-PKCS1-v1_5 with SHA-256."""
    digest = _SHA256_PREFIX + hashlib.sha256(body.encode()).digest()
    padding = b"\xff" * (_SIZE - len(digest) - 3)
    block = b"\x00\x01" + padding + b"\x00" + digest
    return pow(int.from_bytes(block, "big"), _D, _N).to_bytes(_SIZE, "big")


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
