"""
What a plugin may raise, sorted by what the caller should do next.

    LinkrollSdkError
      ForbiddenOperation             a plugin tried something it did not declare: a bug, nothing was sent
      ConsentDenied                  the person said no: end the attempt, offer to try again
      ConsentFailed(code)            the platform ended the consent itself: end the attempt, show the code
      PlatformError                  carries the operation, and the platform's own code as evidence
        ReauthorizationRequired(reason)   the grant is over: mark the account, ask the person
        AccessTokenRejected(reason)  this access token is dead: refresh once; only then the reason holds
        AuthorizationCodeRejected    the code was used or too old: start the consent again
        ScopeNotGranted(missing)     the person unticked something: name it, offer to ask again
        ConfigurationRejected        the operator's app is set up wrongly: tell the operator, not the person
        RateLimited(retry_after)     wait, then retry; the account stays healthy
        MetricsRefused(names)        a metric is not known there: ask without it (`narrowing`)
        PostGone                     this post or story is not there (any more); the account is well
        PlatformUnavailable          their side is down or slow: retry with backoff
        UnexpectedAnswer(excerpt)    an answer of a shape we do not know; the excerpt holds no secret

A network blip, a rate limit or an outage never changes a status: only `ReauthorizationRequired` does.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable


class InvalidReason(enum.StrEnum):
    """Why a link that once worked works no longer. Closed: the server has a page for each."""

    EXPIRED = "EXPIRED"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"
    ACCESS_REVOKED = "ACCESS_REVOKED"
    PERMISSION_LOST = "PERMISSION_LOST"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    ACCOUNT_GONE = "ACCOUNT_GONE"
    ROLE_LOST = "ROLE_LOST"


class LinkrollSdkError(Exception):
    """Anything the sdk or a plugin raises on purpose."""


class ForbiddenOperation(LinkrollSdkError):
    """A plugin asked for a method, host or path that it did not declare. No byte was sent."""


class ConsentDenied(LinkrollSdkError):
    """The person declined on the consent page."""


class ConsentFailed(LinkrollSdkError):
    """The platform sent the browser back with an error that is not the person's own "no"."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(f"{code}: {description}" if description else code)
        self.code = code
        self.description = description


class PlatformError(LinkrollSdkError):
    """
    A call to a platform did not give what was asked for.

    *operation* is our word for the call (`"exchange"`, `"me"`), *platform_code* the platform's
    own code with its subcode (`"190/460"`, `"invalid_grant"`). Neither ever holds a token.
    """

    def __init__(self, message: str = "", *, operation: str = "", platform_code: str = "") -> None:
        super().__init__(message or platform_code or type(self).__name__)
        self.operation = operation
        self.platform_code = platform_code


class ReauthorizationRequired(PlatformError):
    """The grant is over and no machine can bring it back; *reason* says why."""

    def __init__(
        self, reason: InvalidReason, message: str = "", *, operation: str = "", platform_code: str = ""
    ) -> None:
        super().__init__(message or reason.value, operation=operation, platform_code=platform_code)
        self.reason = reason


class AccessTokenRejected(PlatformError):
    """
    The platform refuses the access token, which may merely be stale.

    The server refreshes once and asks again; *reason* counts only if the new token is refused as well,
    or if there is nothing to refresh with.
    """

    def __init__(
        self, reason: InvalidReason, message: str = "", *, operation: str = "", platform_code: str = ""
    ) -> None:
        super().__init__(message or reason.value, operation=operation, platform_code=platform_code)
        self.reason = reason


class AuthorizationCodeRejected(PlatformError):
    """The authorization code was used already, is too old, or belongs to another redirect URI."""


class ScopeNotGranted(PlatformError):
    """The call needs *missing*, which the person did not grant."""

    def __init__(
        self, missing: Iterable[str], message: str = "", *, operation: str = "", platform_code: str = ""
    ) -> None:
        self.missing = frozenset(missing)
        super().__init__(
            message or f"missing: {' '.join(sorted(self.missing))}",
            operation=operation,
            platform_code=platform_code,
        )


class ConfigurationRejected(PlatformError):
    """The platform refuses the operator's app: wrong id or secret, API switched off, wrong redirect URI."""


class LimitScope(enum.StrEnum):
    """Whom a rate limit holds up."""

    APP = "APP"
    """Every account at this login: the operator's app is at its limit."""
    ACCOUNT = "ACCOUNT"
    """Only the account of this call."""


class RateLimited(PlatformError):
    """
    Too many calls. *retry_after* is seconds, or None when the platform does not say; *scope* tells
    whether other accounts must wait as well.
    """

    def __init__(
        self,
        retry_after: float | None = None,
        message: str = "",
        *,
        operation: str = "",
        platform_code: str = "",
        scope: LimitScope = LimitScope.ACCOUNT,
    ) -> None:
        super().__init__(message or "rate limited", operation=operation, platform_code=platform_code)
        self.retry_after = retry_after
        self.scope = scope


class MetricsRefused(PlatformError):
    """
    The platform does not know a metric of the call, or not in this combination.

    *platform_names* are the culprits as far as it names them; empty when it does not.
    """

    def __init__(
        self,
        platform_names: Iterable[str] = (),
        message: str = "",
        *,
        operation: str = "",
        platform_code: str = "",
    ) -> None:
        super().__init__(message or "metric refused", operation=operation, platform_code=platform_code)
        self.platform_names = frozenset(platform_names)


class PostGone(PlatformError):
    """A post or story is not there, or not for this app. Says nothing about the account."""


class PlatformUnavailable(PlatformError):
    """No answer, a 5xx, or the platform's own word that the fault is passing."""


class UnexpectedAnswer(PlatformError):
    """The answer has a shape the plugin does not know. *excerpt* is short and redacted by the plugin."""

    def __init__(
        self, excerpt: str = "", message: str = "", *, operation: str = "", platform_code: str = ""
    ) -> None:
        super().__init__(message or "unexpected answer", operation=operation, platform_code=platform_code)
        self.excerpt = excerpt[:200]
