"""
From what a person pasted to the account it names.

Parsing is the plugins' (pure, linear); here stand the rules between them: an address tells its
platform, a bare handle needs one, wrappers are opened, short links are resolved through the guarded
client, and everything that is no account gets its own refusal.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from linkroll_sdk import (
    Address,
    Allowance,
    ForbiddenOperation,
    LinkrollSdkError,
    NeedsResolving,
    NotAnAccount,
    NotAnAccountKind,
    Platform,
    PostRef,
    ProfileRef,
    Request,
    UrlResult,
    Wrapped,
    clean_text,
    read_address,
)
from linkroll_sdk.urls import MAX_TEXT

from server.host import Host
from server.platforms import claims
from server.services.platforms.grammars import parsed, parsed_handle, profile_url
from server.services.refusals import (
    EventAddress,
    GroupAddress,
    HandleNeedsPlatform,
    InvalidHandle,
    InvalidInput,
    NotAnAccountAddress,
    PlatformMismatch,
    PostAddress,
    Refusal,
    ReservedAddress,
    ShortLinkUnresolved,
    UnknownAddress,
)

MAX_UNWRAPS = 3
MAX_REDIRECTS = 3
RESOLVE_SECONDS = 20
"""How long all of them may take. Shorter than an operation may run: its caller gets a refusal, not an end."""


@dataclass(frozen=True, slots=True)
class Located:
    """An account that a text names, on its platform."""

    platform: Platform
    ref: ProfileRef

    @property
    def url(self) -> str | None:
        """The account's canonical address, where the platform has one for this reference."""
        return profile_url(self.platform, self.ref)


async def locate(host: Host, text: str, platform_key: str | None = None) -> Located:
    """The account that *text* names. Raises a refusal that says what the text is instead."""
    text, platform, result = read_text(host, text, platform_key)
    if platform is not None and isinstance(result, NeedsResolving):
        result = await resolve(host, platform, result)
    return _judge(platform, result, text, platform_key)


def locate_offline(host: Host, text: str, platform_key: str | None = None) -> Located:
    """`locate` without the network: short links are refused as unresolved."""
    text, platform, result = read_text(host, text, platform_key)
    return _judge(platform, result, text, platform_key)


def read_text(host: Host, text: str, platform_key: str | None) -> tuple[str, Platform | None, UrlResult]:
    """The innermost text, its platform, and what it is there: wrappers may lead to any platform."""
    for _ in range(MAX_UNWRAPS):
        platform, result = _read(host, text, platform_key)
        if not isinstance(result, Wrapped):
            return text, platform, result
        text = result.text
    raise UnknownAddress(host="")


def _read(host: Host, text: str, platform_key: str | None) -> tuple[Platform | None, UrlResult]:
    """What the text is to the platform it belongs to; no platform when none claims it."""
    if len(text) > MAX_TEXT:
        raise InvalidInput(field="account", problem=f"longer than {MAX_TEXT} characters.")
    if not clean_text(text):
        raise InvalidInput(field="account", problem="is empty.")
    address = read_address(text)
    platform = host.platforms.claiming(address) if address is not None else None
    if address is not None and (platform is not None or _is_address(text, address)):
        return platform, parsed(platform, address) if platform else None
    named = host.platforms.by_key.get(platform_key or "")
    if named is None:
        raise HandleNeedsPlatform(text=clean_text(text)[:100])
    return named, parsed_handle(named, clean_text(text))


def _is_address(text: str, address: Address) -> bool:
    """An address of no known platform, rather than a handle that may hold dots."""
    return "/" in text or address.host.startswith("www.")


def _judge(platform: Platform | None, result: UrlResult, text: str, platform_key: str | None) -> Located:
    if platform is None:
        address = read_address(text)
        raise UnknownAddress(host=address.host if address else "")
    if platform_key is not None and platform.key != platform_key:
        raise PlatformMismatch(expected=platform_key, got=platform.key)
    if isinstance(result, ProfileRef):
        return Located(platform, result)
    raise _refusal(platform, result)


def _refusal(platform: Platform, result: UrlResult) -> Refusal:
    match result:
        case PostRef(owner=owner):
            return PostAddress(
                platform=platform.key, owner_url=profile_url(platform, owner) if owner else None
            )
        case NotAnAccount(kind=NotAnAccountKind.RESERVED, hint=hint):
            return ReservedAddress(platform=platform.key, hint=hint)
        case NotAnAccount(kind=NotAnAccountKind.GROUP, hint=hint):
            return GroupAddress(platform=platform.key, hint=hint)
        case NotAnAccount(kind=NotAnAccountKind.EVENT, hint=hint):
            return EventAddress(platform=platform.key, hint=hint)
        case NotAnAccount(kind=NotAnAccountKind.INVALID_HANDLE, hint=hint):
            return InvalidHandle(platform=platform.key, hint=hint)
        case NotAnAccount(hint=hint):
            return NotAnAccountAddress(platform=platform.key, hint=hint)
        case NeedsResolving() | Wrapped():
            return ShortLinkUnresolved(platform=platform.key)
        case _:
            hint = f"This {platform.name} address names no account."
            return NotAnAccountAddress(platform=platform.key, hint=hint)


async def resolve(host: Host, platform: Platform, link: NeedsResolving) -> UrlResult:
    """Follow a short link, host by declared host, until its platform can read it."""
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            return await _resolved(host, platform, link)
    except TimeoutError:
        return link


async def _resolved(host: Host, platform: Platform, link: NeedsResolving) -> UrlResult:
    allowance = Allowance(platform.urls.short_hosts)
    http, url = host.outgoing.to(allowance), link.url
    for _ in range(MAX_REDIRECTS):
        try:
            response = await http.send(Request("GET", url, "resolve"))
        except (LinkrollSdkError, ForbiddenOperation):
            break
        location = response.headers.get("location")
        if not 300 <= response.status < 400 or not location:
            break
        try:
            url = urljoin(url, location)
            result = _read_target(platform, url)
        except ValueError:
            # The host's idea of an address is none.
            break
        if not isinstance(result, NeedsResolving):
            return result
    return link


def _read_target(platform: Platform, url: str) -> UrlResult:
    """Where a redirect leads. Only the same platform's addresses count: a short link is its own."""
    address = read_address(url)
    if address is None or not claims(platform, address):
        return NeedsResolving(url)
    result = parsed(platform, address)
    if isinstance(result, Wrapped) or (
        result is None and urlsplit(url).hostname in platform.urls.short_hosts
    ):
        return NeedsResolving(url)
    return result
