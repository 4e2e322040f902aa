"""
Instagram's addresses (meta sheet 8): confirmed where nothing is said, else marked.

A shortcode keeps its case and is no API id. No address names an account by its id: a username is all
there is, and it may be somebody else's tomorrow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

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

SITE = "www.instagram.com"

_ACCOUNT_HOSTS = frozenset({"instagram.com", SITE, "m.instagram.com", "instagr.am", "www.instagr.am"})
_WRAPPER_HOST = "l.instagram.com"
_SCHEME = "instagram"

# The sheet's list, part of it recalled.
_RESERVED_WORDS = """
    p reel reels tv explore accounts stories direct about share s developer developers legal privacy terms
    emails directory web api graphql oauth challenge session press blog ar lite topics _n _u nametag invites
    download data static threads your_activity archive create hashtag
"""
RESERVED = frozenset(_RESERVED_WORDS.split())

_USERNAME = re.compile(r"(?!\.)(?!.*\.\.)(?!.*\.\Z)[A-Za-z0-9._]{1,30}")
_SHORTCODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGITS = re.compile(r"[0-9_]{1,64}")
_MEDIA = frozenset({"p", "tv", "reel", "reels"})

_PASTE_INSTEAD = "Paste the address of the profile, such as instagram.com/name."


class InstagramUrls(AccountUrls):
    """Reads every account and media form of the sheet; writes `www.instagram.com/{username}/`."""

    domains = frozenset({"instagram.com", "instagr.am", "ig.me"})
    schemes = frozenset({_SCHEME})
    short_hosts = frozenset({SITE})

    def parse(self, address: Address) -> UrlResult:
        """What the address names."""
        if address.scheme == _SCHEME:
            return _parse_app_address(address)
        if address.host == _WRAPPER_HOST:
            inner = address.query.get("u")
            return Wrapped(inner) if inner else _PLATFORM_PAGE
        if address.host == "ig.me":
            return _message_link(address.segments)
        if address.host not in _ACCOUNT_HOSTS or not address.segments:
            return _PLATFORM_PAGE
        form = _FORMS.get(address.segments[0].lower())
        return form(address) if form else _below_name(address.segments)

    def parse_handle(self, text: str) -> ProfileRef | NotAnAccount:
        """The account a username names, with or without `@`."""
        return _name(text)

    def profile_url(self, ref: ProfileRef) -> str:
        """`https://www.instagram.com/{username}/`; `ValueError` for a reference without a username."""
        if ref.handle is None:
            raise ValueError("Instagram has no address for an account id; a username is needed.")
        return f"https://{SITE}/{quote(ref.handle, safe='')}/"


# Refusals


def _refuse(kind: NotAnAccountKind, what: str) -> NotAnAccount:
    return NotAnAccount(kind, f"{what} {_PASTE_INSTEAD}")


_PLATFORM_PAGE = _refuse(NotAnAccountKind.PAGE_OF_PLATFORM, "This is a page of Instagram itself.")
_RESERVED_WORD = _refuse(NotAnAccountKind.RESERVED, "This belongs to Instagram itself.")
_COLLECTION = _refuse(NotAnAccountKind.COLLECTION, "This is a collection and no account.")
_INVALID = _refuse(NotAnAccountKind.INVALID_HANDLE, "Instagram has no such username.")


# Names


def _name(text: str) -> ProfileRef | NotAnAccount:
    """The account that one path segment or one bare handle names; usernames ignore case."""
    name = text.removeprefix("@")
    if not _USERNAME.fullmatch(name):
        return _INVALID
    return _RESERVED_WORD if name.lower() in RESERVED else ProfileRef(handle=name.lower())


def _below_name(segments: tuple[str, ...]) -> UrlResult:
    """`/{username}` with whatever follows: a post, or a tab of the account."""
    owner = _name(segments[0])
    if isinstance(owner, NotAnAccount):
        return owner
    if len(segments) > 2 and segments[1].lower() in _MEDIA and _SHORTCODE.fullmatch(segments[2]):
        return PostRef(segments[2], owner)
    return owner


def _parse_app_address(address: Address) -> UrlResult:
    """`instagram://user?username=…` (recalled) and `instagram://media?id=…`."""
    media_id = address.query.get("id", "")
    if address.host == "user":
        return _name(address.query.get("username", ""))
    if address.host == "media" and _DIGITS.fullmatch(media_id):
        return PostRef(media_id)
    return _PLATFORM_PAGE


def _message_link(segments: tuple[str, ...]) -> UrlResult:
    """`ig.me/m/{username}`."""
    return _name(segments[1]) if len(segments) == 2 and segments[0] == "m" else _PLATFORM_PAGE


# Forms by their first segment


def _media(address: Address) -> UrlResult:
    """`/(p|tv|reel|reels)/{shortcode}` with or without `/embed`; `/reels/audio/…` is a sound."""
    first, *rest = address.segments
    if not rest or not _SHORTCODE.fullmatch(rest[0]):
        return _RESERVED_WORD
    if first.lower() == "reels" and rest[0] == "audio":
        return _COLLECTION
    return PostRef(rest[0])


def _stories(address: Address) -> UrlResult:
    """`/stories/{username}` is the account, with an id behind it one story; highlights have no name."""
    rest = address.segments[1:]
    if not rest:
        return _RESERVED_WORD
    if rest[0].lower() == "highlights":
        return _COLLECTION
    owner = _name(rest[0])
    if isinstance(owner, ProfileRef) and len(rest) > 1 and _DIGITS.fullmatch(rest[1]):
        return PostRef(rest[1], owner)
    return owner


def _app_profile(address: Address) -> UrlResult:
    """`/_u/{username}`, which opens the app (recalled)."""
    return _name(address.segments[1]) if len(address.segments) > 1 else _RESERVED_WORD


def _collection(address: Address) -> UrlResult:
    """`/explore/tags/…`, `/explore/locations/…`, and `/s/{code}` of a highlight (recalled)."""
    return _COLLECTION if len(address.segments) > 1 else _RESERVED_WORD


def _share(address: Address) -> UrlResult:
    """`/share/{code}` and `/share/(p|reel|…)/{code}`: opaque, and the first may be a profile."""
    if len(address.segments) < 2:
        return _RESERVED_WORD
    # Quoted again, since the segments are decoded: an odd one must not become a query.
    path = "/".join(quote(segment, safe="") for segment in address.segments)
    return NeedsResolving(f"https://{SITE}/{path}")


def _accounts(address: Address) -> UrlResult:
    """`/accounts/login/?next=…`, where a browser that is not signed in ends up (inference)."""
    inner = address.query.get("next", "")
    if address.segments[1:2] != ("login",) or not inner:
        return _RESERVED_WORD
    is_path = inner.startswith("/") and not inner.startswith("//")
    return Wrapped(f"https://{SITE}{inner}" if is_path else inner)


_FORMS: dict[str, Callable[[Address], UrlResult]] = {
    **dict.fromkeys(_MEDIA, _media),
    "stories": _stories,
    "_u": _app_profile,
    "explore": _collection,
    "s": _collection,
    "share": _share,
    "accounts": _accounts,
}
