"""
Whether there is a number, and why not: every metric that somebody asks for gets an answer.

Pure: from the platform's catalogue, the account's link and what was read last. "Unknown" is never 0.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from linkroll_sdk import Availability as Said
from linkroll_sdk import Level, Metric, MetricName, PostKind

from server.host import Host
from server.services.links.status import Status, StatusReason


class Availability(enum.StrEnum):
    """Whether there is a number: the platforms' words, and two of the server's own."""

    SUPPORTED = Said.SUPPORTED
    NOT_SUPPORTED = Said.NOT_SUPPORTED
    NOT_YET = Said.NOT_YET
    WITHHELD = Said.WITHHELD
    MISSING_SCOPE = Said.MISSING_SCOPE
    LOST = Said.LOST
    NOT_LINKED = "NOT_LINKED"
    """Nobody can ask the platform: the account has no living link."""
    NOT_READ = "NOT_READ"
    """Nothing was read for this time, and the platform will not tell it any more."""


@dataclass(frozen=True, slots=True)
class Link:
    """
    What may be asked of the platform about an account now. *login* None: nothing, it is not linked.

    *read_at*: when its own numbers were read last.
    """

    platform: str
    login: str | None = None
    scopes: frozenset[str] = frozenset()
    status: Status = Status.ADDED
    reason: StatusReason | None = None
    authenticated_at: datetime | None = None
    read_at: datetime | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the platform can be asked."""
        return self.login is not None and self.status in (Status.LINKED, Status.EXPIRING)


@dataclass(frozen=True, slots=True)
class Subject:
    """What numbers are about: an account (*post_id* 0), or a post of it. *name* is the platform's, for people."""

    account_id: int
    post_id: int
    level: Level
    link: Link
    kind: PostKind | None = None
    published_at: datetime | None = None

    @property
    def key(self) -> tuple[int, int]:
        """Equal for two subjects that are the same account or post."""
        return self.account_id, self.post_id


@dataclass(frozen=True, slots=True)
class Why:
    """Why there is no number, as a sentence, and what can be done about it."""

    availability: Availability
    reason: str
    next_step: str
    missing_scopes: tuple[str, ...] = ()


def catalogue_of(host: Host, platform: str) -> tuple[Metric, ...]:
    """All metrics of a platform; none where its plugin is gone or tells none."""
    found = host.platforms.by_key.get(platform)
    return found.metrics.metrics if found and found.metrics else ()


def catalogue_for(host: Host, subject: Subject) -> dict[MetricName, Metric]:
    """The entry behind each name for this subject; of several for one name, one that its login can tell."""
    fitting = [
        m
        for m in catalogue_of(host, subject.link.platform)
        if m.level is subject.level and (m.kinds is None or subject.kind is None or subject.kind in m.kinds)
    ]
    fitting.sort(key=lambda m: subject.link.login in m.scopes)
    # The last one of a name stays: one that the login can tell, if there is one; else any.
    found = {m.name: m for m in fitting}
    return {name: found[name] for name in MetricName if name in found}


def names_for(
    asked: Sequence[MetricName] | None, offered: Iterable[MetricName], read: Iterable[str]
) -> list[MetricName]:
    """The names to answer, each once: those asked for, else all that the catalogue offers or that were read."""
    if asked is not None:
        return list(dict.fromkeys(asked))
    known = {*offered, *read}
    return [name for name in MetricName if name in known]


def why_none(
    name: MetricName,
    metric: Metric | None,
    subject: Subject,
    said: str | None = None,
    said_at: datetime | None = None,
) -> Why:
    """Why there is no number. *said* is the platform's last word on it, if it was asked at *said_at*."""
    link = subject.link
    if said == Availability.LOST:
        return SAID[Availability.LOST]
    if metric is None:
        return _unknown(name, subject)
    if not link.is_alive:
        return _not_linked(link)
    missing = metric.missing(link.login or "", link.scopes)
    if missing is None:
        return _other_login(metric, link)
    if missing:
        return _missing_scope(tuple(sorted(missing)))
    if said == Availability.MISSING_SCOPE and _is_outdated(said_at, link):
        said = None
    return SAID.get(Availability(said), NOT_READ_YET) if said else NOT_READ_YET


def _is_outdated(said_at: datetime | None, link: Link) -> bool:
    """Whether the person has consented anew since."""
    return said_at is None or (link.authenticated_at is not None and link.authenticated_at > said_at)


def _unknown(name: MetricName, subject: Subject) -> Why:
    what = (
        f"{subject.kind.lower()} posts"
        if subject.kind and subject.level is Level.POST
        else LEVELS[subject.level]
    )
    return Why(
        Availability.NOT_SUPPORTED,
        f"The platform {subject.link.platform} does not tell {name} of {what}.",
        "Leave it out here; `metricCatalogue` lists what each platform tells.",
    )


def _not_linked(link: Link) -> Why:
    why = f": {link.reason}" if link.reason else ""
    action = "Connect" if link.status is Status.ADDED else "Reconnect"
    return Why(
        Availability.NOT_LINKED,
        f"The account has no living link, so the platform cannot be asked{why}.",
        f"{action} the account with `connectSocialAccount`.",
    )


def _other_login(metric: Metric, link: Link) -> Why:
    logins = ", ".join(f"`{login}`" for login in sorted(metric.scopes))
    return Why(
        Availability.NOT_SUPPORTED,
        f"The login `{link.login}`, by which the account is linked, cannot tell it.",
        f"Reconnect the account by {logins}.",
    )


def _missing_scope(missing: tuple[str, ...]) -> Why:
    return Why(
        Availability.MISSING_SCOPE,
        "The person did not allow what it needs.",
        "Reconnect the account with `connectSocialAccount`, with every box ticked.",
        missing,
    )


LEVELS: Mapping[Level, str] = {Level.ACCOUNT: "accounts", Level.POST: "posts", Level.STORY: "stories"}

NOT_READ_YET = Why(
    Availability.NOT_YET,
    "It was not read yet.",
    "Wait for the next reading, or ask for one with `refreshMetrics`.",
)
SAID: Mapping[Availability, Why] = {
    Availability.LOST: Why(
        Availability.LOST,
        "The platform does not tell it any more, and it was not read in time.",
        "Nothing can bring it back.",
    ),
    Availability.NOT_SUPPORTED: Why(
        Availability.NOT_SUPPORTED,
        "The platform does not tell it for this account or kind of post.",
        "Leave it out here; `metricCatalogue` lists what each platform tells.",
    ),
    Availability.NOT_YET: Why(
        Availability.NOT_YET,
        "The platform was asked and has no number yet.",
        "Wait: the platform's numbers come late. `metricCatalogue` says how late (`delay`).",
    ),
    Availability.WITHHELD: Why(
        Availability.WITHHELD,
        "The platform holds the number back: too few people are behind it.",
        "Nothing is to be done; it is told once enough people are behind it.",
    ),
    Availability.MISSING_SCOPE: _missing_scope(()),
}
