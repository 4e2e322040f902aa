"""The services' enumerations as the schema shows them, every value described."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TypeVar

import strawberry
from linkroll_sdk import Pkce as SdkPkce
from linkroll_sdk import Purpose, Revocation, Unusable

from server.services.callers.viewers import Role
from server.services.connect.attempts import AttemptState
from server.services.links.grants import RevocationOutcome
from server.services.links.status import NextAction, Status, StatusReason
from server.services.roster.profiles import ProfileKind

E = TypeVar("E", bound=enum.EnumMeta)


def described(kind: E, name: str, description: str, values: Mapping[str, str]) -> E:
    """Show *kind* as GraphQL enum *name*. Every member needs its sentence, and only members have one."""
    members = set(kind.__members__)
    if members != set(values):
        raise TypeError(f"{name}: {members ^ set(values)} described and defined differ")
    shown = strawberry.enum(kind, name=name, description=description)
    for value in shown.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
    return shown


described(
    ProfileKind,
    "ProfileKind",
    "What a profile stands for.",
    {"INDIVIDUAL": "One creator.", "GROUP": "A group of creators, with members and accounts of its own."},
)
described(
    Status,
    "AccountStatus",
    "Where an account's link stands: computed from facts and the clock at every reading.",
    {
        "ADDED": "Attached, never authenticated. Shown grey.",
        "LINKED": "Authenticated, and more than the warning time is left. Shown green.",
        "EXPIRING": "Authenticated, and `expiresAt` is within the warning time (14 days unless set). Shown orange.",
        "INVALID": "Was authenticated and is no longer; `statusReason` says why. Shown red.",
    },
)
described(
    StatusReason,
    "StatusReason",
    "Why an account is `INVALID`. Each has a page in the documentation.",
    {
        "UNLINKED": "The creator or agency ended the link here.",
        "EXPIRED": "The consent's 90 days, or the platform's own limit, ran out.",
        "PASSWORD_CHANGED": "The person changed their password at the platform.",
        "ACCESS_REVOKED": "The person removed the app at the platform.",
        "PERMISSION_LOST": "A permission that is needed was taken back.",
        "ACTION_REQUIRED": "The platform wants the person to act there first: to log in and confirm something, "
        "or to make the account a professional one again.",
        "ACCOUNT_GONE": "The account was closed or suspended.",
        "ROLE_LOST": "The person no longer has the role on the Page that is needed.",
    },
)
described(
    NextAction,
    "NextAction",
    "What a person should do about an account.",
    {"CONNECT": "Connect it for the first time.", "RECONNECT": "Consent again: now, or before `expiresAt`."},
)
described(
    AttemptState,
    "ConnectAttemptState",
    "Where a connect attempt stands.",
    {
        "PENDING": "Waits for the person's browser to open `authorizeUrl`.",
        "AUTHORIZING": "The browser is at the platform.",
        "EXCHANGING": "The person came back; we are asking the platform.",
        "CHOOSING": "Waits for `chooseAccounts`.",
        "SUCCEEDED": "Accounts were linked. Final.",
        "FAILED": "Ended otherwise; `outcome` says how. Final.",
        "CANCELLED": "Cancelled with `cancelConnect`. Final.",
        "EXPIRED": "Ran out of time. Final.",
    },
)
described(
    Unusable,
    "CandidateProblem",
    "Why an account that a consent reaches cannot be linked.",
    {
        "PERSONAL_ACCOUNT": "A personal account: the platform gives data of professional ones only.",
        "NO_PAGE": "The person runs no Facebook Page.",
        "NOT_TICKED": "The account was left out in the consent's list.",
        "SCOPE_DECLINED": "A permission that it needs was declined; see `missingScopes`.",
        "ROLE_MISSING": "The person's role on the Page is too small.",
        "NO_CHANNEL": "The Google account has no YouTube channel.",
        "NOT_ACCESSIBLE": "The platform does not let this app see the account.",
    },
)
described(
    RevocationOutcome,
    "RevocationOutcome",
    "What the platform was told when a link ended. The tokens are forgotten here in every case.",
    {
        "REVOKED": "The platform confirmed that the consent is over.",
        "NOT_SUPPORTED": "Nothing to tell, or the platform has no such call: the person can remove the app there.",
        "KEPT_FOR_SIBLINGS": "Not told: it would have ended the links of other accounts of the same person.",
        "FAILED": "The platform could not be told; the person can remove the app there.",
    },
)
described(
    Role,
    "Role",
    "What an API key's holder is to the roster.",
    {
        "ADMIN": "Sees and changes everything.",
        "MANAGER": "Sees and changes the whole roster.",
        "OBSERVER": "Sees the whole roster and follows its events; changes nothing.",
        "CREATOR": "Sees and changes one profile.",
    },
)
described(
    Purpose,
    "OperationPurpose",
    "Why a plugin may send a request that is not a GET.",
    {
        "TOKEN": "To exchange or refresh tokens.",
        "REVOKE": "To end a consent.",
        "QUERY": "To read, where the platform reads by POST.",
    },
)
described(
    Revocation,
    "RevocationReach",
    "What ending a consent at the platform takes down.",
    {
        "NONE": "The platform has no such call.",
        "TOKEN": "Only this consent.",
        "SUBJECT": "Everything the same person granted this app.",
    },
)
described(
    SdkPkce,
    "PkceMethod",
    "How a login proves that who started a consent finishes it (RFC 7636).",
    {
        "NONE": "Not offered by the platform.",
        "S256": "The standard's SHA-256 challenge.",
        "S256_HEX": "SHA-256 in hex, a platform's dialect.",
    },
)
