"""The expected "no" around metrics and posts (see `server.services.refusals`)."""

from __future__ import annotations

from datetime import datetime

from server.services.refusals import Refusal, fact, facts


@facts
class RefreshTooSoon(Refusal):
    """Fresh numbers of this account were asked for a moment ago. Nothing was changed."""

    retry_at: datetime = fact("When they can be asked for again.")
    next_step = "Wait until `retryAt`, or follow `metricsRecorded`: what was asked for is on its way."

    @property
    def message(self) -> str:
        return "Fresh numbers of this account were asked for a moment ago."


@facts
class PostNotFound(Refusal):
    """No post with this address is known, or this caller may not see it."""

    platform: str = fact("The platform whose address it is.")
    owner_url: str | None = fact("The address of the account that posted it, when the address tells.")
    next_step = (
        "Check with `socialAccountByUrl` that the account is in the roster and linked. A post that is new is found "
        "at the next reading; `refreshMetrics` asks for one."
    )

    @property
    def message(self) -> str:
        return "No post with this address is known here."


@facts
class NotAPostAddress(Refusal):
    """The address is an account's or something else, not a post's."""

    hint: str = fact("What it is instead.")
    next_step = "Paste the address of the post itself, as the platform's Share menu copies it."

    @property
    def message(self) -> str:
        return self.hint
