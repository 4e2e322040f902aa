"""
What people do to their accounts behind linkroll's back.

Each act is what the platform would know afterwards: which tokens died and of what.
"""

from collections.abc import Callable
from typing import Any

from linkroll_sandbox.cast import Cast, Page, Person
from linkroll_sandbox.control.inputs import ControlError, Input, one_of, only, text, texts
from linkroll_sandbox.grants import EndReason
from linkroll_sandbox.registrations import LOGINS
from linkroll_sandbox.world import NextConsent, World

PLATFORMS = ("facebook", "instagram", "tiktok", "youtube")
_META = ("facebook", "instagram")
_CHECKPOINTS: dict[str, EndReason] = {
    "checkpoint": "checkpoint",
    "blocking": "blocking_checkpoint",
    "unconfirmed": "unconfirmed",
    "logged_out": "logged_out",
}
_DECISIONS = ("allow", "deny")

Act = Callable[[World, Person, Input], None]


def change_password(world: World, person: Person, given: Input) -> None:
    """Kills Meta's tokens (190/460). Google keeps ours, and TikTok publishes nothing about it."""
    _end_tokens(world, person, given, "password_changed")


def checkpoint(world: World, person: Person, given: Input) -> None:
    """Meta wants the person first; `kind` picks 459, 490, 464 or 467."""
    only(given, ("login", "kind"))
    kind = one_of(given, "kind", _CHECKPOINTS, default="checkpoint")
    rest = {name: value for name, value in given.items() if name == "login"}
    _end_tokens(world, person, rest, _CHECKPOINTS[kind])


def _end_tokens(world: World, person: Person, given: Input, reason: EndReason) -> None:
    """The consent stands, so the person's next visit gives new tokens."""
    only(given, ("login",))
    logins = [one_of(given, "login", _META)] if "login" in given else _META
    for login in logins:
        for grant in world.ledger.live_grants(login, person.key):
            world.ledger.end_tokens(grant, reason)


def remove_app(world: World, person: Person, given: Input) -> None:
    """The app disappears from the person's settings, with every grant."""
    only(given, ("login",))
    login = one_of(given, "login", LOGINS)
    for grant in world.ledger.live_grants(login, person.key):
        world.ledger.end_grant(grant, "app_removed")


def decline(world: World, person: Person, given: Input) -> None:
    """A scope is taken back after the consent."""
    only(given, ("login", "scopes"))
    login, taken = one_of(given, "login", LOGINS), texts(given, "scopes") or []
    grants = world.ledger.live_grants(login, person.key)
    if not taken or not any(scope in grant.scopes for grant in grants for scope in taken):
        held = sorted({scope for grant in grants for scope in grant.scopes})
        raise ControlError(f"scopes must name something granted: {', '.join(held) or 'nothing is'}.")
    for grant in grants:
        grant.declined += [scope for scope in taken if scope in grant.scopes]
        grant.scopes = [scope for scope in grant.scopes if scope not in taken]


def rename(world: World, person: Person, given: Input) -> None:
    """A new handle; ids stay."""
    only(given, ("platform", "handle", "account"))
    found, handle = account_named(world.cast, person, given), text(given, "handle").removeprefix("@")
    name = "handle" if hasattr(found, "handle") else "username"
    setattr(found, name, handle)


def lose_role(world: World, person: Person, given: Input) -> None:
    """No longer on the Page: its Page tokens die with 190/492."""
    only(given, ("page",))
    page = _page(world.cast, person, text(given, "page"))
    del page.roles[person.key]
    for grant in world.ledger.live_grants("facebook", person.key):
        world.ledger.end_tokens(grant, "role_lost", page.id)


def close_account(world: World, person: Person, given: Input) -> None:
    """The account is gone for everybody."""
    only(given, ("platform", "account"))
    account_named(world.cast, person, given).closed = True


def switch_to_personal(world: World, person: Person, given: Input) -> None:
    """The Instagram account loses its API."""
    only(given, ("account",))
    account_named(world.cast, person, {"platform": "instagram", **given}).account_type = "PERSONAL"


def switch_to_professional(world: World, person: Person, given: Input) -> None:
    """And gets it back."""
    only(given, ("account",))
    account_named(world.cast, person, {"platform": "instagram", **given}).account_type = "BUSINESS"


def next_consent(world: World, person: Person, given: Input) -> None:
    """What this person will answer next time, unless the form says otherwise."""
    only(given, ("login", "scopes", "pages", "instagram", "channel", "account", "decision"))
    login = one_of(given, "login", LOGINS)
    decision = one_of(given, "decision", _DECISIONS) if "decision" in given else None
    named = [text(given, name) for name in ("channel", "account") if name in given]
    world.next_consents[f"{login}/{person.key}"] = NextConsent(
        scopes=texts(given, "scopes"),
        pages=texts(given, "pages"),
        instagram=texts(given, "instagram"),
        account=named[0] if named else None,
        decision=decision,
    )


ACTS: dict[str, Act] = {
    "change-password": change_password,
    "remove-app": remove_app,
    "checkpoint": checkpoint,
    "decline": decline,
    "rename": rename,
    "lose-role": lose_role,
    "close-account": close_account,
    "switch-to-personal": switch_to_personal,
    "switch-to-professional": switch_to_professional,
    "next-consent": next_consent,
}


def account_named(cast: Cast, person: Person, given: Input) -> Any:
    """The named account of *person* (by id or handle), or their first one on the platform."""
    platform = one_of(given, "platform", PLATFORMS)
    owned = accounts_of(cast, person, platform)
    wanted = given.get("account")
    found = [one for one in owned if wanted in (None, *names_of(one))]
    if not found:
        handles = ", ".join(names_of(one)[1] for one in owned) or "none"
        raise ControlError(f"{person.key} has no such account on {platform}; there are: {handles}.")
    return found[0]


def accounts_of(cast: Cast, person: Person, platform: str) -> list[Any]:
    """What *person* has on *platform*."""
    owned: dict[str, Callable[[str], list[Any]]] = {
        "facebook": cast.pages_of,
        "instagram": cast.instagram_of,
        "tiktok": cast.tiktok_of,
        "youtube": cast.channels_of,
    }
    return owned[platform](person.key)


def names_of(account: Any) -> tuple[str, str]:
    """Id and handle of an account of any platform."""
    key = getattr(account, "open_id", None) or account.id
    return key, getattr(account, "handle", None) or account.username


def _page(cast: Cast, person: Person, wanted: str) -> Page:
    pages = cast.pages_of(person.key)
    found = [page for page in pages if wanted in (page.id, page.username, page.name)]
    if not found:
        names = ", ".join(page.username for page in pages) or "none"
        raise ControlError(f"{person.key} has no role on {wanted!r}; there are: {names}.")
    return found[0]
