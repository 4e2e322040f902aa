"""
The schedule of every account, and what stands in its posts.

A post every other day, and one to three stories a day where the platform has them, at moments that
differ from account to account. A slot is a number in that schedule.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from linkroll_sandbox.clock import DAY, HOUR
from linkroll_sandbox.content import captions, ids
from linkroll_sandbox.content.accounts import Account
from linkroll_sandbox.content.chance import between, share
from linkroll_sandbox.content.days import BEGINNING, start_of

STORY = "STORY"
STORY_LIFE = 24 * HOUR
#: What each platform's accounts publish; a kind that stands twice comes twice as often.
KINDS = {
    "instagram": ("REEL", "REEL", "IMAGE", "ALBUM", "VIDEO"),
    "facebook": ("IMAGE", "REEL", "IMAGE", "VIDEO", "ALBUM"),
    "tiktok": ("VIDEO",),
    "youtube": ("VIDEO",),
}
#: Slots from here on belong to what a test published (`changes.py`).
FIRST_PUBLISHED = 5_000_000
_POST_STEP = 2 * DAY
_STORIES_A_DAY = 3


@dataclass(frozen=True)
class Post:
    """A post or a story. *kind* is `IMAGE`, `VIDEO`, `ALBUM`, `REEL` or `STORY`."""

    account: Account
    slot: int
    kind: str
    published_at: float
    text: str

    @property
    def is_story(self) -> bool:
        """Stories live for 24 hours."""
        return self.kind == STORY

    @property
    def ends_at(self) -> float | None:
        """When a story vanishes."""
        return self.published_at + STORY_LIFE if self.is_story else None

    @property
    def is_video(self) -> bool:
        """Whether there is something to play; every third story is a picture."""
        return self.kind in ("VIDEO", "REEL") or (self.is_story and self.slot % 3 != 0)

    @property
    def seconds(self) -> int:
        """How long a video is."""
        return int(between(12, 600 if self.account.platform == "youtube" else 60, *self.names, "seconds"))

    @property
    def key(self) -> ids.Key:
        """Account and slot."""
        return ids.Key(self.account, self.slot)

    @cached_property
    def id(self) -> str:
        """The id that the platform's API takes; of a Facebook reel that is its video's."""
        if self.account.platform == "facebook" and self.kind == "REEL":
            return ids.page_video_id(self.key)
        return ids.WRITERS[self.account.platform](self.key)

    @property
    def short_code(self) -> str:
        """The code in an Instagram address."""
        return ids.short_code(self.key)

    @property
    def url(self) -> str:
        """The public address, without tracking."""
        return _URLS[self.account.platform](self)

    @property
    def names(self) -> tuple[str, str, int]:
        """What the chances of this post hang on."""
        return (self.account.platform, self.account.id, self.slot)


def _instagram_url(post: Post) -> str:
    if post.is_story:
        return f"https://www.instagram.com/stories/{post.account.handle}/{post.id}"
    return f"https://www.instagram.com/{'reel' if post.kind == 'REEL' else 'p'}/{post.short_code}/"


def _facebook_url(post: Post) -> str:
    if post.is_story:
        return f"https://www.facebook.com/stories/{post.account.id}/{post.id}"
    if post.kind == "REEL":
        return f"https://www.facebook.com/reel/{post.id}"
    if post.kind == "VIDEO":
        return f"https://www.facebook.com/{post.account.handle}/videos/{ids.page_video_id(post.key)}"
    return f"https://www.facebook.com/{post.account.handle}/posts/{post.id.partition('_')[2]}"


_URLS: dict[str, Callable[[Post], str]] = {
    "instagram": _instagram_url,
    "facebook": _facebook_url,
    "tiktok": lambda post: f"https://www.tiktok.com/@{post.account.handle}/video/{post.id}",
    "youtube": lambda post: f"https://www.youtube.com/watch?v={post.id}",
}


def scheduled_posts(account: Account, since: float, until: float) -> Iterator[Post]:
    """The posts of the schedule with `since <= published_at < until`, oldest first."""
    return _within(account, since, until, step=_POST_STEP, each=_posts_at)


def scheduled_stories(account: Account, since: float, until: float) -> Iterator[Post]:
    """The same for stories."""
    return _within(account, since, until, step=DAY, each=_stories_at)


def scheduled(account: Account, slot: int) -> Post | None:
    """What the schedule has in *slot*, or None if it leaves it empty."""
    turn = slot // 2 // _STORIES_A_DAY if slot % 2 else slot // 2
    found = _stories_at(account, turn) if slot % 2 else _posts_at(account, turn)
    return next((post for post in found if post.slot == slot), None)


def _within(
    account: Account,
    since: float,
    until: float,
    *,
    step: int,
    each: Callable[[Account, int], list[Post]],
) -> Iterator[Post]:
    first = max(0, math.floor((since - start_of(BEGINNING)) / step) - 1)
    last = math.ceil((until - start_of(BEGINNING)) / step)
    for turn in range(first, last + 1):
        yield from (post for post in each(account, turn) if since <= post.published_at < until)


def _posts_at(account: Account, turn: int) -> list[Post]:
    slot = 2 * turn
    at = start_of(BEGINNING) + turn * _POST_STEP + between(0, DAY, account.id, slot, "moment")
    kinds = KINDS[account.platform]
    kind = kinds[int(share(account.id, slot, "kind") * len(kinds))]
    return [Post(account, slot, kind, math.floor(at), captions.caption(account, slot))]


def _stories_at(account: Account, turn: int) -> list[Post]:
    if not account.has_stories or turn < 0:
        return []
    count = 1 + int(share(account.id, turn, "stories") * _STORIES_A_DAY)
    return [_story(account, turn, index) for index in range(count)]


def _story(account: Account, turn: int, index: int) -> Post:
    slot = 2 * (turn * _STORIES_A_DAY + index) + 1
    hour = 4 + 5 * index + between(0, 4, account.id, slot, "moment")
    at = start_of(BEGINNING) + turn * DAY + hour * HOUR
    return Post(account, slot, STORY, math.floor(at), "")
