"""
The ids of posts: the platform's shape outside, the account and its slot inside.

An id can be read back, so a post is found without a list of all posts.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from linkroll_sandbox.content.accounts import Account
from linkroll_sandbox.content.chance import share

_SLOT_DIGITS = 7
_BITS = 40
#: Odd, so that multiplying scrambles the number and can be undone.
_SCRAMBLE = 0x5DEECE66D
#: Facebook numbers a post, its video and its place among the stories apart.
_POST, _VIDEO, _STORY, _STORY_MEDIA = "122", "131", "160", "161"
_MEDIA_PREFIXES = {False: "17900", True: "18000"}


@dataclass(frozen=True)
class Key:
    """Which account, and which slot of its schedule. Stories have the odd slots."""

    account: Account
    slot: int

    @property
    def is_story(self) -> bool:
        """Whether this is a story."""
        return self.slot % 2 == 1

    @property
    def digits(self) -> str:
        """Account and slot as twelve digits."""
        return f"{_code(self.account.platform, self.account.id):05d}{self.slot:0{_SLOT_DIGITS}d}"


@cache
def _code(platform: str, account_id: str) -> int:
    return int(share(platform, account_id) * 100_000)


def media_id(key: Key) -> str:
    """Instagram: 17 digits that start with 17 or 18 (meta sheet 9, confirmed)."""
    return f"{_MEDIA_PREFIXES[key.is_story]}{key.digits}"


def page_post_id(key: Key) -> str:
    """Facebook: `{page}_{post}` (meta sheet 4.5, confirmed); a story has the bare number."""
    return f"{_STORY}{key.digits}" if key.is_story else f"{key.account.id}_{_POST}{key.digits}"


def page_video_id(key: Key) -> str:
    """The video inside a Facebook post or story, or a reel."""
    return f"{_STORY_MEDIA if key.is_story else _VIDEO}{key.digits}"


def tiktok_id(key: Key) -> str:
    """TikTok: 19 digits (tiktok sheet 3, confirmed)."""
    return f"7574{key.digits[:5]}000{key.digits[5:]}"


def short_code(key: Key) -> str:
    """Eleven letters, digits, `-` and `_`: a YouTube id, or an Instagram short code."""
    number = int(key.digits)
    scrambled = number * _SCRAMBLE % 2**_BITS
    check = int(share("short code", number) * 2**24)
    packed = (scrambled << 24 | check).to_bytes(8)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read(account: Account, post_id: str) -> Key | None:
    """The key behind *post_id* if it belongs to *account*."""
    digits = _unpacked(post_id) if account.platform == "youtube" else post_id[-_SLOT_DIGITS:]
    if not (digits.isascii() and digits.isdigit()):
        return None
    key = Key(account, int(digits[-_SLOT_DIGITS:]))
    return key if post_id in _all_ids(key) else None


def _all_ids(key: Key) -> tuple[str, ...]:
    """Every id under which the platform knows it."""
    if key.account.platform == "facebook":
        return (page_post_id(key), page_video_id(key))
    return (WRITERS[key.account.platform](key),)


#: How each platform writes the id of a post.
WRITERS: dict[str, Callable[[Key], str]] = {
    "instagram": media_id,
    "facebook": page_post_id,
    "tiktok": tiktok_id,
    "youtube": short_code,
}


def _unpacked(text: str) -> str:
    try:
        packed = int.from_bytes(base64.urlsafe_b64decode(f"{text}="))
    except ValueError:
        return ""
    return f"{(packed >> 24) * pow(_SCRAMBLE, -1, 2**_BITS) % 2**_BITS:012d}"
