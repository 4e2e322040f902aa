"""How an attempt ends when a plugin could not help."""

from __future__ import annotations

from uuid import UUID

from linkroll_sdk import LinkrollSdkError
from linkroll_sdk import errors as sdk_errors

from server.host import Host
from server.services import refusals
from server.services.connect.attempts import finish, lock_attempt
from server.services.operator.operator_notices import note_app_refused
from server.services.platforms.answers import plain_code
from server.services.refusals import Refusal


def refusal_for(error: LinkrollSdkError) -> Refusal:
    """What a plugin's error means as an attempt's outcome."""
    code = plain_code(getattr(error, "platform_code", "") or type(error).__name__)
    match error:
        case sdk_errors.ConsentDenied():
            return refusals.ConsentDenied()
        case sdk_errors.ConsentFailed(code=platform_code):
            return refusals.ConsentFailed(platform_code=plain_code(platform_code))
        case (
            sdk_errors.AuthorizationCodeRejected()
            | sdk_errors.ReauthorizationRequired()
            | sdk_errors.AccessTokenRejected()
        ):
            return refusals.CodeRejected(platform_code=code)
        case sdk_errors.ConfigurationRejected():
            return refusals.LoginMisconfigured(platform_code=code)
        case sdk_errors.ScopeNotGranted(missing=missing):
            return refusals.ScopesMissing(missing=sorted(missing))
        case _:
            return refusals.PlatformUnavailable(platform_code=code)


async def fail_for(host: Host, attempt_id: UUID, login_key: str, error: LinkrollSdkError) -> None:
    """End an attempt with what a plugin's error means; what is the operator's to mend is told to them as well."""
    await fail(host, attempt_id, refusal_for(error))
    if isinstance(error, sdk_errors.ConfigurationRejected):
        await note_app_refused(host, login_key, error)


async def fail(host: Host, attempt_id: UUID, refusal: Refusal) -> None:
    """End an attempt with *refusal*, unless it has ended already."""
    async with host.database.transaction() as transaction:
        attempt = await lock_attempt(transaction, attempt_id)
        if attempt is not None and attempt.finished_at is None:
            await finish(host, transaction, attempt, refusal)
