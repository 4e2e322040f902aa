"""The roster as the tests speak of it: short words for what a frontend does."""

from __future__ import annotations

from typing import Any

from support.browser import Browser, Landing
from support.client import Client

ACCOUNT = """
  id platform platformId handle url displayName followers status statusReason nextAction
  authenticatedAt expiresAt login grantedScopes profile { id } pairedWith { id }
"""
ATTEMPT = """
  id state login platform
  candidates { id platform platformId handle displayName usable problem hint missingScopes pair followers expected }
  outcome {
    __typename
    ... on AccountsLinked { socialAccounts { id platform handle } }
    ... on Refusal { code message nextStep }
    ... on WrongAccount { expected got }
    ... on ScopesMissing { missing }
    ... on NoUsableAccount { reason hint }
    ... on ConsentFailed { platformCode }
    ... on PlatformUnavailable { platformCode }
    ... on AccountAlreadyAttached { holder { id } heldAccount { id } }
  }
"""


class Roster:
    """Drives one server as one caller."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def create_profile(
        self, name: str, kind: str = "INDIVIDUAL", external_id: str | None = None
    ) -> str:
        """A new profile's id."""
        answer = await self.client.ask(
            """mutation ($input: CreateProfileInput!) {
              createProfile(input: $input) {
                __typename ... on CreateProfileSuccess { profile { id } } ... on Refusal { code message }
              } }""",
            input={"displayName": name, "kind": kind, "externalId": external_id},
        )
        assert answer["__typename"] == "CreateProfileSuccess", answer
        return str(answer["profile"]["id"])

    async def try_add(self, profile: str, text: str, platform: str | None = None) -> dict[str, Any]:
        """What `addSocialAccount` answers."""
        return await self.client.ask(  # type: ignore[no-any-return]
            f"""mutation ($input: AddSocialAccountInput!) {{
              addSocialAccount(input: $input) {{
                __typename
                ... on AddSocialAccountSuccess {{ socialAccount {{ {ACCOUNT} }} }}
                ... on Refusal {{ code message nextStep }}
                ... on AccountAlreadyAttached {{ url holder {{ id }} heldAccount {{ id }} }}
                ... on PostAddress {{ ownerUrl }}
              }} }}""",
            input={"profileId": profile, "account": text, "platform": platform},
        )

    async def add(self, profile: str, text: str, platform: str | None = None) -> str:
        """An added account's id."""
        answer = await self.try_add(profile, text, platform)
        assert answer["__typename"] == "AddSocialAccountSuccess", answer
        return str(answer["socialAccount"]["id"])

    async def account(self, account: str) -> Any:
        """An account as it is now; None when it is gone."""
        return await self.client.ask(
            f"query ($id: ID!) {{ socialAccount(id: $id) {{ {ACCOUNT} }} }}", id=account
        )

    async def status(self, account: str) -> str:
        """An account's status now."""
        return str((await self.account(account))["status"])

    async def try_connect(self, **input: Any) -> dict[str, Any]:
        """What `connectSocialAccount` answers."""
        return await self.client.ask(  # type: ignore[no-any-return]
            """mutation ($input: ConnectSocialAccountInput!) {
              connectSocialAccount(input: $input) {
                __typename
                ... on ConnectSocialAccountSuccess { authorizeUrl attempt { id state } }
                ... on Refusal { code message nextStep }
              } }""",
            input=input,
        )

    async def begin(
        self,
        account: str | None = None,
        *,
        profile: str | None = None,
        platform: str | None = None,
        login: str | None = None,
        return_url: str | None = None,
    ) -> tuple[str, str]:
        """A new attempt's id and the address to open."""
        target: dict[str, Any] = (
            {"socialAccountId": account}
            if account
            else {"profilePlatform": {"profileId": profile, "platform": platform}}
        )
        answer = await self.try_connect(target=target, login=login, returnUrl=return_url)
        assert answer["__typename"] == "ConnectSocialAccountSuccess", answer
        return answer["attempt"]["id"], answer["authorizeUrl"]

    async def attempt(self, attempt: str) -> Any:
        """An attempt as it is now."""
        return await self.client.ask(
            f"query ($id: ID!) {{ connectAttempt(id: $id) {{ {ATTEMPT} }} }}", id=attempt
        )

    async def walk(
        self, browser: Browser, person: str, account: str | None = None, *, form: Any = None, **begin: Any
    ) -> tuple[Any, Landing]:
        """Begin an attempt, walk *person*'s consent in *browser*; the attempt afterwards, and where it landed."""
        attempt, authorize_url = await self.begin(account, **begin)
        landing = await browser.consent(authorize_url, person, **(form or {}))
        return await self.attempt(attempt), landing

    async def walk_halfway(
        self, browser: Browser, person: str, account: str | None = None, *, form: Any = None, **begin: Any
    ) -> tuple[str, str]:
        """A consent whose answer is still in the browser's hands: the attempt's id, and the callback's address."""
        attempt, authorize_url = await self.begin(account, **begin)
        callbacks = f"{self.client.url}/oauth/"
        landing = await browser.consent(authorize_url, person, stop_at=callbacks, **(form or {}))
        assert landing.url.startswith(callbacks), landing
        return attempt, landing.url

    async def choose(self, attempt: str, candidates: list[str]) -> dict[str, Any]:
        """What `chooseAccounts` answers."""
        return await self.client.ask(  # type: ignore[no-any-return]
            f"""mutation ($input: ChooseAccountsInput!) {{
              chooseAccounts(input: $input) {{
                __typename
                ... on ChooseAccountsSuccess {{ attempt {{ state }} socialAccounts {{ {ACCOUNT} }} }}
                ... on Refusal {{ code message nextStep }}
                ... on AccountAlreadyAttached {{ holder {{ id }} }}
              }} }}""",
            input={"attemptId": attempt, "candidateIds": candidates},
        )

    async def cancel(self, attempt: str) -> dict[str, Any]:
        """What `cancelConnect` answers."""
        return await self.client.ask(  # type: ignore[no-any-return]
            """mutation ($input: CancelConnectInput!) {
              cancelConnect(input: $input) {
                __typename
                ... on CancelConnectSuccess { attempt { id state } }
                ... on Refusal { code message }
              } }""",
            input={"attemptId": attempt},
        )

    async def link(self, browser: Browser, person: str, profile: str, text: str, platform: str) -> str:
        """An account added and connected by itself; its id. Fails when it does not end linked."""
        account = await self.add(profile, text, platform)
        attempt, _ = await self.walk(browser, person, account)
        if attempt["state"] == "CHOOSING":
            chosen = [c["id"] for c in attempt["candidates"] if c["usable"] and c["platform"] == platform]
            await self.choose(attempt["id"], chosen[:1])
        assert await self.status(account) == "LINKED", attempt
        return account

    async def unlink(self, account: str) -> dict[str, Any]:
        """What `unlinkSocialAccount` answers."""
        return await self.client.ask(  # type: ignore[no-any-return]
            """mutation ($input: UnlinkSocialAccountInput!) {
              unlinkSocialAccount(input: $input) {
                __typename
                ... on UnlinkSocialAccountSuccess { revocation socialAccount { id status statusReason } }
                ... on Refusal { code message }
              } }""",
            input={"id": account},
        )

    async def remove(self, account: str) -> dict[str, Any]:
        """What `removeSocialAccount` answers."""
        return await self.client.ask(  # type: ignore[no-any-return]
            """mutation ($input: RemoveSocialAccountInput!) {
              removeSocialAccount(input: $input) {
                __typename
                ... on RemoveSocialAccountSuccess { removedAccountId revocation profile { id } }
                ... on Refusal { code message }
              } }""",
            input={"id": account},
        )

    async def remove_profile(self, profile: str) -> dict[str, Any]:
        """What `removeProfile` answers."""
        return await self.client.ask(  # type: ignore[no-any-return]
            """mutation ($input: RemoveProfileInput!) {
              removeProfile(input: $input) {
                __typename
                ... on RemoveProfileSuccess { removedProfileId removedAccountCount }
                ... on Refusal { code message }
              } }""",
            input={"id": profile},
        )
