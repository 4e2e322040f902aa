"""The plan follows the links: what is linked is read, what is not costs nobody a look."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.services.polling.poll_plan import plan_account, plan_polls
from support.desk import Desk, OpenDesk

DAY = timedelta(days=1)


async def end_link(desk: Desk) -> None:
    """The account's link is over."""
    await desk.rows.change(desk.account_gid, invalidated_at=desk.now, invalid_reason="EXPIRED")


async def bring_back(desk: Desk) -> None:
    """The link heals."""
    await desk.rows.change(desk.account_gid, invalidated_at=None, invalid_reason=None)


async def due_posts(desk: Desk) -> int:
    """How many posts are on the plan."""
    return int(await desk.one("SELECT count(*) FROM post WHERE next_read_at IS NOT NULL"))


async def test_posts_of_a_link_that_is_over_are_on_no_plan(desk: Desk) -> None:
    """Else whoever looks for what is due would walk over the posts of every link that ever ended."""
    desk.api.publish("p", desk.now - 2 * DAY, plays=5)
    await desk.poll()
    before = await due_posts(desk)

    await end_link(desk)
    await plan_polls(desk.host)

    assert (before, await due_posts(desk)) == (1, 0)


async def test_posts_are_read_again_when_the_link_comes_back(desk: Desk) -> None:
    desk.api.publish("p", desk.now - 3 * DAY, plays=5)
    desk.api.publish("gone", desk.now - 3 * DAY, plays=5)
    await desk.poll()
    desk.api.posts.clear()
    del desk.api.numbers["gone"]
    desk.travel(days=1)
    await desk.poll()
    await end_link(desk)
    await plan_polls(desk.host)
    desk.api.numbers["p"]["plays"] = 9

    desk.travel(days=40)
    await bring_back(desk)
    await desk.poll()

    post = await desk.one("SELECT id FROM post WHERE platform_post_id = 'p'")
    assert (await desk.latest("VIEWS", post))["value"] == 9.0
    assert await desk.one("SELECT next_read_at FROM post WHERE platform_post_id = 'gone'") is None


async def test_a_roster_is_planned_in_pieces_and_each_account_once(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    profile = await desk.rows.profile("Jonas Tamm")
    for _ in range(10):
        await desk.rows.linked(profile, platform="chirp", scopes=("read",))
    await desk.rows.account(profile, platform="chirp")

    for _ in range(2):
        await plan_polls(desk.host, range_size=3)

    assert await desk.one("SELECT count(*) FROM poll") == 11 * 3
    assert await desk.one("SELECT count(DISTINCT account_id) FROM poll") == 11


async def test_what_a_new_consent_allows_is_read_at_once(desk: Desk) -> None:
    """Also where the account is planned already, and would be read tomorrow."""
    await desk.poll()
    await desk.fetch("UPDATE poll SET next_at = $1, failures = 7", desk.now + DAY)

    async with desk.host.database.transaction() as transaction:
        await plan_account(desk.host, transaction, desk.account)

    rows = await desk.fetch("SELECT next_at, failures FROM poll")
    assert all(row["next_at"] <= desk.now and row["failures"] == 0 for row in rows)


async def test_a_new_consent_fills_in_what_was_not_allowed_before(open_desk: OpenDesk) -> None:
    desk = await open_desk(scopes=("read",))
    await desk.poll()
    desk.travel(days=2)
    await desk.rows.change(desk.account_gid, authenticated_at=desk.now)
    desk.travel(hours=3)

    await desk.poll()

    _, asked = [entry for entry in desk.api.asked if entry[0] == "account"][-1]
    assert asked["since"] == str(desk.now.date() - 30 * DAY)


async def test_captions_that_are_edited_within_weeks_are_noticed(desk: Desk) -> None:
    desk.api.publish("p", desk.now - 9 * DAY, "Brot", plays=5)
    await desk.poll()
    desk.api.posts[0]["text"] = "Brot #anzeige"

    desk.travel(days=1)
    await desk.poll()

    assert await desk.one("SELECT hashtags FROM post") == ["anzeige"]


async def test_a_post_that_was_hidden_for_days_is_read_again_when_it_is_back(desk: Desk) -> None:
    desk.api.publish("p", desk.now - 5 * DAY, plays=5)
    await desk.poll()
    kept, desk.api.posts, desk.api.numbers = (desk.api.posts, desk.api.numbers), [], {}
    desk.travel(days=3)
    await desk.poll()
    hidden = await desk.one("SELECT gone_at FROM post")
    desk.api.posts, desk.api.numbers = kept

    desk.travel(days=1)
    await desk.poll()

    assert hidden is not None
    assert await desk.one("SELECT gone_at FROM post") is None
    assert await desk.one("SELECT next_read_at FROM post") is not None


async def test_a_post_that_is_published_anew_moves_to_its_new_day(desk: Desk) -> None:
    desk.api.publish("p", desk.now - 9 * DAY, plays=5)
    await desk.poll()
    desk.travel(days=1)
    again = desk.now - timedelta(hours=2)
    desk.api.posts[0]["at"] = again.isoformat()

    await desk.poll()

    assert await desk.one("SELECT published_at FROM post") == datetime.fromisoformat(again.isoformat())
