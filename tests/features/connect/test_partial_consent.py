"""Whoever allows only a part is told which part is missing, and nothing is linked by halves."""

from __future__ import annotations

from support.browser import Browser
from support.roster import Roster

GOOGLE_SCOPES = "https://www.googleapis.com/auth/"


async def test_a_box_left_empty_at_google_is_named(roster: Roster, browser: Browser, mara: str) -> None:
    account = await roster.add(mara, "youtube.com/@marabakes")
    ticked = ["openid", f"{GOOGLE_SCOPES}userinfo.profile", f"{GOOGLE_SCOPES}youtube.readonly"]

    attempt, _ = await roster.walk(browser, "mara", account, form={"scope": ticked})

    assert attempt["state"] == "FAILED"
    assert attempt["outcome"]["__typename"] == "ScopesMissing"
    assert attempt["outcome"]["missing"] == [f"{GOOGLE_SCOPES}yt-analytics.readonly"]
    assert await roster.status(account) == "ADDED"


async def test_google_without_any_channel_permission_names_them_all(
    roster: Roster, browser: Browser, mara: str
) -> None:
    """The channel cannot even be read then, so it has no handle to be recognised by."""
    account = await roster.add(mara, "youtube.com/@marabakes")

    attempt, _ = await roster.walk(browser, "mara", account, form={"scope": ["openid"], "scopes_shown": "1"})

    assert set(attempt["outcome"]["missing"]) == {
        f"{GOOGLE_SCOPES}youtube.readonly",
        f"{GOOGLE_SCOPES}yt-analytics.readonly",
    }


async def test_a_switch_turned_off_at_tiktok_is_named(roster: Roster, browser: Browser, mara: str) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    kept = ["user.info.basic", "user.info.profile", "user.info.stats"]

    attempt, _ = await roster.walk(browser, "mara", account, form={"scope": kept})

    assert attempt["outcome"]["__typename"] == "ScopesMissing"
    assert attempt["outcome"]["missing"] == ["video.list"]
    [candidate] = attempt["candidates"]
    assert candidate["problem"] == "SCOPE_DECLINED" and candidate["handle"] == "marabakes"
    assert "Read your public videos" in candidate["hint"]


async def test_without_the_permission_that_gives_the_name_it_is_no_wrong_account(
    roster: Roster, browser: Browser, mara: str
) -> None:
    """TikTok hides the @name then: nobody can say that it is somebody else."""
    account = await roster.add(mara, "@marabakes", "tiktok")

    attempt, _ = await roster.walk(
        browser, "mara", account, form={"scope": ["user.info.basic", "video.list"]}
    )

    assert attempt["outcome"]["__typename"] == "ScopesMissing"
    assert attempt["outcome"]["missing"] == ["user.info.profile"]


async def test_what_is_only_welcome_may_be_declined(roster: Roster, browser: Browser, mara: str) -> None:
    account = await roster.add(mara, "@marabakes", "tiktok")
    without_stats = ["user.info.basic", "user.info.profile", "video.list"]

    attempt, _ = await roster.walk(browser, "mara", account, form={"scope": without_stats})

    assert attempt["state"] == "SUCCEEDED", attempt
    linked = await roster.account(account)
    assert sorted(linked["grantedScopes"]) == sorted(without_stats)
    assert linked["followers"] is None


async def test_insights_declined_at_instagram_are_named(roster: Roster, browser: Browser, mara: str) -> None:
    account = await roster.add(mara, "@mara.bakes", "instagram")

    attempt, _ = await roster.walk(browser, "mara", account, form={"scope": ["instagram_business_basic"]})

    assert attempt["outcome"]["missing"] == ["instagram_business_manage_insights"]
    assert await roster.status(account) == "ADDED"


async def test_insights_declined_at_facebook_are_named(roster: Roster, browser: Browser, mara: str) -> None:
    account = await roster.add(mara, "facebook.com/bensbikeshed")
    ticked = ["pages_show_list", "pages_read_engagement", "instagram_basic", "instagram_manage_insights"]

    attempt, _ = await roster.walk(browser, "ben", account, form={"scope": ticked})

    assert attempt["outcome"]["missing"] == ["read_insights"]


async def test_a_page_left_unticked_is_asked_for(roster: Roster, browser: Browser, mara: str) -> None:
    account = await roster.add(mara, "facebook.com/bensbikeshed")

    attempt, _ = await roster.walk(browser, "ben", account, form={"pages_shown": "1"})

    assert attempt["outcome"]["__typename"] == "NoUsableAccount"
    assert attempt["outcome"]["reason"] == "NO_PAGE"
    assert "tick" in attempt["outcome"]["hint"]


async def test_an_instagram_account_whose_page_was_left_out_says_so(
    roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.add(mara, "@mara.bakes", "instagram")

    attempt, _ = await roster.walk(
        browser,
        "mara",
        account,
        login="facebook",
        form={"pages_shown": "1", "instagram": "17841400000000123"},
    )

    assert attempt["outcome"]["__typename"] == "NoUsableAccount"
    assert attempt["outcome"]["reason"] == "NOT_TICKED"
    assert "Page" in attempt["outcome"]["hint"]


async def test_a_declined_permission_can_be_given_at_the_next_try(
    roster: Roster, browser: Browser, mara: str
) -> None:
    """Facebook asks again only when it is told to."""
    account = await roster.add(mara, "facebook.com/bensbikeshed")
    await roster.walk(browser, "ben", account, form={"scope": ["pages_show_list", "pages_read_engagement"]})

    attempt, _ = await roster.walk(browser, "ben", account)

    assert attempt["state"] == "SUCCEEDED", attempt
    assert await roster.status(account) == "LINKED"


async def test_a_reconnect_with_a_part_declined_keeps_the_old_link(
    roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.link(browser, "mara", mara, "marabakes", "tiktok")
    before = await roster.account(account)

    attempt, _ = await roster.walk(browser, "mara", account, form={"scope": ["user.info.basic"]})

    assert attempt["outcome"]["__typename"] == "ScopesMissing"
    assert await roster.account(account) == before
