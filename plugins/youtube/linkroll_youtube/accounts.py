"""
The channel that a Google grant reaches.

A token acts as the one channel that was picked at the consent; the API cannot list a person's others
(sheet 8, confirmed). So there is one candidate, or the reason why there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linkroll_sdk import (
    AccessTokenRejected,
    AccountFacts,
    Candidate,
    Grant,
    Http,
    InvalidReason,
    LinkedAccount,
    ReauthorizationRequired,
    Unusable,
    text,
)

from linkroll_youtube.calls import DATA_API, ask, count_in, items_of, object_in, picture_in, string_in
from linkroll_youtube.errors import NoChannel
from linkroll_youtube.scopes import YOUTUBE, YOUTUBE_READONLY
from linkroll_youtube.urls import shown_handle

NO_CHANNEL = (
    "This Google account has no YouTube channel. Connect again and pick the account or the brand "
    "channel that has one; a channel that you only manage through YouTube Studio can't be picked."
)
DECLINED = "Connect again and tick every box on Google's page, so that linkroll can read this channel."


async def discover(http: Http, grant: Grant, missing: frozenset[str]) -> list[Candidate]:
    """
    The picked channel as a candidate; *missing* are the needed scopes that were not granted.

    Raises what `classify` makes of a refusal, except for "no channel", which is an answer here.
    """
    # Without this scope not even the channel's name can be read, so it is not asked for.
    if YOUTUBE_READONLY in missing:
        return [_nameless(Unusable.SCOPE_DECLINED, DECLINED, missing)]
    try:
        channels = await _my_channels(http, grant.tokens.access_token, "channels")
    except NoChannel:
        channels = []
    if not channels:
        return [_nameless(Unusable.NO_CHANNEL, NO_CHANNEL, missing)]
    return [_candidate(channel, missing) for channel in channels]


async def linked_channel(http: Http, account: LinkedAccount, operation: str) -> Mapping[str, Any]:
    """
    The channel of a link, as it is now, for one unit.

    It is asked for as `mine`, not by its id, which would answer also when the person has lost it.

    Raises:
        NoChannel: Google says that the account has no channel any more.
        AccessTokenRejected: the answer has no channel, which is less than Google's word for it.
        ReauthorizationRequired: the grant acts as another channel; only the person can pick the right one.
    """
    channels = await _my_channels(http, account.access_token, operation)
    if not channels:
        raise AccessTokenRejected(InvalidReason.ACCOUNT_GONE, "no channel", operation=operation)
    channel = next((c for c in channels if c.get("id") == account.platform_id), None)
    if channel is None:
        raise ReauthorizationRequired(
            InvalidReason.ROLE_LOST, "the grant acts as another channel", operation=operation
        )
    return channel


def facts_of(channel: Mapping[str, Any]) -> AccountFacts:
    """How a channel presents itself."""
    snippet = object_in(channel, "snippet")
    return AccountFacts(
        handle=shown_handle(string_in(snippet, "customUrl")),
        display_name=string_in(snippet, "title") or None,
        avatar_url=picture_in(snippet),
        followers=followers_of(object_in(channel, "statistics")),
    )


def followers_of(statistics: Mapping[str, Any]) -> int | None:
    """The subscribers, which YouTube rounds and sends as text; None when the channel hides them."""
    # A hidden count may still come along as "0", which would be a lie (inference).
    return None if hides_followers(statistics) else count_in(statistics, "subscriberCount")


def hides_followers(statistics: Mapping[str, Any]) -> bool:
    """Whether the channel hides its subscriber count (sheet 3, confirmed)."""
    return statistics.get("hiddenSubscriberCount") is True


async def _my_channels(http: Http, access_token: str, operation: str) -> list[Mapping[str, Any]]:
    """The channels of the picked identity: one, or none."""
    params = {"part": "id,snippet,statistics", "mine": "true"}
    return items_of(await ask(http, access_token, f"{DATA_API}/channels", operation, params), operation)


def _nameless(unusable: Unusable, hint: str, missing: frozenset[str]) -> Candidate:
    return Candidate(YOUTUBE, None, unusable=unusable, hint=hint, missing_scopes=missing)


def _candidate(channel: Mapping[str, Any], missing: frozenset[str]) -> Candidate:
    facts = facts_of(channel)
    return Candidate(
        platform=YOUTUBE,
        platform_id=text(channel, "id"),
        handle=facts.handle,
        display_name=facts.display_name or "",
        avatar_url=facts.avatar_url,
        followers=facts.followers,
        unusable=Unusable.SCOPE_DECLINED if missing else None,
        hint=DECLINED if missing else "",
        missing_scopes=missing,
    )
