"""An account as the truth needs it: whose it is, where, and how many follow it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from linkroll_sandbox.cast import Cast, Channel, InstagramAccount, Page, TikTokAccount

Item = InstagramAccount | Page | TikTokAccount | Channel


@dataclass(frozen=True)
class Account:
    """One account on one platform. *audience* is how many followed it at the beginning."""

    platform: str
    id: str
    handle: str
    owner: str
    audience: int
    #: What the account had published before the sandbox's schedule begins.
    older_posts: int = 0

    @property
    def has_stories(self) -> bool:
        """Only Meta's platforms have stories."""
        return self.platform in ("facebook", "instagram")


def of(item: Item) -> Account:
    """The account that *item* of the cast is."""
    return _READERS[type(item)](item)


def _instagram(item: InstagramAccount) -> Account:
    return Account("instagram", item.id, item.username, item.owner, item.followers_count, item.media_count)


def _page(item: Page) -> Account:
    # The first role is the owner's; helpers come later.
    owner = next(iter(item.roles), "")
    return Account("facebook", item.id, item.username, owner, item.followers_count)


def _tiktok(item: TikTokAccount) -> Account:
    return Account("tiktok", item.open_id, item.username, item.owner, item.follower_count, item.video_count)


def _channel(item: Channel) -> Account:
    return Account("youtube", item.id, item.handle, item.managers[0], item.subscriber_count, item.video_count)


_READERS: dict[type, Callable[[Any], Account]] = {
    InstagramAccount: _instagram,
    Page: _page,
    TikTokAccount: _tiktok,
    Channel: _channel,
}


def everybodys(cast: Cast) -> list[Account]:
    """Every account of the cast."""
    items: list[Item] = [*cast.pages, *cast.instagram, *cast.tiktok, *cast.channels]
    return [of(item) for item in items]


def named(cast: Cast, platform: str, name: str) -> Account | None:
    """The account on *platform* with this id or handle."""
    found = [one for one in everybodys(cast) if one.platform == platform and name in (one.id, one.handle)]
    return found[0] if found else None
