"""The same at each login: of all that may come to its callback, the one right answer makes one token request."""

from __future__ import annotations

from collections.abc import Callable

from yarl import URL

from support.browser import Browser
from support.roster import Roster
from support.sandbox import Sandbox
from support.ways import WAYS, Way, every_login

CHANGES: dict[str, Callable[[URL], URL]] = {
    "no state": lambda url: url.without_query_params("state"),
    "an unknown state": lambda url: url.update_query(state="u" * 43),
    "an altered state": lambda url: url.update_query(state=url.query["state"].swapcase()),
    "two states": lambda url: url.extend_query(state=url.query["state"]),
    "two codes": lambda url: url.extend_query(code="another"),
}


@every_login
async def test_only_the_right_answer_makes_a_token_request_and_only_once(
    roster: Roster, new_browser: Callable[[], Browser], sandbox: Sandbox, mara: str, way: Way
) -> None:
    browser, other = new_browser(), new_browser()
    account = await roster.add(mara, way.handle, way.platform)
    attempt, callback = await roster.walk_halfway(browser, way.person, account)
    # The other browser has a consent of its own, so that it is refused for being another.
    await roster.walk_halfway(other, way.person, account)

    refused = [(await browser.get(str(change(URL(callback))))).status for change in CHANGES.values()]
    refused.append((await other.get(callback)).status)
    for another in (another for another in WAYS if another != way):
        elsewhere = callback.replace(f"/oauth/{way.login}/", f"/oauth/{another.login}/")
        refused.append((await browser.get(elsewhere)).status)

    assert refused == [400] * (len(CHANGES) + 1 + len(WAYS) - 1)
    assert await sandbox.code_exchanges() == []
    assert (await roster.attempt(attempt))["state"] == "AUTHORIZING"

    landed = [(await browser.get(callback)).status for _ in range(2)]

    assert landed == [200, 400]
    assert len(await sandbox.code_exchanges()) == 1
    assert (await roster.attempt(attempt))["state"] == "SUCCEEDED"
