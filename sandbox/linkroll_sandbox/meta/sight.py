"""What a Facebook token sees: people, Pages, portfolios, Instagram accounts, and what they have published."""

from typing import Any

from linkroll_sandbox.cast import Business, InstagramAccount, Page, Person
from linkroll_sandbox.content import accounts, library
from linkroll_sandbox.meta.callers import Caller
from linkroll_sandbox.meta.errors import GraphError
from linkroll_sandbox.meta.instagram_media import Medium, find_medium
from linkroll_sandbox.meta.instagram_views import InstagramView
from linkroll_sandbox.meta.page_posts import PagePost

Seeable = Person | Page | Business | InstagramAccount | Medium | PagePost


def find(caller: Caller, name: str) -> Seeable:
    """The node called *name*. Raises 100/33 where this token sees none."""
    if name == "me":
        return caller.page or caller.person
    visible: list[Any] = [
        *_by("facebook_user_id", [caller.person], name),
        *_by("id", caller.pages(), name),
        *_by("id", caller.world.cast.businesses_of(caller.person.key), name),
    ]
    found = visible[0] if visible else _instagram(caller, name) or _published(caller, name)
    if found is None:
        raise GraphError.not_visible(name)
    seen: Seeable = found
    return seen


def _by(attribute: str, items: list[Any], name: str) -> list[Any]:
    return [item for item in items if getattr(item, attribute) == name]


def _instagram(caller: Caller, name: str) -> InstagramAccount | None:
    """An Instagram account, seen through a Page that this token reaches."""
    account = caller.world.cast.instagram_account(name)
    if account is None or not _is_behind_a_page(caller, account):
        return None
    _check_professional(account)
    caller.require("instagram_basic")
    return account


def _is_behind_a_page(caller: Caller, account: InstagramAccount) -> bool:
    linked = any(page.instagram_id == account.id for page in caller.pages())
    return linked and not account.closed and caller.ticked_instagram(account)


def _check_professional(account: InstagramAccount) -> None:
    """Section 5: the account became personal; the token is fine, the account has no API."""
    if not account.is_professional:
        raise GraphError(9009, "(#9009) The user is not an Instagram Business account")


def _published(caller: Caller, name: str) -> Medium | PagePost | None:
    """A medium of such an account, or a post, video or story of such a Page."""
    for page in caller.pages():
        post = library.find(caller.world, accounts.of(page), name)
        if post is not None:
            return PagePost(post, page, caller)
        medium = _medium_behind(caller, page, name)
        if medium is not None:
            return medium
    return None


def _medium_behind(caller: Caller, page: Page, name: str) -> Medium | None:
    account = caller.world.cast.instagram_account(page.instagram_id)
    if account is None or not _is_behind_a_page(caller, account):
        return None
    medium = find_medium(InstagramView(account, caller), name)
    if medium is not None:
        _check_professional(account)
    return medium
