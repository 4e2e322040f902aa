"""JSON Web Tokens as Google signs them."""

import json
from typing import Any

from linkroll_sandbox.google.keys import SigningKey, b64, unb64

Claims = dict[str, Any]


def signed(claims: Claims, key: SigningKey, kind: str = "JWT") -> str:
    """*claims* under the signature of *key*; *kind* is the header's `typ`."""
    body = unsigned({"alg": "RS256", "kid": key.kid, "typ": kind}, claims)
    return f"{body}.{b64(key.sign(body))}"


def unsigned(header: Claims, claims: Claims) -> str:
    """The first two parts, which a signature is made over."""
    return ".".join(b64(json.dumps(part).encode()) for part in (header, claims))


def read(text: str, keys: list[SigningKey]) -> Claims | None:
    """The claims of a token that one of *keys* signed, else None."""
    body, _, signature = text.rpartition(".")
    if not body or not any(b64(key.sign(body)) == signature for key in keys):
        return None
    claims: Claims = json.loads(unb64(body.partition(".")[2]))
    return claims
