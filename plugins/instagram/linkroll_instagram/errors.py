"""
What an answer of Instagram Login, graph.instagram.com and, for Instagram accounts, graph.facebook.com means:
the Graph API's own rows, and those of Instagram Login here.

Messages never leave this module: "Malformed access token …" quotes the token.
"""

from __future__ import annotations

from linkroll_meta.errors import Meanings
from linkroll_meta.verdicts import code_rejected, misconfigured
from linkroll_sdk import PlatformError, Response

from linkroll_instagram.envelope import read_error

POST_OPERATIONS = frozenset({"media_insights"})

MEANINGS = Meanings(
    post_operations=POST_OPERATIONS,
    insight_operations=POST_OPERATIONS | {"account_insights"},
    code_and_words={
        100: (("appsecret_proof", misconfigured("The app requires a proof that this login does not make.")),),
    },
    # Mostly the flat errors of the code exchange. "This authorization code has been used" is confirmed
    # (meta sheet 9), the other words are recalled.
    words=(
        ("authorization code", code_rejected),
        ("matching code", code_rejected),
        ("verification code", code_rejected),
        ("redirect_uri", code_rejected),
        ("redirect uri", code_rejected),
        ("client_secret", misconfigured("Instagram refuses the app secret.")),
        ("client_id", misconfigured("Instagram does not know the app id.")),
        ("platform app", misconfigured("Instagram does not know the app id.")),
        ("scope", misconfigured("Instagram refuses the app a permission it asks for.")),
    ),
)


def classify(response: Response, operation: str) -> PlatformError | None:
    """The error that *response* means, or None for a good answer. Pure; never raises."""
    error = read_error(response, operation)
    return None if error is None else MEANINGS.judge(error)
