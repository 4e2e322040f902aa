"""
Google's signing keys: RS256 with keys that are public on purpose and good for nothing else.

Plain arithmetic instead of a crypto library: the sandbox has three dependencies and signs nothing
that matters. Making a key takes seconds, so three stand here and rotation goes round them; a
retired pair comes back under a new `kid`, which is all that a receiver looks at.
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from linkroll_sandbox.google.state import GoogleState

_E = 65_537
#: DER of "this is a SHA-256 digest" (RFC 8017, 9.2).
_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
_PRIMES = [
    (
        "fc12ba3b5292a547ae5a830528fbabb1f503fee914436b2714afbbc5cffb9ca9e38052c9776d93eb76d7d14b4d"
        "e9a31d4e1d9456ce55eafe3ef09fe67a809b818c02f494bac37b8a110205664cfda92d75eb86d59530eb0098fd"
        "93fdcdc5aa733e3e331cb5c0db593cb79df951e95be38dcc50fe719cc70e7c0bc166fc874fb7",
        "c744b1f4005b1a0258bc7c25b38f1b2cffc54d17e8264c49994314e56546403be395c1430cecb76abcf238fbf5"
        "c54f5140f44c7ebe1465b3ff102cb8da6197309ad8eba7fd433068a59d605cda114cc09fa51bf7d868b3628712"
        "d270d84931dadbe013b5be3319d02a0e82a9fed2e6a82938be012133148ad385bd76cb8968d3",
    ),
    (
        "fc966f39a2a8ff39e3ff8727fd5188802bae2a419cfc59a083b9f105c221ad69d473489c3e110b0a33f14323d3"
        "b8b174a39a8e131158d29b38c7957e79cdc03f96a2e8c8a090006b94749c943fbf83c8499e7940fd381e1f3300"
        "a09e7b1e161ea676f3b2f6fc64a8885ae1ae72af6f4f319999322477e12b94f9f8faa94e0479",
        "bc11d251b77fc716433d0012e0c43c6e2c677c725a0e7bce8383fb835d2add674879cf715b2ba0bd62b4dbaac0"
        "0dff52fc7508ad1853cbf1e7f31550a1863dead452c1b612cf07b93476f3e55046988f6171d3c0ca36808a8c04"
        "700c9199dd30366eadecf4783a1fa9c2ddaf49b1470957e576c939ccf8eb7c8b25d79b68f6f7",
    ),
    (
        "d9a22c4648d33cdda7b1d895d4a40da7fb51ac79886f26a93f8dd86fe7bc4b8b856c157bd1bbed5d2076fa9549"
        "83a275db90d69cb57c4d21359fbfa623f843be9c170591d8bba7eef5743cbf626c215ce3fa3b6dc642ff502a6c"
        "c0bc93550cb741393a91e6a2d7f7ca2e2ec88181e8701f4142932c0acacb344841c7ead18ff3",
        "ba03428c10ba197c83b918560ef95966f856867f7cff7d8db3689b2c0b9b332461942b730d90298a807bc4e045"
        "66aa2cd688895d624d3cac93bf61e387b613708f356a7c371c3ce227ffa8c7e155feddad973ba8a213437a5a49"
        "7b0795a054a6a3c18d0e56826b5f9e8994f6ca712ca2266c6a43616cfe1f96a6cdb290219f09",
    ),
]


@dataclass(frozen=True)
class SigningKey:
    """One RSA key under its name."""

    kid: str
    modulus: int
    private_exponent: int

    @property
    def size(self) -> int:
        """Bytes of the modulus, and so of every signature."""
        return (self.modulus.bit_length() + 7) // 8

    def sign(self, text: str) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256."""
        digest = _SHA256_PREFIX + hashlib.sha256(text.encode()).digest()
        padding = b"\xff" * (self.size - len(digest) - 3)
        block = b"\x00\x01" + padding + b"\x00" + digest
        signature = pow(int.from_bytes(block, "big"), self.private_exponent, self.modulus)
        return signature.to_bytes(self.size, "big")

    def public(self) -> dict[str, Any]:
        """The entry of the key set."""
        modulus = b64(self.modulus.to_bytes(self.size, "big"))
        return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.kid, "n": modulus, "e": "AQAB"}


def key(number: int) -> SigningKey:
    """The key with this number; the fourth is the first pair again, under its own name."""
    p, q = (int(one, 16) for one in _PRIMES[(number - 1) % len(_PRIMES)])
    return SigningKey(f"sandbox-{number}", p * q, pow(_E, -1, (p - 1) * (q - 1)))


def signing_key(state: GoogleState) -> SigningKey:
    """The key that signs at present."""
    return key(state.signing_key)


def unpublished_key(state: GoogleState) -> SigningKey:
    """A key that the key set does not show: the next one, which nobody has seen yet."""
    return key(state.signing_key + 1)


def published_keys(state: GoogleState) -> list[SigningKey]:
    """Every key that a client may verify with."""
    return [key(number) for number in state.published_keys]


def key_set(state: GoogleState) -> dict[str, Any]:
    """The answer of /oauth2/v3/certs."""
    return {"keys": [one.public() for one in published_keys(state)]}


def b64(data: bytes) -> str:
    """Unpadded, for URLs, as in every JSON Web Token."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """The way back."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
