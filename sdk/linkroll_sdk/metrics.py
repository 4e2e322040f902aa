"""
Metrics: what a platform tells about accounts, posts and stories, and how a plugin fetches it.

A platform's numbers are not each other's equals. The catalogue (`Metric`) says for each number what the
platform itself calls it, which days it is for, when it is final and how it may be added up; a `Reading`
says whether there is a number at all. "Unknown" is never 0.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from linkroll_sdk.accounts import AccountFacts, LinkedAccount
from linkroll_sdk.grants import ClientConfig
from linkroll_sdk.http import Http, Operation


class MetricName(enum.StrEnum):
    """The common names. What each platform means by one stands in its catalogue entry."""

    VIEWS = "VIEWS"
    TOTAL_VIEWS = "TOTAL_VIEWS"
    """An account's views in its whole life, where VIEWS are those of a day."""
    IMPRESSIONS = "IMPRESSIONS"
    REACH = "REACH"
    ENGAGEMENTS = "ENGAGEMENTS"
    VIDEO_VIEWS = "VIDEO_VIEWS"
    ENGAGED_VIEWS = "ENGAGED_VIEWS"
    LIKES = "LIKES"
    COMMENTS = "COMMENTS"
    SHARES = "SHARES"
    SAVES = "SAVES"
    REPLIES = "REPLIES"
    REPOSTS = "REPOSTS"
    CLICKS = "CLICKS"
    PROFILE_VIEWS = "PROFILE_VIEWS"
    PROFILE_LINK_TAPS = "PROFILE_LINK_TAPS"
    ACCOUNTS_ENGAGED = "ACCOUNTS_ENGAGED"
    FOLLOWERS = "FOLLOWERS"
    FOLLOWERS_GAINED = "FOLLOWERS_GAINED"
    FOLLOWERS_LOST = "FOLLOWERS_LOST"
    FOLLOWING = "FOLLOWING"
    POSTS = "POSTS"
    NAVIGATION = "NAVIGATION"
    WATCH_TIME = "WATCH_TIME"
    AVERAGE_WATCH_TIME = "AVERAGE_WATCH_TIME"
    SKIP_RATE = "SKIP_RATE"


class Level(enum.StrEnum):
    """What a number is about."""

    ACCOUNT = "ACCOUNT"
    POST = "POST"
    STORY = "STORY"


class Unit(enum.StrEnum):
    """What is counted."""

    COUNT = "COUNT"
    MILLISECONDS = "MILLISECONDS"
    PERCENT = "PERCENT"


class Measure(enum.StrEnum):
    """Which time a number is for."""

    DAY = "DAY"
    """What happened on one day of the platform's calendar."""
    TOTAL = "TOTAL"
    """Everything up to the moment of reading."""
    STATE = "STATE"
    """How things stand at the moment of reading, such as followers. Never added up over time."""


class Availability(enum.StrEnum):
    """Whether there is a number, and why not."""

    SUPPORTED = "SUPPORTED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    """The platform does not tell this for this kind of account or post."""
    NOT_YET = "NOT_YET"
    """The platform will tell, later: numbers come hours or days late."""
    WITHHELD = "WITHHELD"
    """The platform holds the number back: too few viewers or followers."""
    MISSING_SCOPE = "MISSING_SCOPE"
    """The person did not allow it. They can, by reconnecting."""
    LOST = "LOST"
    """There was a number and it can never be had again, such as an ended story's."""


class PostKind(enum.StrEnum):
    """What a post is. Decides which metrics it has."""

    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    ALBUM = "ALBUM"
    REEL = "REEL"
    LIVE = "LIVE"
    TEXT = "TEXT"
    STORY = "STORY"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Definition:
    """What a platform means by a metric from a day on. A new version breaks every time series."""

    version: str
    since: date = date.min
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """
    One catalogue entry: a number that a platform offers.

    *platform_name* is the platform's own word. *scopes* names, for each login that can tell it, what
    the person must have granted there. *additive*: values of different accounts or posts may be summed,
    and, for `DAY`, of different days; views may, reach (unique people) must not. *kinds*: the kinds of
    posts that have it, None for all. *history*: how far back the platform answers, None for "only now".
    *delay*: when a day's number is final. *cadence*: how often reading it again makes sense.
    *source* is where the rule stands, *certain* whether it was read there or only recalled.
    """

    name: MetricName
    level: Level
    platform_name: str
    measure: Measure
    scopes: Mapping[str, frozenset[str]]
    cadence: timedelta
    unit: Unit = Unit.COUNT
    additive: bool = True
    kinds: frozenset[PostKind] | None = None
    history: timedelta | None = None
    delay: timedelta = timedelta()
    definitions: tuple[Definition, ...] = (Definition("1"),)
    description: str = ""
    source: str = ""
    certain: bool = True

    def definition_on(self, day: date) -> str:
        """The version of the platform's meaning that held on *day*."""
        held = [d for d in self.definitions if d.since <= day]
        return max(held, key=lambda d: d.since).version if held else self.definitions[0].version

    def missing(self, login: str, granted: frozenset[str]) -> frozenset[str] | None:
        """The scopes that a grant lacks for this metric; None when the login cannot tell it at all."""
        needed = self.scopes.get(login)
        return None if needed is None else needed - granted


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What a platform said about one metric, once.

    *metric* and *platform_name* name the catalogue entry. *value* is set exactly when *availability* is
    `SUPPORTED`. *day* is the platform's calendar day of a `DAY` metric, None for the moment of reading.
    """

    metric: MetricName
    platform_name: str
    availability: Availability
    value: float | None = None
    day: date | None = None

    @classmethod
    def of(cls, metric: Metric, value: float | None, day: date | None = None) -> Reading:
        """The platform's number; `NOT_YET` where it gave none."""
        found = Availability.NOT_YET if value is None else Availability.SUPPORTED
        return cls(metric.name, metric.platform_name, found, value, day)

    @classmethod
    def none(cls, metric: Metric, why: Availability, day: date | None = None) -> Reading:
        """There is no number, and *why*."""
        return cls(metric.name, metric.platform_name, why, None, day)


@dataclass(frozen=True, slots=True)
class DeadMetric:
    """A metric that the platform refused although the catalogue has it: for the operator, once."""

    platform_name: str
    platform_code: str = ""


@dataclass(frozen=True, slots=True)
class AccountReadings:
    """What one fetch found about an account. *facts* refresh how it presents itself."""

    readings: tuple[Reading, ...]
    api_version: str
    dead: tuple[DeadMetric, ...] = ()
    facts: AccountFacts | None = None


@dataclass(frozen=True, slots=True)
class KnownPost:
    """A post or story that the server knows already."""

    post_id: str
    kind: PostKind
    published_at: datetime


@dataclass(frozen=True, slots=True)
class FoundPost:
    """
    A post or story as the platform lists it.

    *post_id* is the id that the platform's API takes. *url* is the public address, without tracking.
    *text* is the caption or title, for finding hashtags and mentions. *ends_at*: when a story vanishes.
    *readings* are the numbers that the listing brought along.
    """

    post_id: str
    kind: PostKind
    published_at: datetime
    url: str | None = None
    text: str = ""
    thumbnail_url: str | None = None
    ends_at: datetime | None = None
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class PostPage:
    """One page of a listing, newest first. *after* fetches the next; None on the last."""

    posts: tuple[FoundPost, ...]
    api_version: str
    after: str | None = None
    dead: tuple[DeadMetric, ...] = ()


@dataclass(frozen=True, slots=True)
class PostReadings:
    """What one fetch found about posts, by post id. *gone*: the platform has them no more."""

    by_post: Mapping[str, tuple[Reading, ...]]
    api_version: str
    gone: frozenset[str] = frozenset()
    dead: tuple[DeadMetric, ...] = ()


class Work(enum.StrEnum):
    """The kinds of fetching, as budgets and plans speak of them."""

    ACCOUNT = "ACCOUNT"
    POSTS = "POSTS"
    POST_METRICS = "POST_METRICS"
    STORIES = "STORIES"


@dataclass(frozen=True, slots=True)
class Cost:
    """How many requests of an *operation* one unit of *work* makes (`POST_METRICS`: one batch)."""

    work: Work
    operation: str
    requests: float = 1
    login: str | None = None
    """Where the work costs something else at each login; None for all."""


class MetricFetcher(abc.ABC):
    """
    Fetches a platform's numbers. Keeps no state: one object serves all.

    *metrics* is the catalogue. *hosts* and *operations* are what it talks to beyond the logins' own
    (`Allowance`). *post_batch* is how many posts one `read_posts` may be given, *day_batch* how many days
    one `read_account` (None: any number): an answer has a minute, and some platforms take a call a day.

    Every method may raise what `Login` may (`ReauthorizationRequired`, `AccessTokenRejected`,
    `RateLimited` …). One metric that the platform refuses never fails a fetch: leave it out, go on with
    the others and report it as `dead` (`linkroll_sdk.narrowing` does that).
    """

    metrics: tuple[Metric, ...]
    hosts: frozenset[str] = frozenset()
    operations: tuple[Operation, ...] = ()
    post_batch: int = 1
    day_batch: int | None = None
    costs: tuple[Cost, ...] = ()
    has_stories: bool = False
    listing_has_metrics: bool = False
    """Whether `list_posts` brings every post metric along, so that fresh posts need no `read_posts`."""

    @abc.abstractmethod
    async def read_account(
        self,
        http: Http,
        client: ClientConfig,
        account: LinkedAccount,
        wanted: Sequence[Metric],
        since: date,
        until: date,
    ) -> AccountReadings:
        """
        The account's numbers: `DAY` metrics for each day from *since* to *until* (both included, in the
        platform's calendar), others as of now. A day that the platform does not answer yet is left out or
        `NOT_YET`. Only metrics of *wanted*, which the grant's scopes allow.
        """

    @abc.abstractmethod
    async def list_posts(
        self, http: Http, client: ClientConfig, account: LinkedAccount, since: datetime, after: str | None
    ) -> PostPage:
        """One page of the account's posts published since *since*, newest first, stories left out."""

    @abc.abstractmethod
    async def read_posts(
        self,
        http: Http,
        client: ClientConfig,
        account: LinkedAccount,
        posts: Sequence[KnownPost],
        wanted: Sequence[Metric],
    ) -> PostReadings:
        """The numbers of up to `post_batch` posts or stories. Only metrics of *wanted*."""

    async def list_stories(self, http: Http, client: ClientConfig, account: LinkedAccount) -> PostPage:
        """The stories that live now. Only asked when `has_stories`."""
        raise NotImplementedError("this platform has no stories")

    def catalogue(self, level: Level, login: str, kind: PostKind | None = None) -> list[Metric]:
        """The metrics of a level that *login* can tell, for posts of *kind*."""
        return [
            m
            for m in self.metrics
            if m.level is level and login in m.scopes and (m.kinds is None or kind is None or kind in m.kinds)
        ]


@dataclass(frozen=True, slots=True)
class Retention:
    """
    How long a platform lets its numbers be kept.

    *recheck_days*: they must go unless the link was checked within so many days. *end_days*: they must
    go so many days after the link ended. *request_days*: after the person asked for it.
    None: the platform sets no such limit.
    """

    recheck_days: int | None = None
    end_days: int | None = None
    request_days: int | None = None
    source: str = ""


KEEP_FOREVER = Retention()
