"""Chirp's numbers: a platform over real HTTP whose truth a test can set, and the fetcher that reads it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from aiohttp import web
from linkroll_sdk import (
    AccessTokenRejected,
    AccountFacts,
    AccountReadings,
    AccountUrls,
    Address,
    Budget,
    ClientConfig,
    Cost,
    FoundPost,
    Health,
    Http,
    InvalidReason,
    KnownPost,
    Level,
    LimitScope,
    LinkedAccount,
    Measure,
    Metric,
    MetricFetcher,
    MetricName,
    MetricsRefused,
    Narrowed,
    Platform,
    PlatformError,
    PlatformUnavailable,
    PostKind,
    PostPage,
    PostReadings,
    PostRef,
    RateLimited,
    Reading,
    ReauthorizationRequired,
    Request,
    Response,
    Retention,
    Scope,
    UrlResult,
    Usage,
    Window,
    Work,
    ask_narrowing,
)
from linkroll_sdk.metrics import KEEP_FOREVER

from server.platforms import Platforms, Plugin
from support.chirp import ChirpLogin, ChirpUrls

HOST = "api.chirp.example"
HOUR = timedelta(hours=1)
READ, INSIGHTS = frozenset({"read"}), frozenset({"insights"})
SCOPES = ("read", "insights")


def metric(
    name: MetricName,
    level: Level,
    platform_name: str,
    measure: Measure = Measure.TOTAL,
    *,
    scopes: frozenset[str] = READ,
    cadence: timedelta = HOUR,
    **facts: Any,
) -> Metric:
    """A catalogue entry of Chirp."""
    return Metric(name, level, platform_name, measure, {"chirp": scopes}, cadence, **facts)


FOLLOWERS = metric(MetricName.FOLLOWERS, Level.ACCOUNT, "followers", Measure.STATE)
VIEWS = metric(
    MetricName.VIEWS,
    Level.ACCOUNT,
    "views_by_day",
    Measure.DAY,
    history=timedelta(days=90),
    delay=timedelta(days=2),
)
REACH = metric(MetricName.REACH, Level.ACCOUNT, "reach", Measure.STATE, scopes=INSIGHTS, additive=False)
POST_VIEWS = metric(MetricName.VIEWS, Level.POST, "plays")
POST_LIKES = metric(MetricName.LIKES, Level.POST, "hearts", kinds=frozenset({PostKind.IMAGE, PostKind.VIDEO}))
STORY_VIEWS = metric(MetricName.VIEWS, Level.STORY, "story_plays")
STORY_REACH = metric(MetricName.REACH, Level.STORY, "story_reach", scopes=INSIGHTS)
CATALOGUE = (FOLLOWERS, VIEWS, REACH, POST_VIEWS, POST_LIKES, STORY_VIEWS, STORY_REACH)


@dataclass
class ChirpApi:
    """
    What Chirp tells now. *state*, *days*, *posts* and *numbers* are its truth, the rest its moods.

    `asked` holds what was asked, in order.
    """

    state: dict[str, float] = field(default_factory=lambda: {"followers": 100.0, "reach": 50.0})
    days: dict[date, float] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    stories: list[dict[str, Any]] = field(default_factory=list)
    numbers: dict[str, dict[str, float]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    status: int = 200
    failing: set[str] = field(default_factory=set)
    headers: dict[str, str] = field(default_factory=dict)
    page_size: int = 50
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    profile: dict[str, Any] = field(default_factory=dict)
    url: str = ""

    def count(self, operation: str | None = None) -> int:
        """How often it was asked, for *operation* or at all."""
        return sum(1 for name, _ in self.asked if operation in (None, name))

    async def answer(self, request: web.Request) -> web.Response:
        """One answer, over HTTP."""
        operation = request.match_info["operation"]
        self.asked.append((operation, dict(request.query)))
        if self.status != 200 and (not self.failing or operation in self.failing):
            return web.json_response({}, status=self.status, headers=self.headers)
        names = [name for name in request.query.get("metrics", "").split(",") if name]
        if dead := sorted(self.refused.intersection(names)):
            return web.json_response({"refused": dead}, status=400)
        return web.json_response(getattr(self, f"_{operation}")(request, names), headers=self.headers)

    def _account(self, request: web.Request, names: list[str]) -> dict[str, Any]:
        since, until = (date.fromisoformat(request.query[key]) for key in ("since", "until"))
        days = {str(day): value for day, value in self.days.items() if since <= day <= until}
        return {
            **self.profile,
            "numbers": {name: self.state.get(name) for name in names if name != "views_by_day"},
            "days": days if "views_by_day" in names else {},
        }

    def _posts(self, request: web.Request, names: list[str]) -> dict[str, Any]:
        since = request.query["since"]
        found = sorted((p for p in self.posts if p["at"] >= since), key=lambda p: p["at"], reverse=True)
        first = int(request.query.get("after", 0))
        more = first + self.page_size < len(found)
        return {
            "posts": found[first : first + self.page_size],
            "after": str(first + self.page_size) if more else None,
        }

    def _stories(self, request: web.Request, names: list[str]) -> dict[str, Any]:
        return {"posts": self.stories, "after": None}

    def _numbers(self, request: web.Request, names: list[str]) -> dict[str, Any]:
        ids = request.query["ids"].split(",")
        return {
            key: {n: self.numbers[key].get(n) for n in names if n in self.numbers[key]}
            for key in ids
            if key in self.numbers
        }

    def publish(self, key: str, at: datetime, text: str = "", kind: str = "IMAGE", **numbers: float) -> None:
        """A post, with its numbers."""
        url = f"https://chirp.example/mara/status/{key}"
        self.posts.append({"id": key, "at": at.isoformat(), "text": text, "kind": kind, "url": url})
        self.numbers[key] = numbers

    def tell_story(self, key: str, at: datetime, **numbers: float) -> None:
        """A story that lives for a day."""
        self.stories.append({"id": key, "at": at.isoformat(), "text": "", "kind": "STORY", "url": None})
        self.numbers[key] = numbers


class MetricsUrls(ChirpUrls):
    """Chirp's addresses with posts: `chirp.example/name/status/id`."""

    def parse(self, address: Address) -> UrlResult:
        if len(address.segments) == 3 and address.segments[1] == "status":
            return PostRef(f"key-{address.segments[2]}")
        return super().parse(address)


class MetricsLogin(ChirpLogin):
    """Chirp's login with two scopes, and what its refusals mean."""

    scopes = (
        Scope("read", "Reads the account.", "See your account", frozenset({"chirp"})),
        Scope("insights", "Reads more numbers.", "See your insights", frozenset()),
    )

    def __init__(self, *budgets: Budget) -> None:
        self.budgets = budgets

    async def probe(self, http: Http, client: ClientConfig, account: LinkedAccount) -> Health:
        return Health()

    def usage(self, response: Response) -> Sequence[Usage]:
        told = response.headers.get("x-usage")
        return [Usage("calls", float(told))] if told else []

    def classify(self, response: Response, operation: str) -> PlatformError | None:
        wait = response.headers.get("retry-after")
        if response.status == 429:
            scope = LimitScope(response.headers.get("x-limit", "ACCOUNT"))
            return RateLimited(float(wait) if wait else None, operation=operation, scope=scope)
        if response.status >= 500:
            return PlatformUnavailable(operation=operation)
        if response.status == 401:
            return AccessTokenRejected(InvalidReason.EXPIRED, operation=operation)
        if response.status == 403:
            return ReauthorizationRequired(InvalidReason.ACCESS_REVOKED, operation=operation)
        return None


@dataclass
class ChirpFetcher(MetricFetcher):
    """Reads Chirp. Tests change the part that they are about."""

    metrics = CATALOGUE
    hosts = frozenset({HOST})
    costs = (
        Cost(Work.ACCOUNT, "account"),
        Cost(Work.POSTS, "posts"),
        Cost(Work.POST_METRICS, "numbers"),
        Cost(Work.STORIES, "stories"),
    )
    post_batch = 10
    has_stories = True
    login: MetricsLogin = field(default_factory=MetricsLogin)

    async def ask(self, http: Http, operation: str, **params: str) -> Any:
        """One answer of Chirp's."""
        request = Request("GET", f"https://{HOST}/{operation}", operation, params=params)
        response = await http.send(request)
        if (error := self.login.classify(response, operation)) is not None:
            raise error
        if response.status == 400:
            raise MetricsRefused(response.json_object()["refused"], operation=operation, platform_code="100")
        return response.json()

    async def read_account(
        self,
        http: Http,
        client: ClientConfig,
        account: LinkedAccount,
        wanted: Sequence[Metric],
        since: date,
        until: date,
    ) -> AccountReadings:
        async def ask(metrics: Sequence[Metric]) -> Any:
            names = ",".join(m.platform_name for m in metrics)
            return await self.ask(http, "account", metrics=names, since=str(since), until=str(until))

        found: Narrowed[Any] = await ask_narrowing(wanted, ask)
        readings = []
        for answer in found.answers:
            numbers = answer["numbers"]
            readings += [
                Reading.of(m, numbers[m.platform_name]) for m in wanted if m.platform_name in numbers
            ]
            readings += [Reading.of(VIEWS, v, date.fromisoformat(d)) for d, v in answer["days"].items()]
        first = found.answers[0] if found.answers else {}
        facts = AccountFacts(handle=first.get("handle"), followers=first.get("followers"))
        return AccountReadings(tuple(readings), "v1", tuple(found.dead), facts)

    async def list_posts(
        self, http: Http, client: ClientConfig, account: LinkedAccount, since: datetime, after: str | None
    ) -> PostPage:
        params = {"since": since.isoformat(), **({"after": after} if after else {})}
        return self.page(await self.ask(http, "posts", **params))

    async def list_stories(self, http: Http, client: ClientConfig, account: LinkedAccount) -> PostPage:
        return self.page(await self.ask(http, "stories"))

    def page(self, answer: Any) -> PostPage:
        """A page of a listing."""
        posts = [
            FoundPost(p["id"], PostKind(p["kind"]), datetime.fromisoformat(p["at"]), p["url"], p["text"])
            for p in answer["posts"]
        ]
        return PostPage(tuple(posts), "v1", answer["after"])

    async def read_posts(
        self,
        http: Http,
        client: ClientConfig,
        account: LinkedAccount,
        posts: Sequence[KnownPost],
        wanted: Sequence[Metric],
    ) -> PostReadings:
        ids = [post.post_id for post in posts]

        async def ask(metrics: Sequence[Metric]) -> Any:
            names = ",".join(m.platform_name for m in metrics)
            return await self.ask(http, "numbers", ids=",".join(ids), metrics=names)

        found: Narrowed[Any] = await ask_narrowing(wanted, ask)
        by_post: dict[str, tuple[Reading, ...]] = {}
        for answer in found.answers:
            for key, numbers in answer.items():
                told = [Reading.of(m, numbers[m.platform_name]) for m in wanted if m.platform_name in numbers]
                by_post[key] = (*by_post.get(key, ()), *told)
        return PostReadings(by_post, "v1", frozenset(ids) - by_post.keys(), tuple(found.dead))


def chirp_platforms(
    fetcher: ChirpFetcher | None = None,
    *budgets: Budget,
    retention: Retention = KEEP_FOREVER,
    urls: AccountUrls | None = None,
) -> Platforms:
    """A registry that knows Chirp with its numbers, and nobody else."""
    platform = Platform(
        "chirp",
        "Chirp",
        urls or MetricsUrls(),
        (MetricsLogin(*budgets),),
        fetcher or ChirpFetcher(),
        retention,
    )
    return Platforms((Plugin("chirp", "linkroll-chirp", "1.0", (platform,)),))


@contextlib.asynccontextmanager
async def chirp_api() -> AsyncIterator[ChirpApi]:
    """Chirp, listening."""
    api = ChirpApi()
    app = web.Application()
    app.router.add_get(f"/{HOST}/{{operation}}", api.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.addresses
    api.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield api
    finally:
        await runner.cleanup()


def hour_budget(limit: int | None, **facts: Any) -> Budget:
    """A bucket of Chirp's app."""
    return Budget("calls", Window.HOUR, limit, **facts)
