"""What a caption names: hashtags and mentions, as rules compare them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MAX_NAMES = 100
MAX_LENGTH = 150

# A word before the sign makes it something else: an e-mail address, a fragment.
HASHTAG = re.compile(r"(?<![\w#&/])#(\w+)")
MENTION = re.compile(r"(?<![\w@/])@(\w+(?:\.\w+)*)")


def hashtags_in(text: str) -> list[str]:
    """The hashtags of a caption, without `#`, in lower case, each once."""
    return _names(HASHTAG.findall(_plain(text)))


def mentions_in(text: str) -> list[str]:
    """The handles that a caption mentions, without `@`, in lower case, each once."""
    return _names(MENTION.findall(_plain(text)))


def _plain(text: str) -> str:
    """Composed Unicode with ordinary signs: East Asian keyboards write `＃` and `＠`."""
    return unicodedata.normalize("NFC", text).replace("＃", "#").replace("＠", "@").lower()


def _names(found: Iterable[str]) -> list[str]:
    kept = dict.fromkeys(name for name in found if len(name) <= MAX_LENGTH)
    return list(kept)[:MAX_NAMES]
