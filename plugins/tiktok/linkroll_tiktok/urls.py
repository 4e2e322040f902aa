"""
TikTok's address grammar (tiktok sheet 7).

Accounts stand behind an `@`, which is why no word of TikTok's own can collide with a handle. What
makes the grammar hard is what else stands there: numeric ids, secUids, and short links that name a
profile or a video without saying which.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from linkroll_sdk import (
    AccountUrls,
    Address,
    NeedsResolving,
    NotAnAccount,
    NotAnAccountKind,
    PostRef,
    ProfileRef,
    UrlResult,
    Wrapped,
)

CANONICAL_HOST = "www.tiktok.com"

PATH_HOSTS = frozenset({"tiktok.com", CANONICAL_HOST, "m.tiktok.com", "tiktokv.com", "www.tiktokv.com"})
"""Hosts whose path says what they show. Tiktok sheet 7, confirmed."""

CODE_HOSTS = frozenset({"vm.tiktok.com", "vt.tiktok.com"})
"""Hosts whose path is an opaque code. Tiktok sheet 7, confirmed."""

# Letters, digits, underscore, period, no period at the end: tiktok sheet 7, confirmed. The length is
# from secondary guides only. Spelled without re.IGNORECASE, which would let in the Kelvin sign.
HANDLE = re.compile(r"[A-Za-z0-9_.]{1,23}[A-Za-z0-9_]")

# 19 digits today: tiktok sheet 7, inference.
POST_ID = re.compile(r"[0-9]{15,20}")

# A secUid is longer than any handle, so an account called "ms4wljab" stays one. Sheet 7, confirmed.
SEC_UID = re.compile(r"MS4wLjAB[A-Za-z0-9_-]{17,}")

SHORT_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")

RESERVED = frozenset(
    {
        # Seen in sources: tiktok sheet 7, confirmed; "link" in public code that unwraps bio links.
        "tag",
        "music",
        "sticker",
        "embed",
        "share",
        "t",
        "messages",
        "link",
        # The same section, recalled.
        "foryou",
        "following",
        "friends",
        "explore",
        "discover",
        "live",
        "upload",
        "search",
        "login",
        "signup",
        "legal",
        "about",
        "place",
        "player",
        "channel",
        "question",
        "coin",
        "setting",
        "inbox",
        "tiktokstudio",
        "shop",
        "business",
        "creators",
    }
)
"""First path segments that are TikTok's own pages. They only choose the hint: no handle can be among them."""

_PASTE = "paste the account's address, such as https://www.tiktok.com/@name."
INTERNAL_ID = NotAnAccount(
    NotAnAccountKind.INVALID_HANDLE,
    f"This is TikTok's internal number for an account, not its name: {_PASTE}",
)
INVALID_HANDLE = NotAnAccount(
    NotAnAccountKind.INVALID_HANDLE,
    "A TikTok name has 2 to 24 letters, digits, underscores and periods, and does not end in a period.",
)
NO_AT_SIGN = NotAnAccount(
    NotAnAccountKind.INVALID_HANDLE, f"A TikTok account's address has an @ before the name: {_PASTE}"
)
OWN_PAGE = NotAnAccount(NotAnAccountKind.PAGE_OF_PLATFORM, f"This is a page of TikTok itself: {_PASTE}")
RESERVED_WORD = NotAnAccount(
    NotAnAccountKind.RESERVED, f"This is a TikTok page that belongs to no account: {_PASTE}"
)
LIVE_ROOM = NotAnAccount(
    NotAnAccountKind.EVENT, f"This link leads to a live broadcast and does not say whose: {_PASTE}"
)
COLLECTION = NotAnAccount(NotAnAccountKind.COLLECTION, f"This is a collection of videos: {_PASTE}")


class TikTokUrls(AccountUrls):
    """Addresses of tiktok.com and tiktokv.com. douyin.com is another product (sheet 7, confirmed)."""

    domains = frozenset({"tiktok.com", "tiktokv.com"})
    schemes = frozenset({"tiktok", "snssdk1233"})
    # m.tiktok.com issues no short links, but old ones pass through it on their way (recalled).
    short_hosts = CODE_HOSTS | {CANONICAL_HOST, "m.tiktok.com"}

    def parse(self, address: Address) -> UrlResult:
        """An account, a post, a short link, the target of a bio link, or why it is none of them."""
        if address.scheme in self.schemes:
            # snssdk1233://user/profile/ID: app links know accounts by number only (sheet 7, recalled).
            return INTERNAL_ID
        if address.host in CODE_HOSTS:
            return _read_code(address.host, "", address.segments)
        if address.host in PATH_HOSTS:
            return _read_path(address.segments, address.query)
        return OWN_PAGE

    def parse_handle(self, text: str) -> ProfileRef | NotAnAccount:
        """The account of a handle, lower-case as TikTok keeps it (sheet 7, recalled)."""
        return _read_handle(text)

    def profile_url(self, ref: ProfileRef) -> str:
        """
        `https://www.tiktok.com/@handle`.

        Raises ValueError for a reference without a handle: an open_id is known to one app only and
        stands in no public address (tiktok sheet 3, confirmed).
        """
        if ref.handle is None:
            raise ValueError("a TikTok address needs a handle: an open_id has none")
        return f"https://{CANONICAL_HOST}/@{ref.handle}"


def _read_handle(text: str) -> ProfileRef | NotAnAccount:
    """The account that `name` or `@name` names."""
    name = text.removeprefix("@")
    # A name of digits only is a numeric user id: no handle is one (sheet 7, recalled).
    if name.isdecimal() or SEC_UID.fullmatch(name):
        return INTERNAL_ID
    if not HANDLE.fullmatch(name):
        return INVALID_HANDLE
    return ProfileRef(handle=name.lower())


def _read_path(segments: tuple[str, ...], query: Mapping[str, str]) -> UrlResult:
    """What a path at one of `PATH_HOSTS` names."""
    if not segments:
        return OWN_PAGE
    if segments[0].startswith("@"):
        return _read_account_path(segments[0], [s.lower() for s in segments[1:]])
    words = tuple(s.lower() for s in segments)
    if words[0] == "t":
        return _read_code(CANONICAL_HOST, "t/", segments[1:])
    if words == ("link", "v2") and query.get("target"):
        # The page between a profile's bio link and its target, which may be any platform's address.
        return Wrapped(query["target"])
    return _read_post(words) or _read_page(words)


def _read_account_path(name: str, rest: Sequence[str]) -> UrlResult:
    """What stands at `/@name/…`; *name* still has its `@`, *rest* is lower-case."""
    account = _read_handle(name)
    match rest:
        # A live room is the account's own and always at this address, so it names the account.
        case [] | ["live"]:
            return account
        case ["video" | "photo", post_id] if POST_ID.fullmatch(post_id):
            # `/@/video/ID` and numeric owners are good addresses of a post, only without a handle.
            return PostRef(post_id, account if isinstance(account, ProfileRef) else None)
        case ["collection" | "playlist", *_]:
            return COLLECTION
    return None


def _read_post(words: tuple[str, ...]) -> PostRef | None:
    """A post whose address does not tell whose it is."""
    match words:
        case (
            ("share", "video", last)
            | ("embed", last)
            | ("embed", "v2", last)
            | ("player", "v1", last)
            | ("v", last)
        ):
            # Only the oldest form, m.tiktok.com/v/ID.html, has the ending (sheet 7, recalled).
            post_id = last.removesuffix(".html")
            return PostRef(post_id) if POST_ID.fullmatch(post_id) else None
    return None


def _read_page(words: tuple[str, ...]) -> NotAnAccount:
    """Why a path without an `@` names no account."""
    if words[:2] == ("share", "live"):
        return LIVE_ROOM
    return RESERVED_WORD if words[0] in RESERVED else NO_AT_SIGN


def _read_code(host: str, folder: str, segments: tuple[str, ...]) -> UrlResult:
    """A short link. Its code keeps its case; anything that could lead elsewhere on the host is refused."""
    if not segments:
        return OWN_PAGE
    if len(segments) > 1 or not SHORT_CODE.fullmatch(segments[0]):
        return None
    return NeedsResolving(f"https://{host}/{folder}{segments[0]}")
