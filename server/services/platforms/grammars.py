"""What a platform's grammar makes of addresses and handles, at arm's length: it may fail, and answer anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from linkroll_sdk import (
    AccountUrls,
    Address,
    NeedsResolving,
    NotAnAccount,
    Platform,
    PostRef,
    ProfileRef,
    UrlResult,
    Wrapped,
)
from linkroll_sdk.urls import MAX_TEXT

from server.plugin_edge import is_failure
from server.services.platforms.answers import is_storable

MAX_NAME = 200
"""The longest handle or id that an account can have."""

T = TypeVar("T")

log = structlog.get_logger("linkroll.plugins")


def parsed(platform: Platform, address: Address) -> UrlResult:
    """What an address is to its platform; None, as for a form it does not know, where the grammar fails."""
    return _asked(platform, "parse", lambda urls: _checked(urls.parse(address)))


def parsed_handle(platform: Platform, text: str) -> UrlResult:
    """What a handle is to its platform; None where the grammar fails."""
    return _asked(platform, "parse_handle", lambda urls: _checked(urls.parse_handle(text)))


def profile_url(platform: Platform, ref: ProfileRef) -> str | None:
    """An account's canonical address; None where the platform has none for a stable id alone."""
    return _asked(platform, "profile_url", lambda urls: _address_of(urls, ref))


def _address_of(urls: AccountUrls, ref: ProfileRef) -> str | None:
    try:
        url = urls.profile_url(ref)
    except ValueError:
        return None
    if not is_storable(url, MAX_TEXT):
        raise TypeError("no address")
    return url


def _asked(platform: Platform, operation: str, question: Callable[[AccountUrls], T]) -> T | None:
    try:
        return question(platform.urls)
    # The edge of a plugin.
    except BaseException as error:
        if not is_failure(error):
            raise
        log.error("plugin failed", platform=platform.key, operation=operation, error=type(error).__name__)
        return None


def _checked(result: object) -> UrlResult:
    """The result, if it is one that can be stored and shown; else `TypeError`."""
    match result:
        case None:
            return None
        case ProfileRef() if _is_sound(result):
            return result
        case PostRef(post_id=post_id, owner=owner) if is_storable(post_id, MAX_TEXT):
            return PostRef(post_id, owner if isinstance(owner, ProfileRef) and _is_sound(owner) else None)
        case NotAnAccount(hint=hint) if hint == "" or is_storable(hint, MAX_TEXT):
            return result
        case NeedsResolving(url=text) | Wrapped(text=text) if is_storable(text, MAX_TEXT):
            return result
    raise TypeError("no result")


def _is_sound(ref: ProfileRef) -> bool:
    return all(
        part is None or is_storable(part, MAX_NAME) for part in (ref.handle, ref.platform_id, ref.handle_key)
    )
