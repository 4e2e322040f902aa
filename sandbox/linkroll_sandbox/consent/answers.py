"""What a consent form (or a program in its place) answered."""

from dataclasses import dataclass, replace
from typing import TypeVar

from starlette.datastructures import FormData

from linkroll_sandbox.world import NextConsent

T = TypeVar("T")


@dataclass(frozen=True)
class Answers:
    """The fields that were sent. None means: not said, so the default holds."""

    step: str = ""
    person: str | None = None
    account: str | None = None
    scopes: list[str] | None = None
    pages: list[str] | None = None
    instagram: list[str] | None = None
    all_assets: bool = False
    decision: str | None = None

    def or_else(self, preset: NextConsent) -> "Answers":
        """Fill what was not said from what a test prepared for this person."""
        return replace(
            self,
            account=_first(self.account, preset.account),
            scopes=_first(self.scopes, preset.scopes),
            pages=_first(self.pages, preset.pages),
            instagram=_first(self.instagram, preset.instagram),
            decision=_first(self.decision, preset.decision),
        )


def read_answers(form: FormData) -> Answers:
    """The fields of *form*; `channel` and `account` are two words for the same thing."""
    account = form.get("channel", form.get("account"))
    return Answers(
        step=_text(form.get("step")) or "",
        person=_text(form.get("person")),
        account=_text(account),
        scopes=_boxes(form, "scope", "scopes_shown"),
        pages=_boxes(form, "page", "pages_shown"),
        instagram=_boxes(form, "instagram", "instagram_shown"),
        all_assets=form.get("assets") == "all",
        decision=_text(form.get("decision")),
    )


def _boxes(form: FormData, name: str, marker: str) -> list[str] | None:
    """The ticked boxes; None when neither a box nor the marker of a shown form is there."""
    ticked = [str(value) for value in form.getlist(name)]
    return ticked if ticked or form.get(marker) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _first(said: T | None, prepared: T | None) -> T | None:
    return prepared if said is None else said
