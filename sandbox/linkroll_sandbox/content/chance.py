"""Chance that always falls the same way."""

import hashlib


def share(*names: object) -> float:
    """A number from 0 to 1 that belongs to *names*: the same in every run, unlike any other's."""
    words = "\x1f".join(str(name) for name in names)
    digest = hashlib.blake2b(words.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def between(low: float, high: float, *names: object) -> float:
    """A number from *low* to *high* that belongs to *names*."""
    return low + (high - low) * share(*names)
