"""What an account has published and not deleted, as of the world's present."""

from collections.abc import Callable, Iterator

from linkroll_sandbox.content import ids
from linkroll_sandbox.content.accounts import Account
from linkroll_sandbox.content.changes import Published
from linkroll_sandbox.content.posts import (
    FIRST_PUBLISHED,
    STORY,
    STORY_LIFE,
    Post,
    scheduled,
    scheduled_posts,
    scheduled_stories,
)
from linkroll_sandbox.world import World


def posts(world: World, account: Account, since: float = 0.0, until: float = float("inf")) -> list[Post]:
    """The posts published from *since* on and before *until*, newest first, without stories."""
    return _found(world, account, since, until, scheduled_posts, stories=False)


def stories(world: World, account: Account, since: float = 0.0, until: float = float("inf")) -> list[Post]:
    """The same for stories, those that have ended too."""
    return _found(world, account, since, until, scheduled_stories, stories=True)


def live_stories(world: World, account: Account) -> list[Post]:
    """The stories that can be seen now, newest first."""
    return stories(world, account, since=world.now() - STORY_LIFE + 1)


def find(world: World, account: Account, post_id: str) -> Post | None:
    """The post or story with this id if it belongs to *account* and is published and not deleted."""
    key = ids.read(account, post_id)
    if key is None:
        return None
    if key.slot >= FIRST_PUBLISHED:
        post = next((one for one in _published(world, account) if one.slot == key.slot), None)
    else:
        post = scheduled(account, key.slot)
    return post if post and _is_up(world, post) else None


def count(world: World, account: Account) -> int:
    """How many posts the account has, with those from before the schedule."""
    return account.older_posts + len(posts(world, account))


def publish(world: World, account: Account, kind: str, text: str) -> Post:
    """Publish something now."""
    number = FIRST_PUBLISHED + 2 * len(world.changes.published)
    slot = number + 1 if kind == STORY else number
    at = float(int(world.now()))
    world.changes.published.append(Published(account.platform, account.id, slot, kind, at, text))
    return Post(account, slot, kind, at, text)


def delete(world: World, post: Post) -> None:
    """Take a post down, now and for good."""
    world.changes.deleted[_name(post)] = world.now()


def _found(
    world: World,
    account: Account,
    since: float,
    until: float,
    schedule: Callable[[Account, float, float], Iterator[Post]],
    *,
    stories: bool,
) -> list[Post]:
    # A post of this very second is there.
    until = min(until, world.now() + 1)
    own = [one for one in _published(world, account) if since <= one.published_at < until]
    found = [*schedule(account, since, until), *(one for one in own if one.is_story == stories)]
    newest_first = sorted(found, key=lambda post: (post.published_at, post.slot), reverse=True)
    return [post for post in newest_first if _is_up(world, post)]


def _published(world: World, account: Account) -> list[Post]:
    mine = [
        one
        for one in world.changes.published
        if (one.platform, one.account_id) == (account.platform, account.id)
    ]
    return [Post(account, one.slot, one.kind, one.at, one.text) for one in mine]


def _is_up(world: World, post: Post) -> bool:
    return post.published_at <= world.now() and _name(post) not in world.changes.deleted


def _name(post: Post) -> str:
    return f"{post.account.platform}/{post.account.id}/{post.slot}"
