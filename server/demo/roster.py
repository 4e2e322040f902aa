"""The operations of the story, as a frontend would send them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from server.demo.api import Api, Stream
from server.demo.narrator import Difference

REFUSAL = "... on Refusal { code message nextStep }"
ACCOUNT = """
  id platform handle displayName url status statusReason nextAction followers authenticatedAt expiresAt login
  profile { id } pairedWith { id }
"""
PROFILE = f"""
  id displayName kind totalFollowers statusCounts {{ added linked expiring invalid }}
  socialAccounts(first: 50) {{ nodes {{ {ACCOUNT} }} }}
"""
OUTCOME = f"""
  __typename {REFUSAL}
  ... on WrongAccount {{ expected got }}
  ... on AccountAlreadyAttached {{ holder {{ id }} }}
"""
CHANGE = """
  __typename ... on AccountStatusChanged { cursor at accountId platform previousStatus status statusReason }
"""


def granted(answer: Any, kind: str) -> Any:
    """*answer*, when it is of the wished *kind*; else the refusal is the difference."""
    if answer["__typename"] != kind:
        said = f": {answer['message']} {answer['nextStep']}" if "message" in answer else ""
        raise Difference("an operation was refused", expected=kind, got=answer["__typename"] + said)
    return answer


class Roster:
    """The roster, as the story changes it."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def create_profile(self, name: str, external_id: str) -> str:
        """A new profile's id."""
        made = await self._change(
            "createProfile",
            "... on CreateProfileSuccess { profile { id } }",
            {"displayName": name, "externalId": external_id},
        )
        return str(granted(made, "CreateProfileSuccess")["profile"]["id"])

    async def profile(self, profile: str) -> Any:
        """A profile with its accounts, as it is now; the survivor for a merged one's id."""
        return await self._api.ask(f"query ($id: ID!) {{ profile(id: $id) {{ {PROFILE} }} }}", id=profile)

    async def remove_profile(self, profile: str) -> Any:
        """What `removeProfile` answers."""
        return await self._change(
            "removeProfile", "... on RemoveProfileSuccess { removedAccountCount }", {"id": profile}
        )

    async def try_add(self, profile: str, text: str, platform: str | None = None) -> Any:
        """What `addSocialAccount` answers."""
        return await self._change(
            "addSocialAccount",
            f"... on AddSocialAccountSuccess {{ socialAccount {{ {ACCOUNT} }} }}"
            " ... on AccountAlreadyAttached { holder { id displayName } }",
            {"profileId": profile, "account": text, "platform": platform},
        )

    async def add(self, profile: str, text: str, platform: str | None = None) -> Any:
        """An account that was added."""
        answer = await self.try_add(profile, text, platform)
        return granted(answer, "AddSocialAccountSuccess")["socialAccount"]

    async def account(self, account: str) -> Any:
        """An account as it is now."""
        return await self._api.ask(
            f"query ($id: ID!) {{ socialAccount(id: $id) {{ {ACCOUNT} }} }}", id=account
        )

    async def remove(self, account: str) -> None:
        """Take an account off its profile."""
        answer = await self._change("removeSocialAccount", "", {"id": account})
        granted(answer, "RemoveSocialAccountSuccess")

    async def unlink(self, account: str) -> Any:
        """An account whose authentication was ended, and what its platform said to that."""
        wanted = f"... on UnlinkSocialAccountSuccess {{ revocation socialAccount {{ {ACCOUNT} }} }}"
        return granted(
            await self._change("unlinkSocialAccount", wanted, {"id": account}), "UnlinkSocialAccountSuccess"
        )

    async def find(self, url: str) -> Any:
        """What `socialAccountByUrl` answers."""
        return await self._api.ask(
            "query ($url: String!) { socialAccountByUrl(url: $url) {"
            f" __typename {REFUSAL} ... on SocialAccount {{ id profile {{ id displayName }} }} }} }}",
            url=url,
        )

    async def numbers(self, profile: str, names: Sequence[str]) -> list[Any]:
        """The profile's accounts with the newest word on these metrics, and their newest post."""
        found = await self._api.ask(
            "query ($id: ID!, $names: [MetricName!]) { profile(id: $id) { socialAccounts(first: 50) { nodes {"
            " platform posts(first: 1) { nodes { id url } } latestMetrics(names: $names) {"
            " name availability ... on MetricNumber { value } } } } } }",
            id=profile,
            names=list(names),
        )
        return list(found["socialAccounts"]["nodes"])

    async def post_by_url(self, url: str) -> Any:
        """What `postByUrl` answers."""
        return await self._api.ask(
            f"query ($url: String!) {{ postByUrl(url: $url) {{ __typename {REFUSAL} ... on Post {{ id }} }} }}",
            url=url,
        )

    # Connect

    async def begin(self, target: dict[str, Any]) -> tuple[str, str]:
        """A new attempt's id, and the address for the person's browser."""
        wanted = "... on ConnectSocialAccountSuccess { authorizeUrl attempt { id } }"
        answer = await self._change("connectSocialAccount", wanted, {"target": target})
        begun = granted(answer, "ConnectSocialAccountSuccess")
        return begun["attempt"]["id"], begun["authorizeUrl"]

    async def attempt(self, attempt: str) -> Any:
        """An attempt as it stands now."""
        return await self._api.ask(
            "query ($id: ID!) { connectAttempt(id: $id) { id state"
            " candidates { id platform handle displayName usable pair }"
            f" outcome {{ {OUTCOME} }} }} }}",
            id=attempt,
        )

    async def choose(self, attempt: str, candidates: list[str]) -> list[Any]:
        """The accounts that were linked of those that a consent reached."""
        wanted = f"... on ChooseAccountsSuccess {{ socialAccounts {{ {ACCOUNT} }} }}"
        answer = await self._change(
            "chooseAccounts", wanted, {"attemptId": attempt, "candidateIds": candidates}
        )
        return list(granted(answer, "ChooseAccountsSuccess")["socialAccounts"])

    # Merge

    async def preview_merge(self, survivor: str, merged: str) -> Any:
        """What a merge would move."""
        wanted = "... on MergePreview { undoUntil survivor { id } merged { id } socialAccounts { id } }"
        pair = {"survivorId": survivor, "mergedId": merged}
        answer = await self._change("previewMerge", wanted, pair, input_type="MergeProfilesInput")
        return granted(answer, "MergePreview")

    async def merge(self, survivor: str, merged: str) -> Any:
        """A merge that was done."""
        wanted = "... on MergeProfilesSuccess { merge { id } socialAccounts { id } }"
        answer = await self._change("mergeProfiles", wanted, {"survivorId": survivor, "mergedId": merged})
        return granted(answer, "MergeProfilesSuccess")

    async def undo_merge(self, merge: str) -> Any:
        """A merge that was undone."""
        wanted = "... on UndoMergeSuccess { goneAccountIds restored { id } survivor { id } }"
        return granted(await self._change("undoMerge", wanted, {"mergeId": merge}), "UndoMergeSuccess")

    # Events

    async def newest_event(self, profile: str) -> str:
        """The cursor of a profile's newest event."""
        log = await self._api.ask(
            "query ($id: ID!) { statusEvents(last: 1, profileId: $id) { nodes { cursor } } }", id=profile
        )
        return str(log["nodes"][0]["cursor"])

    @contextlib.asynccontextmanager
    async def follow(self, profile: str, after: str) -> AsyncIterator[Stream]:
        """A profile's status changes after a cursor, as they come."""
        operation = (
            "subscription ($profile: ID!, $after: String!)"
            f" {{ accountStatusChanged(profileId: $profile, after: $after) {{ {CHANGE} }} }}"
        )
        async with self._api.subscribe(operation, profile=profile, after=after) as stream:
            yield stream

    async def _change(
        self, mutation: str, wanted: str, input: dict[str, Any], *, input_type: str | None = None
    ) -> Any:
        kind = input_type or mutation[0].upper() + mutation[1:] + "Input"
        operation = (
            f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ __typename {wanted} {REFUSAL} }} }}"
        )
        return await self._api.ask(operation, input=input)
