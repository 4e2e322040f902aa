"""The three ways in which Meta and TikTok sign; each can be spoilt on order."""

import base64
import hashlib
import hmac
import json
from typing import Any

_SOMEBODY_ELSE = "not-the-secret-of-this-app"


def signed_request(payload: dict[str, Any], secret: str, forge: str | None) -> str:
    """`b64url(signature).b64url(json)`, unpadded; the signature is over the encoded part (Meta sheet 7)."""
    body = _b64(json.dumps(payload, separators=(",", ":")).encode())
    digest = _hmac(secret, body.encode(), forge)
    return f"{_b64(digest.digest())}.{body}"


def hub_headers(body: bytes, secret: str, forge: str | None) -> dict[str, str]:
    """`X-Hub-Signature-256`; forged in its algorithm, only the older SHA-1 header comes [recalled]."""
    if forge == "algorithm":
        return {"X-Hub-Signature": f"sha1={hmac.new(secret.encode(), body, 'sha1').hexdigest()}"}
    return {"X-Hub-Signature-256": f"sha256={_hmac(secret, body, forge).hexdigest()}"}


def tiktok_signature(body: bytes, secret: str, moment: int, forge: str | None) -> str:
    """`t=…,s=…` over `<t>.<body>` (TikTok sheet 6); that the key is the client secret is [recalled]."""
    digest = _hmac(secret, f"{moment}.".encode() + body, forge)
    return f"t={moment},s={digest.hexdigest()}"


def _hmac(secret: str, data: bytes, forge: str | None) -> "hmac.HMAC":
    key = _SOMEBODY_ELSE if forge == "signature" else secret
    return hmac.new(key.encode(), data, hashlib.sha256)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
