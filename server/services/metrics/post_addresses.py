"""From what a person pasted to the post it names."""

from __future__ import annotations

from linkroll_sdk import NeedsResolving, NotAnAccount, Platform, PostRef, ProfileRef, Wrapped, read_address

from server.host import Host
from server.services.metrics.metric_refusals import NotAPostAddress
from server.services.platforms.addresses import read_text, resolve
from server.services.refusals import HandleNeedsPlatform, Refusal, ShortLinkUnresolved, UnknownAddress


async def locate_post(host: Host, text: str) -> tuple[Platform, PostRef]:
    """The post that an address names, and its platform. Raises a refusal that says what the text is instead."""
    try:
        text, platform, result = read_text(host, text, None)
    except HandleNeedsPlatform:
        raise NotAPostAddress(hint="This is no address.") from None
    if platform is None:
        address = read_address(text)
        raise UnknownAddress(host=address.host if address else "")
    if isinstance(result, NeedsResolving):
        result = await resolve(host, platform, result)
    if isinstance(result, PostRef):
        return platform, result
    raise _refusal(platform, result)


def _refusal(platform: Platform, result: object) -> Refusal:
    match result:
        case ProfileRef():
            return NotAPostAddress(
                hint=f"This is the address of an account on {platform.name}, not of a post."
            )
        case NotAnAccount():
            return NotAPostAddress(hint=f"This is a page of {platform.name}, but no post.")
        case NeedsResolving() | Wrapped():
            return ShortLinkUnresolved(platform=platform.key)
        case _:
            return NotAPostAddress(hint=f"This {platform.name} address names no post.")
