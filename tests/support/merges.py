"""Merging as the tests speak of it."""

from __future__ import annotations

from typing import Any

from support.roster import Roster

REFUSAL = "... on Refusal { code message nextStep } ... on CannotMerge { reason }"
MOVES = """
  survivor { id } merged { id mergedInto { id } } socialAccounts { id } groups { id } members { id }
"""


async def preview(roster: Roster, survivor: str, merged: str) -> dict[str, Any]:
    """What `previewMerge` answers."""
    return await roster.client.ask(  # type: ignore[no-any-return]
        f"""mutation ($input: MergeProfilesInput!) {{
          previewMerge(input: $input) {{
            __typename {REFUSAL} ... on MergePreview {{ undoUntil {MOVES} }} }} }}""",
        input={"survivorId": survivor, "mergedId": merged},
    )


async def try_merge(roster: Roster, survivor: str, merged: str) -> dict[str, Any]:
    """What `mergeProfiles` answers."""
    return await roster.client.ask(  # type: ignore[no-any-return]
        f"""mutation ($input: MergeProfilesInput!) {{
          mergeProfiles(input: $input) {{
            __typename {REFUSAL}
            ... on MergeProfilesSuccess {{
              merge {{ id undoUntil }} survivor {{ id }} merged {{ id mergedInto {{ id }} }} socialAccounts {{ id }}
            }} }} }}""",
        input={"survivorId": survivor, "mergedId": merged},
    )


async def merge(roster: Roster, survivor: str, merged: str) -> str:
    """The id of a merge, which must succeed."""
    answer = await try_merge(roster, survivor, merged)
    assert answer["__typename"] == "MergeProfilesSuccess", answer
    return str(answer["merge"]["id"])


async def try_undo(roster: Roster, merge: str) -> dict[str, Any]:
    """What `undoMerge` answers."""
    return await roster.client.ask(  # type: ignore[no-any-return]
        """mutation ($input: UndoMergeInput!) {
          undoMerge(input: $input) {
            __typename
            ... on Refusal { code message nextStep } ... on CannotUndoMerge { reason }
            ... on UndoMergeSuccess { goneAccountIds restored { id mergedInto { id } } survivor { id } } } }""",
        input={"mergeId": merge},
    )


async def undo(roster: Roster, merge: str) -> list[str]:
    """Undo a merge, which must succeed; the accounts that could not be given back."""
    answer = await try_undo(roster, merge)
    assert answer["__typename"] == "UndoMergeSuccess", answer
    return list(answer["goneAccountIds"])
