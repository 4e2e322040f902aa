"""The fields of each kind of node on the Facebook surface (section 2)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from linkroll_sandbox.cast import Business, InstagramAccount, Page, Person
from linkroll_sandbox.content import accounts
from linkroll_sandbox.meta.callers import Caller
from linkroll_sandbox.meta.facebook_tokens import page_token
from linkroll_sandbox.meta.fields import Catalogue, Node
from linkroll_sandbox.meta.insights.told import followers_shown
from linkroll_sandbox.meta.instagram_views import InstagramView


@dataclass(frozen=True)
class Seen:
    """A node together with the eyes that see it."""

    item: Any
    caller: Caller


def _of(name: str) -> Callable[[Seen], Any]:
    return lambda seen: getattr(seen.item, name)


def _constant(value: Any) -> Callable[[Seen], Any]:
    return lambda seen: value


def _picture(address: Callable[[Any], str]) -> Callable[[Seen], Node]:
    """`picture` is a node of its own, wrapped in `data`."""
    catalogue: Catalogue = {
        "url": lambda url: url,
        "height": lambda url: 50,
        "width": lambda url: 50,
        "is_silhouette": lambda url: False,
    }
    default = "height,is_silhouette,url,width"
    return lambda seen: Node(address(seen.item), catalogue, "ProfilePicture", default, wrapped=True)


def _page_tasks(seen: Seen) -> list[str]:
    page: Page = seen.item
    return page.roles.get(seen.caller.grant.person, [])


def _page_instagram(seen: Seen) -> Node | None:
    """
    The linked professional account, or nothing at all.

    A personal account, an unticked one and a declined `instagram_basic` look the same here: the
    field is simply missing.
    """
    account = seen.caller.world.cast.instagram_through(seen.item)
    if account is None or not seen.caller.may("instagram_basic") or not seen.caller.ticked_instagram(account):
        return None
    return Node(Seen(account, seen.caller), INSTAGRAM, "IGUser")


def _page_link(seen: Seen) -> str:
    return f"https://www.facebook.com/{seen.item.username}"


def _page_followers(seen: Seen) -> int:
    return followers_shown(seen.caller.world, accounts.of(seen.item))


USER: Catalogue = {
    "id": _of("facebook_user_id"),
    "name": _of("name"),
    "first_name": lambda seen: seen.item.name.split()[0],
    "last_name": lambda seen: seen.item.name.split()[-1],
    "email": lambda seen: seen.item.email if seen.caller.may("email") else None,
    "picture": _picture(lambda person: person.picture),
}
INSTAGRAM: Catalogue = {
    "id": _of("id"),
    "ig_id": lambda seen: int(seen.item.id[-10:]),
    "legacy_instagram_user_id": lambda seen: seen.item.id[-10:],
    "username": _of("username"),
    "name": _of("name"),
    "biography": lambda seen: seen.item.biography or None,
    "website": lambda seen: seen.item.website or None,
    "profile_picture_url": _of("picture"),
    "has_profile_pic": _constant(True),
    "is_published": _constant(True),
    "followers_count": lambda seen: InstagramView(seen.item, seen.caller).followers,
    "follows_count": _of("follows_count"),
    "media_count": lambda seen: InstagramView(seen.item, seen.caller).media_count,
}
PAGE: Catalogue = {
    "id": _of("id"),
    "name": _of("name"),
    "username": _of("username"),
    "link": _page_link,
    "category": _of("category"),
    "about": _constant(None),
    "picture": _picture(lambda page: f"https://cdn.sandbox/pages/{page.id}.svg"),
    "followers_count": _page_followers,
    "fan_count": _page_followers,
    "tasks": _page_tasks,
    "access_token": lambda seen: page_token(seen.caller, seen.item),
    "instagram_business_account": _page_instagram,
    "connected_instagram_account": _page_instagram,
    "verification_status": _constant("not_verified"),
    "has_transitioned_to_new_page_experience": _constant(True),
}
BUSINESS: Catalogue = {"id": _of("id"), "name": _of("name")}

_TYPES: dict[type, tuple[Catalogue, str, str]] = {
    Person: (USER, "User", "id,name"),
    Page: (PAGE, "Page", "id,name"),
    InstagramAccount: (INSTAGRAM, "IGUser", "id"),
    Business: (BUSINESS, "Business", "id,name"),
}


def type_of(item: Any) -> tuple[Catalogue, str, str]:
    """Catalogue, type name and default fields of *item*."""
    return _TYPES[type(item)]
