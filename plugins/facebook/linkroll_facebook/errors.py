"""
What an answer of graph.facebook.com means: the Graph API's own rows, and those of Facebook Login here.

Messages never leave this module: "Malformed access token …" quotes the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linkroll_meta.envelope import from_envelope, read_error
from linkroll_meta.errors import Meanings
from linkroll_meta.verdicts import code_rejected, lacks, misconfigured
from linkroll_sdk import PlatformError, Response

POST_OPERATIONS = frozenset({"post_insights", "reel_insights", "story_insights"})

MEANINGS = Meanings(
    post_operations=POST_OPERATIONS,
    insight_operations=POST_OPERATIONS | {"page_insights"},
    code_and_words={
        100: (
            ("appsecret_proof", misconfigured("Facebook refuses the proof made with the app secret.")),
            ("verification code", code_rejected),  # malformed, or without a subcode; recalled
        ),
    },
    by_code={
        191: misconfigured("The redirect URI is not among the app's."),  # recalled
        283: lacks("pages_read_engagement"),
    },
)


def classify(response: Response, operation: str) -> PlatformError | None:
    """The error that *response* means, or None for a good answer. Pure; never raises."""
    error = read_error(response, operation)
    return None if error is None else MEANINGS.judge(error)


def classify_debug(data: Mapping[str, Any]) -> PlatformError | None:
    """The error inside a `debug_token` answer, or None for a valid token."""
    if data.get("is_valid") is not False:
        return None
    told = data.get("error")
    # Facebook can say "invalid" without a reason: code 190 then stands for "a token that is none".
    return MEANINGS.judge(
        from_envelope(told if isinstance(told, dict) else {"code": 190}, 200, "debug_token")
    )
