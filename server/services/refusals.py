"""
The expected "no": each a type with its facts, its sentence and the next step.

A service raises a refusal; the schema shows it as a member of the mutation's union (its description is
the class's docstring, its fields are the facts), and an attempt keeps it as its outcome. No caller
reads an English sentence to decide. Every code has a page in `docs/codes/`.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any, ClassVar, TypeVar, dataclass_transform

Kind = TypeVar("Kind", bound="Refusal")

BY_CODE: dict[str, type[Refusal]] = {}


class Refusal(Exception):
    """An expected outcome that is not the wished one. Subclasses are dataclasses of facts."""

    code: ClassVar[str]
    next_step: str

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).upper()
        BY_CODE[cls.code] = cls

    @property
    def message(self) -> str:
        """One sentence for a person."""
        raise NotImplementedError

    def facts(self) -> dict[str, Any]:
        """The facts as JSON values, by field name."""
        return {name: getattr(self, name) for name in fact_names(type(self))}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def fact_names(kind: type[Refusal]) -> list[str]:
    """The names of a refusal's facts."""
    return [f.name for f in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else []


def from_record(code: str, facts: dict[str, Any]) -> Refusal:
    """The refusal that was kept as *code* and *facts*."""
    return BY_CODE[code](**facts)


def fact(description: str, *, node: str | None = None, name: str | None = None) -> Any:
    """
    A field that the schema shows with *description*.

    With *node* the fact is a row id, shown as that object under *name*, or as null to whom may not see it.
    """
    return dataclasses.field(metadata={"description": description, "node": node, "name": name})


@dataclass_transform(eq_default=False, field_specifiers=(fact,))
def facts(kind: type[Kind]) -> type[Kind]:
    """Make a refusal's facts its fields. Exceptions keep their own equality and text."""
    return dataclasses.dataclass(eq=False, repr=False)(kind)


# Not found. The same for "there is none" and "it is not yours".


@facts
class ProfileNotFound(Refusal):
    """There is no such profile, or this caller may not see it."""

    id: str = fact("The id as it was given.")
    next_step = "Look the profile up with `profiles`, and check that the id is a Profile's."

    @property
    def message(self) -> str:
        return "There is no profile with this id."


@facts
class SocialAccountNotFound(Refusal):
    """There is no such social account, or this caller may not see it."""

    id: str = fact("The id as it was given.")
    next_step = "Look the account up with `socialAccounts` or `socialAccountByUrl`."

    @property
    def message(self) -> str:
        return "There is no social account with this id."


@facts
class ConnectAttemptNotFound(Refusal):
    """There is no such connect attempt, or this caller may not see it."""

    id: str = fact("The id as it was given.")
    next_step = "Start again with `connectSocialAccount`."

    @property
    def message(self) -> str:
        return "There is no connect attempt with this id."


@facts
class MergeNotFound(Refusal):
    """There is no such merge, or this caller may not see it."""

    id: str = fact("The id as it was given.")
    next_step = "Use the `merge.id` that `mergeProfiles` answered."

    @property
    def message(self) -> str:
        return "There is no merge with this id."


# Input


@facts
class InvalidInput(Refusal):
    """A value is out of its bounds. Nothing was changed."""

    field: str = fact("The input field, in GraphQL spelling.")
    problem: str = fact("What is wrong with it.")
    next_step = "Correct the field and send the mutation again."

    @property
    def message(self) -> str:
        return f"{self.field}: {self.problem}"


@facts
class ExternalIdTaken(Refusal):
    """Another profile already carries this external id."""

    external_id: str = fact("The external id.")
    profile_id: int = fact("The profile that carries it.", node="Profile", name="holder")
    next_step = "Use the profile that carries it, or choose another external id."

    @property
    def message(self) -> str:
        return "Another profile carries this external id."


# Addresses and handles


@facts
class HandleNeedsPlatform(Refusal):
    """A bare handle fits several platforms."""

    text: str = fact("The text as it was read.")
    next_step = "Name the `platform`, or paste the account's address instead."

    @property
    def message(self) -> str:
        return "A handle alone does not tell its platform."


@facts
class InvalidHandle(Refusal):
    """The text cannot be a handle on this platform."""

    platform: str = fact("The platform.")
    hint: str = fact("What a handle looks like there.")
    next_step = "Check the spelling, or paste the account's address from the platform."

    @property
    def message(self) -> str:
        return self.hint


@facts
class PlatformMismatch(Refusal):
    """The address belongs to another platform than the one that was named."""

    expected: str = fact("The platform that was named.")
    got: str = fact("The platform whose address it is.")
    next_step = "Leave `platform` out: an address tells its platform by itself."

    @property
    def message(self) -> str:
        return f"This address is {self.got}'s, not {self.expected}'s."


@facts
class UnknownAddress(Refusal):
    """No installed platform knows this address."""

    host: str = fact("The address's host; empty when the text is no address.")
    next_step = "Paste the address of a profile page on one of the installed `platforms`."

    @property
    def message(self) -> str:
        return f"No installed platform knows {self.host}." if self.host else "This is no address."


@facts
class PostAddress(Refusal):
    """The address is a post's, a video's or a story's, not an account's."""

    platform: str = fact("The platform.")
    owner_url: str | None = fact("The address of the account that posted it, when the address tells.")
    next_step = "Paste the address of the profile page; `ownerUrl` has it where the post's address tells."

    @property
    def message(self) -> str:
        return "This is the address of a post, not of an account."


@facts
class ReservedAddress(Refusal):
    """The address is a page of the platform itself: its first word is reserved and no handle."""

    platform: str = fact("The platform.")
    hint: str = fact("What the address is instead.")
    next_step = "Open the account's profile on the platform and paste the address from there."

    @property
    def message(self) -> str:
        return self.hint


@facts
class GroupAddress(Refusal):
    """The address is a group's. Groups are no accounts and cannot be connected."""

    platform: str = fact("The platform.")
    hint: str = fact("What to paste instead.")
    next_step = "Paste the address of a Page or profile."

    @property
    def message(self) -> str:
        return self.hint


@facts
class EventAddress(Refusal):
    """The address is an event's. Events are no accounts and cannot be connected."""

    platform: str = fact("The platform.")
    hint: str = fact("What to paste instead.")
    next_step = "Paste the address of the account that holds the event."

    @property
    def message(self) -> str:
        return self.hint


@facts
class NotAnAccountAddress(Refusal):
    """The address is the platform's, but names something that is no account: a playlist, a search, a tag."""

    platform: str = fact("The platform.")
    hint: str = fact("What to paste instead.")
    next_step = "Paste the address of a profile page."

    @property
    def message(self) -> str:
        return self.hint


@facts
class ShortLinkUnresolved(Refusal):
    """The short link leads nowhere we may follow, or its host did not answer."""

    platform: str = fact("The platform whose short link it is.")
    next_step = "Open the link in a browser and paste the address it ends at."

    @property
    def message(self) -> str:
        return "We could not find out where this short link leads."


# Conflict


@facts
class AccountAlreadyAttached(Refusal):
    """
    The account belongs to a profile already; an account belongs to at most one.

    To a caller who may see that profile it carries it; to anyone else nothing about it.
    """

    url: str | None = fact("The account's address, as this attempt named it.")
    account_id: int = fact("The account, as it is held.", node="SocialAccount", name="heldAccount")
    profile_id: int = fact("The profile that holds it.", node="Profile", name="holder")
    next_step = (
        "Find the holder with `socialAccountByUrl`, then `removeSocialAccount` there or `mergeProfiles`."
    )

    @property
    def message(self) -> str:
        return "This account is already attached to a profile."


# Connect


@facts
class LoginUnavailable(Refusal):
    """No login can be started for this platform here."""

    platform: str = fact("The platform.")
    login: str | None = fact("The login that was asked for, if one was.")
    reason: str = fact("Why: not installed, or not configured by the operator.")
    next_step = "Choose one of `platform.logins` that is available, or ask the operator to configure it."

    @property
    def message(self) -> str:
        return self.reason


@facts
class ReturnUrlNotAllowed(Refusal):
    """The address to return to is not on the operator's list."""

    next_step = "Use an address on the operator's list (`LINKROLL_RETURN_URLS`), or leave `returnUrl` out."

    @property
    def message(self) -> str:
        return "This returnUrl is not allowed."


@facts
class TooManyAttempts(Refusal):
    """This caller holds too many open attempts."""

    limit: int = fact("How many one caller may hold.")
    next_step = "Cancel open attempts with `cancelConnect`, or wait until they run out."

    @property
    def message(self) -> str:
        return f"There are already {self.limit} open attempts."


@facts
class ConsentDenied(Refusal):
    """The person declined on the platform's consent page. Nothing was changed."""

    next_step = "Offer to try again; explain what linkroll reads (`platform.permissions`)."

    @property
    def message(self) -> str:
        return "The person declined."


@facts
class ConsentFailed(Refusal):
    """The platform ended the consent with an error of its own. Nothing was changed."""

    platform_code: str = fact("The platform's own code.")
    next_step = "Try again; if it stays, the operator's app at the platform needs attention."

    @property
    def message(self) -> str:
        return "The platform ended the consent."


@facts
class CodeRejected(Refusal):
    """The platform did not accept the code it had just given: used already, or too old."""

    platform_code: str = fact("The platform's own code.")
    next_step = "Start again with `connectSocialAccount`."

    @property
    def message(self) -> str:
        return "The platform no longer accepts this consent."


@facts
class LoginMisconfigured(Refusal):
    """The platform refuses the operator's app. The person can do nothing about it."""

    platform_code: str = fact("The platform's own code.")
    next_step = "Tell the operator: `linkroll doctor` says what is configured."

    @property
    def message(self) -> str:
        return "The platform refuses this server's app."


@facts
class PlatformUnavailable(Refusal):
    """The platform did not answer, answered nonsense, or asked us to slow down. No status was changed."""

    platform_code: str = fact("The platform's own code, or ours for the kind of failure.")
    next_step = "Wait a few minutes and try again."

    @property
    def message(self) -> str:
        return "The platform is not available at the moment."


@facts
class ScopesMissing(Refusal):
    """The person left permissions out that the account cannot do without."""

    missing: list[str] = fact("The scopes that are missing.")
    next_step = "Connect again with every box ticked; `platform.permissions` says what each is for."

    @property
    def message(self) -> str:
        return "Permissions are missing."


@facts
class NoUsableAccount(Refusal):
    """The consent reaches no account that can be linked; the attempt's candidates say why, each."""

    reason: str = fact("The first candidate's reason, or NONE when the consent reaches nothing at all.")
    hint: str = fact("What the person can do about it.")
    next_step = "Show the hint, then connect again."

    @property
    def message(self) -> str:
        return self.hint


@facts
class WrongAccount(Refusal):
    """The person consented as somebody else. The old grant stays untouched."""

    expected: str = fact("The account that was to be connected, by handle or name.")
    got: list[str] = fact("The accounts that this consent reaches instead.")
    next_step = "Sign out at the platform, sign in as the expected account, and connect again."

    @property
    def message(self) -> str:
        return f"This is not {self.expected}."


@facts
class AttemptExpired(Refusal):
    """The attempt was not finished in time."""

    next_step = "Start again with `connectSocialAccount`."

    @property
    def message(self) -> str:
        return "The attempt ran out of time."


@facts
class AttemptCancelled(Refusal):
    """The attempt was cancelled."""

    next_step = "Start again with `connectSocialAccount`."

    @property
    def message(self) -> str:
        return "The attempt was cancelled."


@facts
class AttemptNotChoosing(Refusal):
    """The attempt does not wait for a choice."""

    state: str = fact("The attempt's state.")
    next_step = "Look at the attempt's `state` and `outcome`."

    @property
    def message(self) -> str:
        return f"The attempt is {self.state}; it does not wait for a choice."


@facts
class CandidateNotUsable(Refusal):
    """A chosen candidate is not one of this attempt's, or cannot be linked."""

    candidate_id: str = fact("The candidate's id as it was given.")
    hint: str = fact("Why not, and what the person can do about it.")
    next_step = "Choose among the attempt's candidates with `usable: true`."

    @property
    def message(self) -> str:
        return self.hint


@facts
class AccountNotLinked(Refusal):
    """The account has no living link: it was never connected, is unlinked already, or its link died."""

    next_step = "To unlink it, nothing is to be done; to read it, connect it with `connectSocialAccount`."

    @property
    def message(self) -> str:
        return "The account is not linked."


# Merge and groups


@facts
class CannotMerge(Refusal):
    """These two profiles cannot be merged."""

    reason: str = fact("Why not.")
    next_step = "Choose two different profiles of the same kind."

    @property
    def message(self) -> str:
        return self.reason


@facts
class CannotUndoMerge(Refusal):
    """The merge can no longer be undone, or was undone already."""

    reason: str = fact("Why not.")
    next_step = "Create a profile and move the accounts by removing and adding them."

    @property
    def message(self) -> str:
        return self.reason


@facts
class CannotGroup(Refusal):
    """This membership makes no sense."""

    reason: str = fact("Why not.")
    next_step = "Add an INDIVIDUAL profile to a GROUP profile."

    @property
    def message(self) -> str:
        return self.reason
