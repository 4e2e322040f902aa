"""
Account addresses: text to a profile reference and back. Pure, no I/O, linear in the input.

`read_address` takes the junk off an address once, for every plugin: white space, a missing scheme,
case of the host, fragments, percent-encoding. A plugin then looks only at host, path and query.
"""

from __future__ import annotations

import abc
import enum
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

MAX_TEXT = 2048
"""Longer texts are no addresses. The cap is what keeps every parser's cost bounded."""


@dataclass(frozen=True, slots=True)
class ProfileRef:
    """
    Names one account: by its stable id, by its changeable handle, or by both.

    *handle* is as shown to people, without `@`. *handle_key* is equal for two spellings of one
    handle (Facebook ignores dots and case); it defaults to the casefolded handle.
    """

    handle: str | None = None
    platform_id: str | None = None
    handle_key: str | None = None

    def __post_init__(self) -> None:
        if self.handle is None and self.platform_id is None:
            raise ValueError("a profile reference needs a handle or a platform id")
        if self.handle_key is None and self.handle is not None:
            object.__setattr__(self, "handle_key", self.handle.casefold())


@dataclass(frozen=True, slots=True)
class PostRef:
    """Names one post, video or story; *owner* when the address tells whose it is."""

    post_id: str
    owner: ProfileRef | None = None


class NotAnAccountKind(enum.StrEnum):
    """What an address turned out to be instead of an account."""

    RESERVED = "RESERVED"
    GROUP = "GROUP"
    EVENT = "EVENT"
    COLLECTION = "COLLECTION"
    PAGE_OF_PLATFORM = "PAGE_OF_PLATFORM"
    INVALID_HANDLE = "INVALID_HANDLE"


@dataclass(frozen=True, slots=True)
class NotAnAccount:
    """The platform is right, the thing is wrong; *hint* is one sentence that says what to paste instead."""

    kind: NotAnAccountKind
    hint: str


@dataclass(frozen=True, slots=True)
class NeedsResolving:
    """An opaque short link: only a request to its host can tell where it leads."""

    url: str


@dataclass(frozen=True, slots=True)
class Wrapped:
    """The address only wraps another one (`l.instagram.com/?u=…`), which may be any platform's."""

    text: str


UrlResult = ProfileRef | PostRef | NotAnAccount | NeedsResolving | Wrapped | None


@dataclass(frozen=True, slots=True)
class Address:
    """
    A URL taken apart. *host* is lower-case and without port, *segments* are the decoded,
    non-empty path segments in their own case, *query* holds the first value of each name.
    *fragment* is kept because some old addresses hide their path there (`/#!/name`).
    """

    scheme: str
    host: str
    segments: tuple[str, ...]
    query: Mapping[str, str] = field(default_factory=dict)
    fragment: str = ""

    @property
    def url(self) -> str:
        """The address without query and fragment, over https."""
        return f"https://{self.host}/{'/'.join(self.segments)}"

    def is_at(self, domain: str) -> bool:
        """Whether the host is *domain* or below it."""
        return self.host == domain or self.host.endswith("." + domain)


_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]{0,31}:", re.IGNORECASE)
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9\-]+(\.[a-z0-9\-]+)*\.?\Z")


def clean_text(text: str) -> str:
    """Composed Unicode (NFC) without white space and invisible characters at the ends or inside."""
    kept = (c for c in unicodedata.normalize("NFC", text[: MAX_TEXT + 1]) if _is_visible(c))
    return "".join(kept)


def _is_visible(character: str) -> bool:
    return not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp")


def read_address(text: str) -> Address | None:
    """
    The address that *text* spells, or None when it spells none.

    A missing scheme is read as https. Texts over `MAX_TEXT` characters are None.
    """
    if len(text) > MAX_TEXT:
        return None
    cleaned = clean_text(text)
    if cleaned.startswith("//"):
        cleaned = "https:" + cleaned
    elif not _has_scheme(cleaned):
        cleaned = "https://" + cleaned
    return _take_apart(cleaned)


def _has_scheme(text: str) -> bool:
    """Told apart from a port (`host:443/…`) and from a host without scheme."""
    match = _SCHEME.match(text)
    return match is not None and (
        text[match.end() :].startswith("//") or not text[match.end() :][:1].isdigit()
    )


def _take_apart(text: str) -> Address | None:
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").rstrip(".")
        parts.port  # noqa: B018  (raises ValueError on a port that is no number)
        query = dict(reversed(parse_qsl(parts.query, max_num_fields=100)))
    except ValueError:
        return None
    if not _HOST.match(host):
        return None
    segments = tuple(s for s in (unquote(raw) for raw in parts.path.split("/")) if s)
    return Address(parts.scheme.lower(), host, segments, query, parts.fragment)


class AccountUrls(abc.ABC):
    """
    One platform's address grammar.

    *domains* are the domains whose addresses tell this platform, with everything below them;
    *schemes* the app schemes (`instagram`). *short_hosts* are the exact hosts whose short links the
    server may resolve by a GET; the plugin declares them, the server follows few redirects.
    """

    domains: frozenset[str]
    schemes: frozenset[str] = frozenset()
    short_hosts: frozenset[str] = frozenset()

    def claims(self, address: Address) -> bool:
        """Whether the address belongs to this platform at all."""
        return address.scheme in self.schemes or any(address.is_at(d) for d in self.domains)

    @abc.abstractmethod
    def parse(self, address: Address) -> UrlResult:
        """What a claimed address names; None when the platform knows no such form. Never raises."""

    @abc.abstractmethod
    def parse_handle(self, text: str) -> ProfileRef | NotAnAccount:
        """The account a bare handle names, with or without `@`. *text* is cleaned already."""

    @abc.abstractmethod
    def profile_url(self, ref: ProfileRef) -> str:
        """
        The one canonical https address; `parse` of it gives *ref* back.

        Raises `ValueError` for a stable id alone where the platform has no public address by id.
        """
