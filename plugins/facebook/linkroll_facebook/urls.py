"""
Facebook's addresses (meta sheet 8): confirmed where nothing is said, else marked.

A personal profile is spelled like a Page; only the API tells them apart. Dots and case of a vanity name do
not count. Ids in `pfbid…` form are opaque: they name a post to a browser, not to the API.
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
    read_address,
)

SITE = "www.facebook.com"
ONION = "facebookwkhpilnemxj7asaniu7vnjjbiltxjqhye3mhbshg7kx5tfyd.onion"

_DOMAINS = frozenset({"facebook.com", "fb.com", "fb.me", "fb.watch", "fb.gg", "m.me", "messenger.com", ONION})
_SHORT_DOMAINS = frozenset({"fb.me", "fb.watch", "fb.gg"})
_ACCOUNT_DOMAINS = ("facebook.com", "fb.com", ONION)
_FRONTS = frozenset({"www", "m", "mbasic", "touch", "web", "mobile", "business"})
_LOCALE = re.compile(r"[a-z]{2}-[a-z]{2}")
_WRAPPER_HOSTS = frozenset({"l.facebook.com", "lm.facebook.com"})

# The sheet's list, part of it recalled; `latest` (on the business host) is recalled too.
_RESERVED_WORDS = """
    watch marketplace gaming groups events pages pg people profile.php home.php index.php permalink.php
    story.php photo photo.php photos video videos video.php reel reels story stories posts share sharer
    sharer.php dialog plugins login login.php logout.php recover help settings privacy policies terms about
    careers ads business developers hashtag search friends messages notifications bookmarks saved directory
    public me live watchparty l.php flx tr security legal press r.php signup checkpoint games fundraisers
    donate jobs memories weather offers latest
"""
RESERVED = frozenset(_RESERVED_WORDS.split())
_RESERVED_KEYS = frozenset(word.replace(".", "") for word in RESERVED)
_API_VERSION = re.compile(r"v\d+\.\d+")

_DIGITS = re.compile(r"[0-9]{1,32}")
_NAME_AND_ID = re.compile(r".*-([0-9]{5,32})", re.DOTALL)
# The rule for new names is five characters or more; older ones are shorter (`cnn`), so one is enough.
_VANITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.]{0,49}")
_POST_ID = re.compile(r"[0-9]{1,32}|pfbid[A-Za-z0-9]{1,128}")
_CONTENT_TABS = frozenset({"posts", "photos", "videos"})

_PASTE_INSTEAD = "Paste the address of the Page itself, such as facebook.com/name."


class FacebookUrls(AccountUrls):
    """Reads every account and content form of the sheet; writes `www.facebook.com/{name or id}`."""

    domains = _DOMAINS
    short_hosts = _SHORT_DOMAINS | {SITE}

    def parse(self, address: Address) -> UrlResult:
        """What the address names."""
        domain = address.host.removeprefix("www.")
        if address.host in _WRAPPER_HOSTS:
            return _unwrapped(address, "u")
        if domain in _SHORT_DOMAINS:
            # `fb.me/name` may be a vanity name or a code: only a request can tell (inference).
            return _short_link(domain, address.segments)
        if domain == "m.me":
            return _only_name(address.segments)
        if domain == "messenger.com":
            return _only_name(address.segments[1:]) if address.segments[:1] == ("t",) else _PLATFORM_PAGE
        return _parse_site(address) if _is_account_host(address.host) else _PLATFORM_PAGE

    def parse_handle(self, text: str) -> ProfileRef | NotAnAccount:
        """The account a vanity name or an id names, with or without `@`."""
        return _name(text)

    def profile_url(self, ref: ProfileRef) -> str:
        """`https://www.facebook.com/{name}`, or with the id where the reference has no name."""
        return f"https://{SITE}/{quote(ref.handle or ref.platform_id or '', safe='')}"


# Refusals


def _refuse(kind: NotAnAccountKind, what: str) -> NotAnAccount:
    return NotAnAccount(kind, f"{what} {_PASTE_INSTEAD}")


_PLATFORM_PAGE = _refuse(NotAnAccountKind.PAGE_OF_PLATFORM, "This is a page of Facebook itself.")
_RESERVED_WORD = _refuse(NotAnAccountKind.RESERVED, "This belongs to Facebook itself.")
_GROUP = _refuse(NotAnAccountKind.GROUP, "A group is no account.")
_EVENT = _refuse(NotAnAccountKind.EVENT, "An event is no account.")
_COLLECTION = _refuse(NotAnAccountKind.COLLECTION, "This is a collection of many people's posts.")
_INVALID = _refuse(NotAnAccountKind.INVALID_HANDLE, "Facebook has no such name.")


# Names


def _name(text: str) -> ProfileRef | NotAnAccount:
    """The account that one path segment or one bare handle names."""
    name = text.removeprefix("@")
    if _DIGITS.fullmatch(name):
        return ProfileRef(platform_id=name)
    # A vanity name has no hyphen, so `Mara-Bakes-615000111222333` is a title followed by the id.
    if match := _NAME_AND_ID.fullmatch(name):
        return ProfileRef(platform_id=match[1])
    if _is_reserved(name):
        return _RESERVED_WORD
    if not _VANITY.fullmatch(name) or name.lower().endswith((".com", ".net")):
        return _INVALID
    return ProfileRef(handle=name, handle_key=_key(name))


def _key(name: str) -> str:
    return name.lower().replace(".", "")


def _is_reserved(name: str) -> bool:
    lowered = name.lower()
    script = lowered.endswith(".php")
    return script or _key(name) in _RESERVED_KEYS or _API_VERSION.fullmatch(lowered) is not None


def _only_name(segments: tuple[str, ...]) -> UrlResult:
    return _name(segments[0]) if len(segments) == 1 else _PLATFORM_PAGE


# Addresses


def _is_account_host(host: str) -> bool:
    for domain in _ACCOUNT_DOMAINS:
        if host == domain:
            return True
        front = host.removesuffix(f".{domain}")
        if front != host:
            return front in _FRONTS or _LOCALE.fullmatch(front) is not None
    return False


def _parse_site(address: Address) -> UrlResult:
    if not address.segments:
        return _parse_fragment(address)
    form = _FORMS.get(address.segments[0].lower())
    return form(address) if form else _below_name(address.segments)


def _parse_fragment(address: Address) -> UrlResult:
    """`/#!/name`, the address of a time when the page was one script."""
    # Only the outer fragment is read: the inner one could nest without end.
    path = address.fragment.partition("#")[0]
    inner = read_address(f"https://{SITE}{path[1:]}") if path.startswith("!/") else None
    return _parse_site(inner) if inner and inner.segments and inner.host == SITE else _PLATFORM_PAGE


def _below_name(segments: tuple[str, ...]) -> UrlResult:
    """`/{name}` with whatever follows: a post, or a tab of the account."""
    owner = _name(segments[0])
    if isinstance(owner, NotAnAccount):
        return owner
    if len(segments) > 2 and segments[1].lower() in _CONTENT_TABS and _POST_ID.fullmatch(segments[-1]):
        return PostRef(segments[-1], owner)
    return owner


def _by_query_id(address: Address) -> UrlResult:
    """`/profile.php?id=…`."""
    account_id = address.query.get("id", "")
    return ProfileRef(platform_id=account_id) if _DIGITS.fullmatch(account_id) else _RESERVED_WORD


def _title_and_id(address: Address) -> UrlResult:
    """`/people/{Name}/{id}` and `/pages/{Name}/{id}`, and `/pages/category/{Cat}/{Name-id}`."""
    segments = address.segments
    last = segments[3:4] if segments[1:2] == ("category",) else segments[2:3]
    owner = _name(last[0]) if last else _RESERVED_WORD
    return owner if isinstance(owner, ProfileRef) and owner.platform_id else _RESERVED_WORD


def _behind_prefix(address: Address) -> UrlResult:
    """`/pg/{name}/…`, and `/p/{Name-id}` (recalled)."""
    return _below_name(address.segments[1:]) if len(address.segments) > 1 else _RESERVED_WORD


# Content


def _post_in_query(field: str) -> Callable[[Address], UrlResult]:
    """A reader of posts whose id stands in the query's *field*, and whose owner may stand in `id`."""

    def form(address: Address) -> UrlResult:
        post_id, owner = address.query.get(field, ""), address.query.get("id", "")
        if not _POST_ID.fullmatch(post_id):
            return _RESERVED_WORD
        return PostRef(post_id, ProfileRef(platform_id=owner) if _DIGITS.fullmatch(owner) else None)

    return form


def _post_in_path(address: Address) -> UrlResult:
    """`/reel/{id}`, `/watchparty/{id}`."""
    post_id = address.segments[1] if len(address.segments) > 1 else ""
    return PostRef(post_id) if _POST_ID.fullmatch(post_id) else _RESERVED_WORD


def _story(address: Address) -> UrlResult:
    """`/stories/{owner id}/{opaque id}` (the parts are recalled)."""
    if len(address.segments) < 3:
        return _RESERVED_WORD
    owner = address.segments[1]
    return PostRef(address.segments[2], ProfileRef(platform_id=owner) if _DIGITS.fullmatch(owner) else None)


def _group(address: Address) -> UrlResult:
    """`/groups/{g}/posts/{id}` and `/groups/{g}/permalink/{id}` are posts, all else is the group."""
    if len(address.segments) > 3 and address.segments[2].lower() in ("posts", "permalink"):
        post_id = address.segments[3]
        return PostRef(post_id) if _POST_ID.fullmatch(post_id) else _GROUP
    return _GROUP if len(address.segments) > 1 else _RESERVED_WORD


def _event(address: Address) -> UrlResult:
    return _EVENT if len(address.segments) > 1 else _RESERVED_WORD


def _collection(address: Address) -> UrlResult:
    """`/hashtag/{t}` and `/ads/library`."""
    return _COLLECTION if len(address.segments) > 1 else _RESERVED_WORD


# Links to other addresses


def _unwrapped(address: Address, field: str) -> UrlResult:
    inner = address.query.get(field)
    return Wrapped(inner) if inner else _PLATFORM_PAGE


def _wrapper(field: str) -> Callable[[Address], UrlResult]:
    """A reader of addresses that carry another one in the query's *field*."""

    def form(address: Address) -> UrlResult:
        return Wrapped(address.query[field]) if address.query.get(field) else _RESERVED_WORD

    return form


def _share(address: Address) -> UrlResult:
    """`/share/{id}` and `/share/(p|v|r)/{id}`: opaque, and the first may be a profile."""
    return _short_link(SITE, address.segments) if len(address.segments) > 1 else _RESERVED_WORD


def _short_link(host: str, segments: tuple[str, ...]) -> UrlResult:
    # Quoted again, since the segments are decoded: an odd one must not become a query or another host.
    path = "/".join(quote(segment, safe="") for segment in segments)
    return NeedsResolving(f"https://{host}/{path}") if path else _PLATFORM_PAGE


_FORMS: dict[str, Callable[[Address], UrlResult]] = {
    "profile.php": _by_query_id,
    "people": _title_and_id,
    "pages": _title_and_id,
    "pg": _behind_prefix,
    "p": _behind_prefix,
    "permalink.php": _post_in_query("story_fbid"),
    "story.php": _post_in_query("story_fbid"),
    "photo.php": _post_in_query("fbid"),
    "photo": _post_in_query("fbid"),
    "video.php": _post_in_query("v"),
    "watch": _post_in_query("v"),
    "reel": _post_in_path,
    "watchparty": _post_in_path,
    "stories": _story,
    "groups": _group,
    "events": _event,
    "hashtag": _collection,
    "ads": _collection,
    "share": _share,
    "l.php": _wrapper("u"),
    "flx": _wrapper("u"),
    "plugins": _wrapper("href"),
    # Where Facebook sends a browser that is not signed in, also on the way of a short link (inference).
    "login": _wrapper("next"),
    "login.php": _wrapper("next"),
}
