"""
The channel that a Google grant reaches.

A token acts as the one channel that was picked at the consent; the API cannot list a person's others
(sheet 8, confirmed). So there is one candidate, or the reason why there is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from linkroll_sdk import Candidate, Grant, Http, Request, UnexpectedAnswer, Unusable, text

from linkroll_youtube.errors import NoChannel, classify
from linkroll_youtube.scopes import YOUTUBE, YOUTUBE_READONLY
from linkroll_youtube.urls import shown_handle

CHANNELS = "https://youtube.googleapis.com/youtube/v3/channels"

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
    channels = await _my_channels(http, grant.tokens.access_token)
    if not channels:
        return [_nameless(Unusable.NO_CHANNEL, NO_CHANNEL, missing)]
    return [_candidate(channel, missing) for channel in channels]


async def _my_channels(http: Http, access_token: str) -> list[Mapping[str, Any]]:
    """The channels of the picked identity: one, or none."""
    params = {"part": "id,snippet,statistics", "mine": "true"}
    request = Request("GET", CHANNELS, "channels", params=params, access_token=access_token)
    response = await http.send(request)
    error = classify(response, request.operation)
    if isinstance(error, NoChannel):
        return []
    if error is not None:
        raise error
    return _items(response.json_object())


def _items(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The items of a list answer. No match is an answer without the key (sheet 3, confirmed)."""
    items = answer.get("items", [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise UnexpectedAnswer("items is no list of objects", operation="channels")
    return items


def _nameless(unusable: Unusable, hint: str, missing: frozenset[str]) -> Candidate:
    return Candidate(YOUTUBE, None, unusable=unusable, hint=hint, missing_scopes=missing)


def _candidate(channel: Mapping[str, Any], missing: frozenset[str]) -> Candidate:
    snippet = _object(channel, "snippet")
    return Candidate(
        platform=YOUTUBE,
        platform_id=text(channel, "id"),
        handle=shown_handle(_string(snippet, "customUrl")),
        display_name=_string(snippet, "title"),
        avatar_url=_avatar(_object(snippet, "thumbnails")),
        followers=_followers(_object(channel, "statistics")),
        unusable=Unusable.SCOPE_DECLINED if missing else None,
        hint=DECLINED if missing else "",
        missing_scopes=missing,
    )


def _followers(statistics: Mapping[str, Any]) -> int | None:
    """The subscribers, which YouTube rounds and sends as text; None when the channel hides them."""
    count = _string(statistics, "subscriberCount")
    # A hidden count may still come along as "0", which would be a lie (inference).
    if statistics.get("hiddenSubscriberCount") is True or not re.fullmatch(r"[0-9]{1,20}", count):
        return None
    return int(count)


def _avatar(thumbnails: Mapping[str, Any]) -> str | None:
    """The largest picture there is."""
    urls = (_string(_object(thumbnails, size), "url") for size in ("high", "medium", "default"))
    return next((url for url in urls if url.startswith("https://")), None)


def _object(parent: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = parent.get(field)
    return value if isinstance(value, dict) else {}


def _string(parent: Mapping[str, Any], field: str) -> str:
    value = parent.get(field)
    return value if isinstance(value, str) else ""
