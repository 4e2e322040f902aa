"""What a campaign may be: its window, and its hashtags and mentions as captions are compared. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime

from server.services.campaigns.campaign_refusals import (
    CampaignRuleRefused,
    CampaignTooLarge,
    CampaignWindowBackwards,
)
from server.services.polling.captions import hashtags_in, mentions_in

MAX_NAMES = 50
"""How many hashtags a campaign may have, and how many mentions."""
MAX_SHOWN = 200


def check_window(starts_at: datetime, ends_at: datetime) -> None:
    """Refuse a window without a moment in it."""
    if ends_at <= starts_at:
        raise CampaignWindowBackwards(starts_at=starts_at, ends_at=ends_at)


def hashtags_of(texts: Sequence[str]) -> list[str]:
    """Hashtags as posts keep them: without `#`, in lower case, each once, in the order given."""
    return _names("hashtags", texts, "#＃", lambda name: hashtags_in(f"#{name}"))


def mentions_of(texts: Sequence[str]) -> list[str]:
    """Handles as posts keep them: without `@`, in lower case, each once, in the order given."""
    return _names("mentions", texts, "@＠", lambda name: mentions_in(f"@{name}"))


def _names(field: str, texts: Sequence[str], signs: str, found_in: Callable[[str], list[str]]) -> list[str]:
    if len(texts) > MAX_NAMES:
        raise CampaignTooLarge(field=field, limit=MAX_NAMES)
    found: dict[str, None] = {}
    for text in texts:
        name = unicodedata.normalize("NFC", text[: MAX_SHOWN + 1]).strip().lstrip(signs).lower()
        # What the reading of captions finds in it must be all of it, or no caption could ever match.
        if found_in(name) != [name]:
            raise CampaignRuleRefused(field=field, text=text[:MAX_SHOWN])
        found[name] = None
    return list(found)
