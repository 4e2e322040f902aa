"""
Which Pages and Instagram accounts a grant reaches, and why some of them cannot be linked.

The person ticks Pages and Instagram accounts one by one on the consent page, permission by permission. A
Page that was left out is missing from `/me/accounts` although the permission is granted; only the
`granular_scopes` of the token tell what was ticked (meta sheet 10, confirmed). An account that was ticked
in no list at all is invisible, and then there is nothing to say about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from linkroll_meta.lists import next_cursor
from linkroll_meta.values import count, string
from linkroll_sdk import (
    Candidate,
    Grant,
    ReauthorizationRequired,
    ScopeNotGranted,
    UnexpectedAnswer,
    Unusable,
    missing_scopes,
)

from linkroll_facebook.graph import Graph

FACEBOOK = "facebook"
INSTAGRAM = "instagram"

PAGE_SCOPES = frozenset({"pages_show_list", "pages_read_engagement", "read_insights"})
INSTAGRAM_SCOPES = frozenset({"instagram_basic", "instagram_manage_insights"})

MAX_ANSWERS = 50
"""How many answers of a list are read. Endless empty answers with a `next` were seen (meta sheet 4.6)."""

MAX_LOOK_UPS = 50
"""How many ticked but unlisted accounts are asked for one by one."""

PAGE_TASK = "ANALYZE"
"""The task on a Page without which its insights stay closed (meta sheet 2, confirmed)."""


@dataclass(frozen=True, slots=True)
class InstagramAccount:
    """A professional account as the Graph API shows it."""

    id: str
    handle: str | None = None
    name: str = ""
    avatar_url: str | None = None
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A Page as the Graph API shows it; *tasks* is None where the answer does not tell them."""

    id: str
    handle: str | None = None
    name: str = ""
    avatar_url: str | None = None
    followers: int | None = None
    access_token: str | None = field(default=None, repr=False)
    tasks: frozenset[str] | None = None
    instagram: InstagramAccount | None = None


@dataclass(frozen=True, slots=True)
class Ticks:
    """
    What the person ticked: asset ids by scope.

    A scope that is absent, or has no ids, covers all assets, present and future (meta sheet 1, confirmed).
    """

    by_scope: Mapping[str, frozenset[str]]

    def named(self, scopes: Iterable[str]) -> frozenset[str]:
        """Every asset ticked by name for one of *scopes*."""
        return frozenset[str]().union(*(self.by_scope.get(scope, ()) for scope in scopes))

    def cover(self, scopes: Iterable[str], *ids: str) -> bool:
        """Whether each of *scopes* covers the asset, known by any of *ids*."""
        chosen = (self.by_scope.get(scope) for scope in scopes)
        return all(not named or not named.isdisjoint(ids) for named in chosen)


@dataclass(frozen=True, slots=True)
class View:
    """What decides over every candidate of one grant: the scopes it lacks, and what was ticked."""

    missing: Mapping[str, frozenset[str]]
    ticks: Ticks


async def discover(graph: Graph, grant: Grant, needed: Mapping[str, frozenset[str]]) -> list[Candidate]:
    """
    The candidates of *grant*: each Page, followed by its Instagram account.

    *needed* holds the scopes each platform cannot do without. Where a platform has no candidate at all,
    one unusable candidate without an id says why.
    """
    missing = {platform: missing_scopes(scopes, grant.scopes) for platform, scopes in needed.items()}
    if "pages_show_list" not in grant.scopes:
        return [_declined(platform, missing[platform]) for platform in (FACEBOOK, INSTAGRAM)]
    view = View(missing, read_ticks(await graph.debug_token(grant.tokens.access_token)))
    pages = await _pages(graph, grant, view.ticks)
    stray = await _stray_instagram(graph, grant, view.ticks, pages)
    found = [candidate for page in pages for candidate in _page_and_instagram(page, view)]
    found += [_instagram_candidate(one, _stray_trouble(pages, view), view, None) for one in stray]
    return found + _absences(found, pages, view)


# Asking


async def _pages(graph: Graph, grant: Grant, ticks: Ticks) -> list[Page]:
    """The Pages of `/me/accounts`, then those that were ticked and are not on that list."""
    listed = await _listed_pages(graph, grant)
    fields = page_fields(grant.scopes)
    unlisted = sorted(ticks.named(PAGE_SCOPES) - listed.keys())[:MAX_LOOK_UPS]
    for page_id in unlisted:
        # A Page of a business portfolio is left out of the list, and may still answer when it is asked
        # for by id; code 3 or nothing at all when the portfolio has not assigned it (meta sheet 2 and 10).
        answer = await _look_up(graph, grant, page_id, fields)
        listed[page_id] = Page(page_id) if answer is None else read_page(answer)
    return list(listed.values())


async def _listed_pages(graph: Graph, grant: Grant) -> dict[str, Page]:
    """Every Page of `/me/accounts`, by id, in Facebook's order."""
    # `tasks` belongs to the list; asked of a Page itself, one unknown field fails the call (inference).
    params = {"fields": f"{page_fields(grant.scopes)},tasks", "limit": "100"}
    found: dict[str, Page] = {}
    for _ in range(MAX_ANSWERS):
        answer = await graph.get("me/accounts", "pages", grant.tokens.access_token, **params)
        found |= {page.id: page for page in map(read_page, _entries(answer))}
        cursor = next_cursor(answer)
        if cursor is None:
            break
        params["after"] = cursor
    return found


def page_fields(scopes: frozenset[str]) -> str:
    """
    What to ask of a Page.

    A field whose permission was declined may fail the whole call (inference), and then nobody would learn
    which Page it was: so only what the granted scopes surely open.
    """
    fields = ["id", "name", "access_token"]
    if "pages_read_engagement" in scopes:
        fields += ["username", "picture{url}", "followers_count"]
    if "instagram_basic" in scopes:
        fields += [f"instagram_business_account{{{INSTAGRAM_FIELDS}}}"]
    return ",".join(fields)


INSTAGRAM_FIELDS = "id,username,name,profile_picture_url,followers_count"


async def _stray_instagram(
    graph: Graph, grant: Grant, ticks: Ticks, pages: Iterable[Page]
) -> list[InstagramAccount]:
    """Instagram accounts that were ticked while the Page they hang on was not."""
    known = {page.id for page in pages} | {page.instagram.id for page in pages if page.instagram}
    if "instagram_basic" not in grant.scopes:
        return []
    found = []
    for account_id in sorted(ticks.named(INSTAGRAM_SCOPES) - known)[:MAX_LOOK_UPS]:
        answer = await _look_up(graph, grant, account_id, INSTAGRAM_FIELDS)
        found.append(InstagramAccount(account_id) if answer is None else read_instagram(answer))
    return found


async def _look_up(graph: Graph, grant: Grant, asset_id: str, fields: str) -> dict[str, Any] | None:
    """The asset, or None when Facebook does not show it. A passing fault is raised: it proves nothing."""
    if not asset_id.isdecimal():
        return None
    try:
        answer = await graph.get(asset_id, "asset", grant.tokens.access_token, fields=fields)
    except (ReauthorizationRequired, ScopeNotGranted, UnexpectedAnswer):
        return None
    return answer if string(answer.get("id")) == asset_id else None


# Reading


def read_ticks(facts: Mapping[str, Any]) -> Ticks:
    """The ticked assets in a `debug_token` answer; an odd entry counts as "all"."""
    told = facts.get("granular_scopes")
    entries = [entry for entry in told if isinstance(entry, dict)] if isinstance(told, list) else []
    return Ticks({str(entry.get("scope")): _ids(entry.get("target_ids")) for entry in entries})


def read_page(entry: Mapping[str, Any]) -> Page:
    """A Page as an answer shows it; `UnexpectedAnswer` without an id."""
    tasks = entry.get("tasks")
    instagram = entry.get("instagram_business_account")
    return Page(
        id=_id(entry, "a Page"),
        handle=string(entry.get("username")),
        name=string(entry.get("name")) or "",
        avatar_url=_picture(entry.get("picture")),
        followers=count(entry.get("followers_count")),
        access_token=string(entry.get("access_token")),
        tasks=frozenset(map(str, tasks)) if isinstance(tasks, list) else None,
        # A Page without a professional account simply omits the field (meta sheet 2, confirmed).
        instagram=read_instagram(instagram) if isinstance(instagram, dict) else None,
    )


def read_instagram(entry: Mapping[str, Any]) -> InstagramAccount:
    """An Instagram account as an answer shows it; `UnexpectedAnswer` without an id."""
    return InstagramAccount(
        id=_id(entry, "an Instagram account"),
        handle=string(entry.get("username")),
        name=string(entry.get("name")) or "",
        avatar_url=string(entry.get("profile_picture_url")),
        followers=count(entry.get("followers_count")),
    )


def _entries(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    data = answer.get("data")
    if not isinstance(data, list):
        raise UnexpectedAnswer("a list without data", operation="pages")
    return [entry for entry in data if isinstance(entry, dict)]


def _id(entry: Mapping[str, Any], what: str) -> str:
    found = string(entry.get("id"))
    if found is None:
        raise UnexpectedAnswer(f"{what} without an id", operation="pages")
    return found


def _ids(told: Any) -> frozenset[str]:
    return frozenset(map(str, told)) if isinstance(told, list) else frozenset()


def _picture(picture: Any) -> str | None:
    data = picture.get("data") if isinstance(picture, dict) else None
    return string(data.get("url")) if isinstance(data, dict) else None


# Judging

Trouble = tuple[Unusable, str]


def _page_and_instagram(page: Page, view: View) -> list[Candidate]:
    """The Page's candidate, and that of its Instagram account; the pair is known by the Page's id."""
    candidates = [_page_candidate(page, view)]
    if page.instagram is not None:
        trouble = _instagram_trouble(page.instagram, page, view)
        candidates.append(_instagram_candidate(page.instagram, trouble, view, page))
    return candidates


def _page_candidate(page: Page, view: View) -> Candidate:
    unusable, hint = _page_trouble(page, view) or (None, "")
    return Candidate(
        platform=FACEBOOK,
        platform_id=page.id,
        handle=page.handle,
        display_name=page.name,
        avatar_url=page.avatar_url,
        followers=page.followers,
        unusable=unusable,
        hint=hint,
        missing_scopes=view.missing[FACEBOOK],
        pair=page.id if page.instagram else None,
        access_token=page.access_token,
    )


def _page_trouble(page: Page, view: View) -> Trouble | None:
    if view.missing[FACEBOOK]:
        return _declined_trouble(view.missing[FACEBOOK])
    if not view.ticks.cover(PAGE_SCOPES, page.id):
        return Unusable.NOT_TICKED, "Connect again and tick this Page in every step of Facebook's page."
    if page.tasks is not None and PAGE_TASK not in page.tasks:
        return Unusable.ROLE_MISSING, "Ask an admin of the Page to give you access to its insights."
    if page.access_token is None:
        return Unusable.NOT_ACCESSIBLE, "Ask the business portfolio that owns this Page to assign it to you."
    return None


def _instagram_candidate(
    account: InstagramAccount, trouble: Trouble | None, view: View, page: Page | None
) -> Candidate:
    unusable, hint = trouble or (None, "")
    return Candidate(
        platform=INSTAGRAM,
        platform_id=account.id,
        handle=account.handle,
        display_name=account.name,
        avatar_url=account.avatar_url,
        followers=account.followers,
        unusable=unusable,
        hint=hint,
        missing_scopes=view.missing[INSTAGRAM],
        pair=page.id if page else None,
        # Either the person's or the Page's token reads it (Instagram Platform overview, June 2026).
        access_token=page.access_token if page else None,
    )


def _instagram_trouble(account: InstagramAccount, page: Page, view: View) -> Trouble | None:
    if view.missing[INSTAGRAM]:
        return _declined_trouble(view.missing[INSTAGRAM])
    # The ids of an Instagram scope are Instagram ids; the Page's id is taken too, should Meta mean that.
    ticked = view.ticks.cover(INSTAGRAM_SCOPES, account.id, page.id)
    if not ticked or not view.ticks.cover(PAGE_SCOPES - {"read_insights"}, page.id):
        return Unusable.NOT_TICKED, "Connect again and tick this Instagram account and its Facebook Page."
    return None


def _stray_trouble(pages: Iterable[Page], view: View) -> Trouble:
    """Why an Instagram account was ticked and its Page does not show."""
    if view.missing[INSTAGRAM]:
        return _declined_trouble(view.missing[INSTAGRAM])
    # Nothing ties the account to its Page. Where a ticked Page stays closed, it is likely that one
    # (inference), and asking for the tick again would send the person in circles.
    if any(page.access_token is None for page in pages):
        return Unusable.NOT_ACCESSIBLE, "Ask the owner of its Facebook Page to assign the Page to you."
    return Unusable.NOT_TICKED, "Connect again and tick the Facebook Page of this Instagram account too."


def _absences(found: Iterable[Candidate], pages: list[Page], view: View) -> list[Candidate]:
    """One word for each platform that has no candidate."""
    present = {candidate.platform for candidate in found}
    return [_absence(p, pages, view) for p in (FACEBOOK, INSTAGRAM) if p not in present]


def _absence(platform: str, pages: list[Page], view: View) -> Candidate:
    """
    Why *platform* has no candidate.

    A Page without a professional account looks the same whether its creator has a personal account, has
    not connected or not ticked it, or has none. So it is said once per grant and only when no Page has
    one: said for every Page, it would bury the accounts that can be linked.
    """
    if view.missing[platform]:
        return _declined(platform, view.missing[platform])
    if pages:
        hint = "Switch your Instagram account to professional, connect it to your Page, and tick it here."
        return Candidate(platform, None, unusable=Unusable.PERSONAL_ACCOUNT, hint=hint)
    hint = "Facebook shows no Page: create one, or connect again and tick the one you have."
    return Candidate(platform, None, unusable=Unusable.NO_PAGE, hint=hint)


def _declined(platform: str, missing: frozenset[str]) -> Candidate:
    unusable, hint = _declined_trouble(missing)
    return Candidate(platform, None, unusable=unusable, hint=hint, missing_scopes=missing)


def _declined_trouble(missing: frozenset[str]) -> Trouble:
    return Unusable.SCOPE_DECLINED, f"Connect again and allow: {', '.join(sorted(missing))}."
