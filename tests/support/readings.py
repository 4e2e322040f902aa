"""Readings, posts and plans put straight into the tables, and made-up platforms whose catalogues fit the tests."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from linkroll_sdk import (
    AccountReadings,
    Address,
    Budget,
    Cost,
    Definition,
    Level,
    Measure,
    Metric,
    MetricFetcher,
    MetricName,
    NotAnAccount,
    NotAnAccountKind,
    Platform,
    PostKind,
    PostPage,
    PostReadings,
    PostRef,
    ProfileRef,
    Scope,
    Unit,
    UrlResult,
    Window,
    Work,
)

from server.host import Host
from server.ids import global_id, row_id
from server.platforms import Platforms, Plugin
from server.services.polling.partitions import ensure_months
from server.services.polling.recording import CHANNEL
from support.chirp import ChirpLogin, ChirpUrls
from support.server import Server, StartServer

SERIAL = itertools.count(1)
DAY = timedelta(days=1)
READ = frozenset({"read"})
NEW_MEANING = Definition("2", date(2026, 1, 10), "Counts every play, also of one second.")


def _metric(name: MetricName, level: Level, word: str, measure: Measure, **more: Any) -> Metric:
    scopes = more.pop("scopes", {"chirp": READ})
    return Metric(name, level, word, measure, scopes, cadence=timedelta(hours=6), **more)


CHIRP = (
    _metric(
        MetricName.VIEWS,
        Level.ACCOUNT,
        "plays",
        Measure.DAY,
        history=30 * DAY,
        delay=2 * DAY,
        definitions=(Definition("1"), NEW_MEANING),
        description="How often chirps were played.",
        source="chirp sheet 1",
    ),
    _metric(MetricName.REACH, Level.ACCOUNT, "listeners", Measure.DAY, additive=False, history=30 * DAY),
    _metric(MetricName.FOLLOWERS, Level.ACCOUNT, "flock", Measure.STATE),
    _metric(
        MetricName.LIKES, Level.ACCOUNT, "hearts", Measure.TOTAL, scopes={"chirp": frozenset({"insights"})}
    ),
    _metric(MetricName.CLICKS, Level.ACCOUNT, "taps", Measure.DAY, scopes={"chirp_business": READ}),
    _metric(MetricName.VIEWS, Level.POST, "plays", Measure.TOTAL),
    _metric(MetricName.SAVES, Level.POST, "keeps", Measure.TOTAL, kinds=frozenset({PostKind.IMAGE})),
    _metric(
        MetricName.AVERAGE_WATCH_TIME,
        Level.POST,
        "mean_length",
        Measure.TOTAL,
        additive=False,
        unit=Unit.MILLISECONDS,
    ),
    _metric(MetricName.REACH, Level.STORY, "listeners", Measure.TOTAL, additive=False),
)
PEEP = (
    _metric(MetricName.FOLLOWERS, Level.ACCOUNT, "peepers", Measure.STATE, scopes={"peep": READ}),
    _metric(MetricName.VIEWS, Level.ACCOUNT, "all_views", Measure.TOTAL, scopes={"peep": READ}),
)
"""Peep counts views in total, where Chirp counts them by the day."""


class Catalogue(MetricFetcher):
    """A catalogue whose numbers nobody fetches."""

    costs = (Cost(Work.ACCOUNT, "read_account", 2),)

    def __init__(self, metrics: tuple[Metric, ...]) -> None:
        self.metrics = metrics

    async def read_account(self, *_: Any) -> AccountReadings:
        raise NotImplementedError

    async def list_posts(self, *_: Any) -> PostPage:
        raise NotImplementedError

    async def read_posts(self, *_: Any) -> PostReadings:
        raise NotImplementedError


class ChirpPostUrls(ChirpUrls):
    """Chirp's addresses: an account's `chirp.example/name`, a post's `chirp.example/name/chirps/1`."""

    def parse(self, address: Address) -> UrlResult:
        match address.segments:
            case (handle, "chirps", number):
                return PostRef(number, ProfileRef(handle=handle))
            case (handle,):
                return ProfileRef(handle=handle)
            case _:
                return NotAnAccount(NotAnAccountKind.COLLECTION, "This is a collection.")


class MeteredLogin(ChirpLogin):
    """Chirp's login, with a quota."""

    budgets = (Budget("calls", Window.DAY, 16, source="chirp sheet 2"),)


class PeepLogin(ChirpLogin):
    """Peep's login."""

    key = "peep"
    name = "Peep"
    serves = frozenset({"peep"})
    scopes = (Scope("read", "Reads the account.", "See your account", serves),)


class PeepUrls(ChirpUrls):
    """Peep's addresses."""

    domains = frozenset({"peep.example"})


async def serve_metrics(
    start_server: StartServer, *, beside: Sequence[Plugin] = (), **changes: Any
) -> Server:
    """A server that knows Chirp and Peep with their catalogues, and the platforms of the plugins *beside* them."""
    chirp = Platform("chirp", "Chirp", ChirpPostUrls(), (MeteredLogin(),), metrics=Catalogue(CHIRP))
    peep = Platform("peep", "Peep", PeepUrls(), (PeepLogin(),), metrics=Catalogue(PEEP))
    plugin = Plugin("birds", "linkroll-birds", "1.0", (chirp, peep))
    return await start_server(platforms=Platforms((plugin, *beside)), **changes)


class Readings:
    """Inserts what the worker would have read. Ids are global ids, as clients know them."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def today(self, days: int = 0) -> date:
        """The server's day, *days* later."""
        return self._host.now().date() + days * DAY

    async def post(self, account: str, kind: str = "VIDEO", **facts: Any) -> str:
        """A post of an account."""
        number, now = next(SERIAL), self._host.now()
        values = {
            "platform": "chirp",
            "platform_post_id": f"post {number}",
            "kind": kind,
            "text": f"Chirp {number}",
            "published_at": now,
            "found_at": now,
            "seen_at": now,
            **facts,
        }
        return global_id("Post", await self._insert("post", account_id=_account(account), **values))

    async def gap(self, account: str, post: str | None = None, reason: str = "LINK_INVALID") -> None:
        """A gap among an account's stories; each later than the one before."""
        begins = self._host.now() + timedelta(seconds=next(SERIAL))
        await self._insert(
            "story_gap",
            account_id=_account(account),
            post_id=row_id(post, "Post") if post else None,
            from_at=begins,
            until_at=begins + DAY,
            reason=reason,
        )

    async def read(
        self,
        account: str,
        metric: str,
        value: float | None,
        day: date | None = None,
        *,
        post: str | None = None,
        at: datetime | None = None,
        availability: str | None = None,
        definition: str = "1",
        level: str = "ACCOUNT",
        word: str | None = None,
    ) -> None:
        """A reading: a snapshot, and the newest word on the metric."""
        found = availability or ("SUPPORTED" if value is not None else "NOT_YET")
        day, at = day or self.today(), at or self._host.now()
        source = await self._source(level, metric, word or metric.lower(), definition)
        values = [
            _account(account),
            row_id(post, "Post") if post else 0,
            metric,
            day,
            at,
            value,
            found,
            source,
        ]
        async with self._host.database.transaction() as transaction:
            await ensure_months(self._host, transaction, [day])
            await transaction.execute(
                "INSERT INTO metric_snapshot VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", *values
            )
            await transaction.execute(
                "INSERT INTO metric_latest AS l VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
                " ON CONFLICT (account_id, post_id, metric) DO UPDATE SET day = EXCLUDED.day,"
                " read_at = EXCLUDED.read_at, value = EXCLUDED.value, availability = EXCLUDED.availability,"
                " source_id = EXCLUDED.source_id WHERE (EXCLUDED.day, EXCLUDED.read_at) >= (l.day, l.read_at)",
                *values,
            )

    async def _source(self, level: str, metric: str, word: str, definition: str) -> int:
        rows = await self._host.database.fetch(
            "INSERT INTO metric_source (platform, login, level, metric, platform_metric, api_version, definition)"
            " VALUES ('chirp', 'chirp', $1, $2, $3, 'v1', $4)"
            " ON CONFLICT (platform, login, level, metric, platform_metric, api_version, definition)"
            " DO UPDATE SET metric = EXCLUDED.metric RETURNING id",
            level,
            metric,
            word,
            definition,
        )
        return int(rows[0]["id"])

    async def recorded(
        self, account: str, profile: str, posts: Sequence[str] = (), work: str = "ACCOUNT"
    ) -> None:
        """An event of the stream, and the word that wakes its subscribers."""
        await self._host.database.fetch(
            "WITH written AS (INSERT INTO metric_event (at, account_id, profile_id, platform, work, post_ids,"
            " readings) VALUES ($1, $2, $3, 'chirp', $4, $5, 7) RETURNING id)"
            " SELECT pg_notify($6, '') FROM written",
            self._host.now(),
            _account(account),
            row_id(profile, "Profile"),
            work,
            [row_id(post, "Post") for post in posts],
            CHANNEL,
        )

    async def plan(self, account: str, work: str, next_at: datetime) -> None:
        """What is read of an account, and when next."""
        await self._host.database.fetch(
            "INSERT INTO poll (account_id, work, platform, next_at) VALUES ($1, $2, 'chirp', $3)",
            _account(account),
            work,
            next_at,
        )

    async def planned(self, account: str) -> dict[str, datetime]:
        """When each work is due."""
        rows = await self._host.database.fetch(
            "SELECT work, next_at FROM poll WHERE account_id = $1", _account(account)
        )
        return {row["work"]: row["next_at"] for row in rows}

    async def notice(self, subject: str, kind: str = "DEAD_METRIC") -> None:
        """A notice for the operator."""
        await self._insert(
            "operator_notice",
            kind=kind,
            subject=subject,
            detail="It is refused.",
            first_seen_at=self._host.now(),
            last_seen_at=self._host.now(),
        )

    async def _insert(self, table: str, **values: Any) -> Any:
        places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
        [row] = await self._host.database.fetch(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id", *values.values()
        )
        return row["id"]


def _account(text: str) -> int | None:
    return row_id(text, "SocialAccount")
