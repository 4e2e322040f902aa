"""The verdicts on an error of the Graph API. They carry the codes; the message text never leaves with them."""

from __future__ import annotations

from collections.abc import Callable

from linkroll_meta.envelope import GraphError
from linkroll_sdk import (
    AuthorizationCodeRejected,
    Availability,
    ConfigurationRejected,
    InvalidReason,
    PlatformError,
    PlatformUnavailable,
    ReauthorizationRequired,
    ScopeNotGranted,
    UnexpectedAnswer,
)

Verdict = Callable[[GraphError], PlatformError]


class Untold(UnexpectedAnswer):
    """Meta holds the numbers of this call back; *availability* says why. Fetchers turn it into readings."""

    availability = Availability.WITHHELD


class UntoldForGood(Untold):
    """It never will tell them for this post."""

    availability = Availability.NOT_SUPPORTED


def ends(reason: InvalidReason) -> Verdict:
    """The grant is over, for *reason*."""
    return lambda error: ReauthorizationRequired(reason, **error.evidence)


def misconfigured(what: str) -> Verdict:
    """The operator's app is refused; *what* says in a sentence what is wrong with it."""
    return lambda error: ConfigurationRejected(what, **error.evidence)


def lacks(*scopes: str) -> Verdict:
    """A permission is missing; *scopes* names it where the code does."""
    return lambda error: ScopeNotGranted(scopes, "a permission is missing", **error.evidence)


def unexpected(what: str, kind: type[UnexpectedAnswer] = UnexpectedAnswer) -> Verdict:
    """No word about the grant; *what* and the trace that Meta's support asks for go into the record."""

    def verdict(error: GraphError) -> PlatformError:
        trace = f", trace {error.trace}" if error.trace else ""
        return kind(f"HTTP {error.status}{trace}: {what}", **error.evidence)

    return verdict


def code_rejected(error: GraphError) -> PlatformError:
    """The code of this consent is of no use."""
    return AuthorizationCodeRejected(**error.evidence)


def passing(error: GraphError) -> PlatformError:
    """It passes by itself."""
    return PlatformUnavailable(**error.evidence)
