"""Connecting: the attempt as a node, the mutations around it, and the subscription that follows it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from uuid import UUID

from server.ids import uuid_id
from server.reads import connect_attempts as reads
from server.reads.payloads import Many, One, show_success
from server.reads.selection import Selection
from server.resolvers.context import (
    Info,
    account_key,
    attempt_key,
    mutation,
    profile_key,
    reader_of,
    viewer_of,
)
from server.resolvers.event_streams import patiently
from server.schema.types import payloads
from server.schema.types.errors import coded
from server.schema.types.inputs import CancelConnectInput, ChooseAccountsInput, ConnectSocialAccountInput
from server.services.connect import authorizations, consents
from server.services.connect.attempts import FINAL, AttemptState
from server.services.refusals import CandidateNotUsable, InvalidInput

POLL_SECONDS = 2.0
"""How often a follower looks without being woken: an attempt's end by the clock wakes nobody."""
MAX_CHOICE = 200


async def connect_attempt(info: Info, id: str) -> Any | None:
    """The attempt, or None."""
    return await reads.TABLE.by_id(reader_of(info), uuid_id(id, "ConnectAttempt"), Selection.below(info))


@mutation
async def connect_social_account(info: Info, input: ConnectSocialAccountInput) -> Any:
    """A new attempt, and the address to open."""
    begun = await authorizations.begin(
        info.context.host,
        viewer_of(info),
        **_target(input),
        login_key=input.login,
        return_url=input.return_url,
    )
    return await show_success(
        reader_of(info),
        payloads.ConnectSocialAccountSuccess,
        Selection.below(info),
        {"attempt": One("ConnectAttempt", begun.attempt_id)},
        {"authorize_url": begun.authorize_url},
    )


def _target(input: ConnectSocialAccountInput) -> dict[str, Any]:
    if input.target.social_account_id:
        return {"account_id": account_key(input.target.social_account_id.value)}
    assert input.target.profile_platform is not None
    wanted = input.target.profile_platform.value
    return {"profile_id": profile_key(wanted.profile_id), "platform": wanted.platform}


@mutation
async def choose_accounts(info: Info, input: ChooseAccountsInput) -> Any:
    """The chosen accounts, linked."""
    attempt_id = attempt_key(input.attempt_id)
    if len(input.candidate_ids) > MAX_CHOICE:
        raise InvalidInput(field="candidateIds", problem=f"more than {MAX_CHOICE}.")
    candidates = [_candidate_key(text) for text in input.candidate_ids]
    accounts = await consents.choose(info.context.host, viewer_of(info), attempt_id, candidates)
    return await show_success(
        reader_of(info),
        payloads.ChooseAccountsSuccess,
        Selection.below(info),
        {"attempt": One("ConnectAttempt", attempt_id), "social_accounts": Many("SocialAccount", accounts)},
    )


def _candidate_key(text: str) -> UUID:
    found = uuid_id(text, "ConnectCandidate")
    if found is None:
        raise CandidateNotUsable(candidate_id=text[:200], hint="This is no candidate's id.")
    return found


@mutation
async def cancel_connect(info: Info, input: CancelConnectInput) -> Any:
    """The attempt, ended."""
    attempt_id = attempt_key(input.attempt_id)
    await consents.cancel(info.context.host, viewer_of(info), attempt_id)
    return await show_success(
        reader_of(info),
        payloads.CancelConnectSuccess,
        Selection.below(info),
        {"attempt": One("ConnectAttempt", attempt_id)},
    )


async def connect_attempt_changed(info: Info, id: str) -> AsyncIterator[Any]:
    """The attempt now and at each change of its state, until it ends."""
    attempt_id, selection = uuid_id(id, "ConnectAttempt"), Selection.below(info)
    shown: AttemptState | None = None
    while shown not in FINAL:
        # Taken before looking, so that a change between the look and the wait still wakes us.
        changed = info.context.listener.attempts.expect(str(attempt_id))
        look = partial(reads.TABLE.by_id, reader_of(info), attempt_id, selection)
        # Nobody waits long for an attempt that was never seen.
        attempt = await (look() if shown is None else patiently(look))
        if attempt is None or not await patiently(info.context.still_valid):
            if shown is None:
                raise coded("NOT_FOUND", "There is no connect attempt with this id.")
            return
        if attempt.__dict__["_state"] != shown:
            shown = AttemptState(attempt.__dict__["_state"])
            yield attempt
            continue
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await changed.wait()
