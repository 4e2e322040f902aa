"""
YouTube addresses and handles (sheet 7).

A channel goes by four names: its id (`UC…`), its handle (`@mara`), and two legacy names that the API
cannot look up by handle, a custom URL (`/c/NAME`) and a username (`/user/NAME`). One word under two of
these forms can be two channels, so the form stays part of a legacy name: `c/NAME`, `user/NAME`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote

from linkroll_sdk import (
    AccountUrls,
    Address,
    NotAnAccount,
    NotAnAccountKind,
    PostRef,
    ProfileRef,
    UrlResult,
    Wrapped,
    clean_text,
)

HOME = "https://www.youtube.com"

# Ids are case-sensitive (sheet 7, shapes confirmed). What follows an id is junk that a bad share button
# glued on (`/v/ID&hl=en`), unless it could belong to the id itself.
CHANNEL_ID = re.compile(r"UC[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])")
VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}(?![A-Za-z0-9_-])")

LEGACY_FORMS = frozenset({"c", "user"})

# First segments that are no bare custom URL: sheet 7, confirmed above the empty line, recalled below it.
_RESERVED = """
    about account browse c channel clip e embed explore feed feeds get_video_info hashtag iframe_api index
    live logout movie movies oembed oops playlist results s search shared shorts signin source storefront t
    trending upload user v w watch watch_popup

    ads attribution_link course creators gaming handle howyoutubeworks jobs kids music new news post premium
    profile redirect testtube yt
"""
RESERVED = frozenset(_RESERVED.split())

# Below youtube.com, but no channel lives there (tv recalled, the others inference). Every other label is
# read like `www`: m, music, gaming, and the old country hosts (sheet 7, confirmed).
_NO_ACCOUNT_LABELS = """
    accounts ads advertisers api apis artists charts creatoracademy developers gdata help i img s support
    tv upload
"""
NO_ACCOUNT_LABELS = frozenset(_NO_ACCOUNT_LABELS.split())


class YouTubeUrls(AccountUrls):
    """
    The address grammar of YouTube. There are no opaque short links: `youtu.be` spells the video's id.

    `accounts.google.com` is claimed for the sign-in pages that YouTube links end up on, which carry
    the wanted address along.
    """

    domains = frozenset(
        {"youtube.com", "youtu.be", "youtube-nocookie.com", "youtubekids.com", "accounts.google.com"}
    )

    def parse(self, address: Address) -> UrlResult:
        """The channel, the video, the wrapped address, or what else a YouTube address is."""
        result = _parse_host(address)
        hidden = _behind_anchor(address)
        return Wrapped(hidden) if hidden and isinstance(result, NotAnAccount) else result

    def parse_handle(self, text: str) -> ProfileRef | NotAnAccount:
        """The channel behind `@mara`, `mara`, a bare channel id, or a legacy name such as `c/Mara`."""
        form, _, name = text.partition("/")
        if CHANNEL_ID.fullmatch(text):
            return ProfileRef(platform_id=text)
        if form.casefold() in LEGACY_FORMS and name:
            return _legacy(form.casefold(), unquote(name))
        return _handle(unquote(text))

    def profile_url(self, ref: ProfileRef) -> str:
        """The channel's address: by id where it is known, since a handle can change hands."""
        if ref.platform_id is not None:
            return f"{HOME}/channel/{quote(ref.platform_id)}"
        handle = ref.handle or ""
        return f"{HOME}/{quote(handle)}" if "/" in handle else f"{HOME}/@{quote(handle)}"


def shown_handle(custom_url: str) -> str | None:
    """
    The handle in a channel's `customUrl`, as `ProfileRef.handle` would spell it; None when it has none.

    The field holds the handle with its `@` (sheet 3, confirmed); without one it is taken for a custom
    URL from before handles (inference).
    """
    ref = _handle(custom_url) if custom_url.startswith("@") else _legacy("c", custom_url)
    return ref.handle if isinstance(ref, ProfileRef) else None


# Hosts


def _parse_host(address: Address) -> UrlResult:
    if address.is_at("youtu.be"):
        return _video(_segment(address, 0))
    if address.is_at("accounts.google.com") or address.host == "consent.youtube.com":
        return _unwrap(address, "continue")
    if address.host == "studio.youtube.com":
        return _studio(address)
    if address.is_at("youtube.com") and _label(address) in NO_ACCOUNT_LABELS:
        return _page_of_youtube()
    return _parse_path(address)


def _label(address: Address) -> str:
    """The word in front of `youtube.com`: `m` of `m.youtube.com`."""
    return address.host.removesuffix("youtube.com").rstrip(".").rpartition(".")[2]


def _studio(address: Address) -> UrlResult:
    """YouTube Studio: its channel and video pages carry usable ids (sheet 7, recalled)."""
    forms: Mapping[str, Form] = {"channel": _channel, "video": _video_in_path}
    form = forms.get(_segment(address, 0))
    return form(address) if form else _page_of_youtube()


def _behind_anchor(address: Address) -> str:
    """The address in an old mobile link's anchor, `m.youtube.com/#/user/Mara` (sheet 7, confirmed)."""
    path = address.fragment.removeprefix("!")
    is_path = path.startswith("/") and path.strip("/") != ""
    return HOME + path if is_path and address.is_at("youtube.com") else ""


# Paths


def _parse_path(address: Address) -> UrlResult:
    first = _segment(address, 0)
    word = first.casefold()
    if first.startswith(_AT):
        return _handle(first)
    if word in FORMS:
        return FORMS[word](address)
    if word in RESERVED:
        return _reserved(first)
    return _bare(first)


def _segment(address: Address, index: int) -> str:
    """A path segment, or nothing where the path is shorter."""
    return clean_text(address.segments[index]) if index < len(address.segments) else ""


def _front_page(address: Address) -> UrlResult:
    return _watch(address) if "v" in address.query else _page_of_youtube()


def _channel(address: Address) -> UrlResult:
    return _channel_by_id(_segment(address, 1))


def _channel_by_id(text: str) -> ProfileRef | NotAnAccount:
    match = CHANNEL_ID.match(text)
    if match is None:
        return NotAnAccount(
            NotAnAccountKind.INVALID_HANDLE,
            "A channel id is UC and 22 more letters, digits, - or _; this one is not complete.",
        )
    return ProfileRef(platform_id=match[0])


def _custom(address: Address) -> UrlResult:
    return _legacy("c", _segment(address, 1))


def _user(address: Address) -> UrlResult:
    return _legacy("user", _segment(address, 1))


def _bare(name: str) -> ProfileRef | NotAnAccount:
    """
    `youtube.com/NAME`, which stood in YouTube's own help beside `/c/NAME` as the same custom URL (recalled).

    An old username is bare at times, too; nothing in the address tells. No custom URL has a dot, but
    `robots.txt` and `index.html` do.
    """
    return _page_of_youtube() if "." in name else _legacy("c", name)


def _watch(address: Address) -> UrlResult:
    if "v" not in address.query and "list" in address.query:
        return _collection(address)
    return _video(address.query.get("v") or _segment(address, 1))


def _video_in_path(address: Address) -> UrlResult:
    return _video(_segment(address, 1))


def _video(text: str) -> PostRef | NotAnAccount:
    match = VIDEO_ID.match(text)
    return PostRef(match[0]) if match else _page_of_youtube()


def _embed(address: Address) -> UrlResult:
    match _segment(address, 1):
        case "live_stream":
            return _channel_by_id(address.query.get("channel", ""))
        case "videoseries":
            return _collection(address)
        case text:
            return _video(text)


def _browse(address: Address) -> UrlResult:
    """YouTube Music: channels by their id, and albums and playlists by theirs (sheet 7, confirmed)."""
    text = _segment(address, 1)
    return _channel_by_id(text) if text.startswith("UC") else _collection(address)


def _post(address: Address) -> UrlResult:
    text = _segment(address, 1)
    return PostRef(text) if re.fullmatch(r"[A-Za-z0-9_-]{1,100}", text) else _page_of_youtube()


def _redirect(address: Address) -> UrlResult:
    return _unwrap(address, "q")


def _attribution_link(address: Address) -> UrlResult:
    return _unwrap(address, "u")


def _signin(address: Address) -> UrlResult:
    return _unwrap(address, "next")


def _unwrap(address: Address, field: str) -> UrlResult:
    """The address in the query's *field*; a bare path there is YouTube's own."""
    inner = address.query.get(field, "")
    if not inner:
        return _page_of_youtube()
    return Wrapped(HOME + inner if inner.startswith("/") and not inner.startswith("//") else inner)


def _collection(address: Address) -> UrlResult:
    return NotAnAccount(
        NotAnAccountKind.COLLECTION,
        "This is a list of videos; paste the address of the channel, such as youtube.com/@name.",
    )


Form = Callable[[Address], UrlResult]

FORMS: Mapping[str, Form] = {
    "": _front_page,
    "channel": _channel,
    "c": _custom,
    "user": _user,
    "watch": _watch,
    "watch_popup": _watch,
    "movie": _watch,
    "shorts": _video_in_path,
    "live": _video_in_path,
    "v": _video_in_path,
    "e": _video_in_path,
    "embed": _embed,
    "post": _post,
    "browse": _browse,
    "playlist": _collection,
    "hashtag": _collection,
    "source": _collection,
    "course": _collection,
    "redirect": _redirect,
    "attribution_link": _attribution_link,
    "signin": _signin,
}


def _page_of_youtube() -> NotAnAccount:
    return NotAnAccount(
        NotAnAccountKind.PAGE_OF_PLATFORM,
        "This is a page of YouTube itself; paste the address of the channel, such as youtube.com/@name.",
    )


def _reserved(word: str) -> NotAnAccount:
    return NotAnAccount(
        NotAnAccountKind.RESERVED,
        f"youtube.com/{word} is YouTube's own; paste the address of the channel, such as youtube.com/@name.",
    )


# Names

_AT = ("@", "＠")
"""The sign in front of a handle; Chinese and Japanese keyboards type the wide one."""

_INSIDE = frozenset("_-.·")
"""What a handle may hold besides letters and digits, though not at its ends (sheet 7, confirmed)."""

_SHORTEST = {"CJK": 1, "HANGUL": 1, "HIRAGANA": 2, "KATAKANA": 2, "ETHIOPIC": 2}
"""Scripts whose handles may be shorter than three characters (sheet 7, confirmed)."""

LONGEST_HANDLE = 30

LONGEST_NAME = 100
"""Code points of any name, marks included, so that its address stays short enough to be read again."""


def _handle(text: str) -> ProfileRef | NotAnAccount:
    name = clean_text(text[1:] if text.startswith(_AT) else text)
    if not (_shortest(name) <= _length(name) <= LONGEST_HANDLE and _is_name(name)):
        return NotAnAccount(
            NotAnAccountKind.INVALID_HANDLE,
            "A YouTube handle has 3 to 30 letters, digits, or _ - . · between them, such as @name.",
        )
    return ProfileRef(handle=name, handle_key=_key(name))


def _legacy(form: str, text: str) -> ProfileRef | NotAnAccount:
    name = clean_text(text)
    if not _is_name(name):
        return NotAnAccount(
            NotAnAccountKind.INVALID_HANDLE,
            f"There is no channel name behind youtube.com/{form}/; paste the channel's address, "
            "such as youtube.com/@name.",
        )
    handle = f"{form}/{name}"
    return ProfileRef(handle=handle, handle_key=_key(handle))


def _key(handle: str) -> str:
    """
    Equal for every spelling of one handle: case does not count.

    Composed a second time, because folding takes some Greek and Armenian letters apart.
    """
    return unicodedata.normalize("NFC", handle.casefold())


def _is_name(name: str) -> bool:
    """
    Letters, digits and their marks in any script, with `_-.·` only inside.

    YouTube's rules against mixed scripts are left out: refusing a real handle would be worse than
    accepting one that cannot exist.
    """
    return (
        len(name) <= LONGEST_NAME
        and _kind(name[:1]) in ("L", "N")
        and name[-1] not in _INSIDE
        and all(_kind(c) in ("L", "N", "M") or c in _INSIDE for c in name)
    )


def _length(name: str) -> int:
    """Characters as people count them: a vowel sign belongs to its letter (inference)."""
    return sum(_kind(c) != "M" for c in name)


def _shortest(name: str) -> int:
    script = unicodedata.name(name[:1] or "?", "").split(" ")[0]
    return _SHORTEST.get(script, 3)


def _kind(character: str) -> str:
    return unicodedata.category(character or " ")[0]
