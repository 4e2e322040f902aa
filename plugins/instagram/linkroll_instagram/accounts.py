"""The one account that a consent of Instagram Login reaches: why it cannot be linked, and whether it lives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from linkroll_meta.calls import version_of
from linkroll_meta.values import count, string
from linkroll_sdk import (
    AccountFacts,
    Candidate,
    ClientConfig,
    Grant,
    Health,
    Http,
    InvalidReason,
    LinkedAccount,
    PlatformError,
    ReauthorizationRequired,
    Request,
    Response,
    UnexpectedAnswer,
    Unusable,
)

INSTAGRAM = "instagram"

# Not one more: an unknown field fails the whole call here (meta sheet 3, confirmed).
FIELDS = "id,user_id,username,name,account_type,profile_picture_url,followers_count"

Classify = Callable[[Response, str], PlatformError | None]


async def discover(
    http: Http, client: ClientConfig, classify: Classify, grant: Grant, missing: frozenset[str]
) -> list[Candidate]:
    """
    The account, as one candidate.

    A personal account is refused by Instagram's own page, or passes it and fails here (meta sheet 3); both
    failures are a candidate too, since its hint is what the person needs to read.
    """
    if "instagram_business_basic" in missing:
        return [_declined(missing)]
    try:
        answer = await read_me(http, client, classify, grant.tokens.access_token)
    except ReauthorizationRequired as error:
        if error.reason is not InvalidReason.ACTION_REQUIRED:
            raise
        return [_personal({})]
    return [_candidate(answer, missing)]


async def read_me(http: Http, client: ClientConfig, classify: Classify, access_token: str) -> dict[str, Any]:
    """The account of a token, with `FIELDS`; raises what *classify* returns."""
    url = f"https://graph.instagram.com/{version_of(client)}/me"
    response = await http.send(Request("GET", url, "me", {"fields": FIELDS}, access_token=access_token))
    if error := classify(response, "me"):
        raise error
    return response.json_object()


async def probe(http: Http, client: ClientConfig, classify: Classify, account: LinkedAccount) -> Health:
    """
    The health of a link, by the one call that proves it: `/me` (meta sheet 3; there is no `debug_token`).

    It tells neither scopes nor an end. An answer without an id is no word about the link.
    """
    answer = await read_me(http, client, classify, account.access_token)
    if _says_personal(answer):
        raise ReauthorizationRequired(InvalidReason.ACTION_REQUIRED, operation="me")
    if string(answer.get("user_id")) != account.platform_id:
        raise UnexpectedAnswer("the token is of another account", operation="me")
    return Health(facts=facts_of(answer))


def facts_of(answer: Mapping[str, Any]) -> AccountFacts:
    """How the account presents itself; what Instagram leaves out is unknown."""
    return AccountFacts(
        handle=string(answer.get("username")),
        display_name=string(answer.get("name")),
        avatar_url=string(answer.get("profile_picture_url")),
        followers=count(answer.get("followers_count")),
    )


def _candidate(answer: Mapping[str, Any], missing: frozenset[str]) -> Candidate:
    if missing:
        return _read(answer, Unusable.SCOPE_DECLINED, _declined_hint(missing), missing)
    return _personal(answer) if _is_personal(answer) else _read(answer)


def _is_personal(answer: Mapping[str, Any]) -> bool:
    """
    Whether the account is no professional one.

    The type is `Business` or `Media_Creator` in the documentation and upper case in live answers (meta
    sheet 3). Only "personal" is refused: a type we do not know yet is more likely a new professional one,
    as the login admits no others. Without a professional id there is nothing to link (inference).
    """
    return string(answer.get("user_id")) is None or _says_personal(answer)


def _says_personal(answer: Mapping[str, Any]) -> bool:
    return str(answer.get("account_type")).lower() == "personal"


def _read(
    answer: Mapping[str, Any],
    unusable: Unusable | None = None,
    hint: str = "",
    missing: frozenset[str] = frozenset(),
) -> Candidate:
    """The candidate in an answer of `/me`; what Instagram leaves out is unknown."""
    return Candidate(
        platform=INSTAGRAM,
        # Not `id`, which is scoped to the app and differs from what Facebook Login shows.
        platform_id=string(answer.get("user_id")),
        handle=string(answer.get("username")),
        display_name=string(answer.get("name")) or "",
        avatar_url=string(answer.get("profile_picture_url")),
        followers=count(answer.get("followers_count")),
        unusable=unusable,
        hint=hint,
        missing_scopes=missing,
    )


def _personal(answer: Mapping[str, Any]) -> Candidate:
    hint = "This account is personal: switch it to professional in Instagram's settings and connect again."
    return _read(answer, Unusable.PERSONAL_ACCOUNT, hint)


def _declined(missing: frozenset[str]) -> Candidate:
    return _read({}, Unusable.SCOPE_DECLINED, _declined_hint(missing), missing)


def _declined_hint(missing: frozenset[str]) -> str:
    return f"Connect again and allow: {', '.join(sorted(missing))}."
