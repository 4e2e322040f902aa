"""The expected "no" around campaigns (see `server.services.refusals`)."""

from __future__ import annotations

from datetime import datetime

from server.services.refusals import Refusal, fact, facts


@facts
class CampaignNotFound(Refusal):
    """There is no such campaign, or this caller may not see it."""

    id: str = fact("The id as it was given.")
    next_step = "Look the campaign up with `campaigns`, and check that the id is a Campaign's."

    @property
    def message(self) -> str:
        return "There is no campaign with this id."


@facts
class CampaignWindowBackwards(Refusal):
    """The campaign would end before it starts, or at the same moment. Nothing was changed."""

    starts_at: datetime = fact("When it would start.")
    ends_at: datetime = fact("When it would end.")
    next_step = "Give an `endsAt` after `startsAt`. To move both, send both in one `updateCampaign`."

    @property
    def message(self) -> str:
        return "The campaign would end before it starts."


@facts
class CampaignRuleRefused(Refusal):
    """A text cannot be a hashtag or a mention, so no post could ever match it. Nothing was changed."""

    field: str = fact("The input field, in GraphQL spelling.")
    text: str = fact("The text as it was given.")
    next_step = "Give one name an entry, of letters, digits and underscores, with or without `#` or `@`."

    @property
    def message(self) -> str:
        return f"No post can carry this among its {self.field}."


@facts
class CampaignTooLarge(Refusal):
    """The campaign would hold more than one campaign can. Nothing was changed."""

    field: str = fact("The input field of which there are too many, in GraphQL spelling.")
    limit: int = fact("How many there may be.")
    next_step = "Take some out first, or make a second campaign."

    @property
    def message(self) -> str:
        return f"There would be more than {self.limit} {self.field}."


@facts
class CampaignAddressRefused(Refusal):
    """One of the addresses names no post. Nothing was changed, for the others neither."""

    url: str = fact("The address as it was given.")
    position: int = fact("Its place in `urls`, from 0.")
    because: str = fact("The code that `postByUrl` would answer for it, such as `NOT_A_POST_ADDRESS`.")
    hint: str = fact("What it is instead.")
    next_step = "Correct the address or leave it out, and send the mutation again."

    @property
    def message(self) -> str:
        return f"This address names no post: {self.hint}"
