"""A person may say no: the attempt ends as theirs, nothing is changed, and they can be asked again."""

from __future__ import annotations

import pytest
from yarl import URL

from support.browser import Browser
from support.roster import Roster
from support.sandbox import Sandbox
from support.ways import FACEBOOK, GOOGLE, TIKTOK, Way, every_login


@every_login
async def test_no_at_the_consent_page_is_the_persons_own_no(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, way: Way
) -> None:
    account = await roster.add(mara, way.handle, way.platform)

    attempt, _ = await roster.walk(browser, way.person, account, form={"decision": "deny"})

    assert attempt["state"] == "FAILED"
    assert attempt["outcome"]["__typename"] == "ConsentDenied"
    assert attempt["outcome"]["nextStep"]
    assert await roster.status(account) == "ADDED"
    assert await sandbox.code_exchanges() == []


async def test_facebooks_older_wording_of_no_is_understood_too(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str
) -> None:
    await sandbox.switch(facebook_denied_form="old")
    account = await roster.add(mara, FACEBOOK.handle, "facebook")

    attempt, _ = await roster.walk(browser, "ben", account, form={"decision": "deny"})

    assert attempt["outcome"]["code"] == "CONSENT_DENIED"


async def test_who_said_no_to_a_reconnect_keeps_the_link(roster: Roster, browser: Browser, mara: str) -> None:
    account = await roster.link(browser, "mara", mara, "marabakes", "tiktok")
    before = await roster.account(account)

    attempt, _ = await roster.walk(browser, "mara", account, form={"decision": "deny"})

    assert attempt["outcome"]["code"] == "CONSENT_DENIED"
    assert await roster.account(account) == before


async def test_who_said_no_can_be_asked_again(roster: Roster, browser: Browser, mara: str) -> None:
    account = await roster.add(mara, GOOGLE.handle, "youtube")
    await roster.walk(browser, "mara", account, form={"decision": "deny"})

    attempt, _ = await roster.walk(browser, "mara", account)

    assert attempt["state"] == "SUCCEEDED", attempt
    assert await roster.status(account) == "LINKED"


async def test_an_account_outside_tiktoks_own_test_list_did_not_say_no(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str
) -> None:
    """TikTok words it as `access_denied` as well; "you declined" would be a lie to the person."""
    await sandbox.fault(kind="non_sandbox_target", host="www.tiktok.com")
    account = await roster.add(mara, TIKTOK.handle, "tiktok")

    attempt_id, authorize_url = await roster.begin(account)
    await browser.get(authorize_url)
    attempt = await roster.attempt(attempt_id)

    assert attempt["outcome"]["__typename"] == "ConsentFailed"
    assert attempt["outcome"]["platformCode"] == "non_sandbox_target"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"error": "server_error"}, "server_error"),
        ({"error": "invalid_scope", "error_description": "<script>alert(1)</script>"}, "invalid_scope"),
        ({}, "missing_code"),
        ({"code": ""}, "missing_code"),
        ({"error": "a\0b\u2028\U0001f600c"}, "abc"),
        ({"error": "\0"}, ""),
        ({"error": "e" * 1000}, "e" * 100),
    ],
    ids=[
        "their error",
        "with a description",
        "nothing at all",
        "an empty code",
        "no plain text",
        "nothing plain",
        "endless",
    ],
)
async def test_a_platforms_own_error_is_told_from_a_no(
    roster: Roster, browser: Browser, sandbox: Sandbox, mara: str, answer: dict[str, str], code: str
) -> None:
    account = await roster.add(mara, TIKTOK.handle, "tiktok")
    attempt_id, callback = await roster.walk_halfway(browser, "mara", account)
    returned = URL(callback)
    state = returned.query["state"]

    landing = await browser.get(str(returned.with_query({**answer, "state": state})))

    outcome = (await roster.attempt(attempt_id))["outcome"]
    assert outcome["__typename"] == "ConsentFailed"
    assert outcome["platformCode"] == code
    assert landing.status == 200 and "Not connected" in landing.text
    assert "script>" not in landing.text
    assert await sandbox.code_exchanges() == []


async def test_facebooks_error_for_an_app_that_is_not_live_is_kept(
    roster: Roster, browser: Browser, mara: str
) -> None:
    account = await roster.add(mara, FACEBOOK.handle, "facebook")
    attempt_id, callback = await roster.walk_halfway(browser, "ben", account)
    returned = URL(callback)
    words = {"error_code": "1349168", "error_message": "App not active", "state": returned.query["state"]}

    await browser.get(str(returned.with_query(words)))

    outcome = (await roster.attempt(attempt_id))["outcome"]
    assert outcome["__typename"] == "ConsentFailed"
    assert outcome["platformCode"] == "1349168"
