"""Questions to the API beside a bare endpoint: one profile, and a page of profiles."""

from __future__ import annotations

import statistics
from collections.abc import AsyncIterator

import orjson

from benchmarks.load import Round, ask_once, run_round
from benchmarks.plan import Plan
from benchmarks.processes import Contender, start
from benchmarks.questions import PAGE, POINT, Question, Way
from benchmarks.report import Row
from benchmarks.seed import seed
from server.ids import global_id

PROFILES = 5_000
CHECKED = 3
"""About how many objects the answers are compared."""

QUESTIONS = (
    Question(
        "one profile with its accounts", POINT, [Way({"id": global_id("Profile", 77)}, "/point/77")], 0.15
    ),
    Question("50 profiles with their accounts", PAGE, [Way({}, "/page")], 0.08),
)


async def rows(plan: Plan) -> AsyncIterator[Row]:
    """Requests per second of linkroll, over those of a bare endpoint on the same roster."""
    async with plan.database("serving") as url:
        await seed(url, PROFILES)
        async with start("linkroll", url) as ours, start("bare", url) as bare:
            for question in QUESTIONS:
                yield await compare(question, ours, bare, plan)


async def compare(question: Question, ours: Contender, bare: Contender, plan: Plan) -> Row:
    """Measure one question on both sides in turn."""
    graphql, plain = question.graphql(ours.key), question.plain()
    for one, other in zip(graphql[:CHECKED], plain[:CHECKED], strict=True):
        mine, theirs = await ask_once(ours.port, one), await ask_once(bare.port, other)
        if orjson.loads(mine) != orjson.loads(theirs):
            raise SystemExit(f"{question.name}: the two sides answer differently:\n{mine!r}\n{theirs!r}")
    return await in_turn(question.name, question.least, (ours, graphql), (bare, plain), plan)


async def in_turn(
    name: str,
    least: float,
    ours: tuple[Contender, list[bytes]],
    other: tuple[Contender, list[bytes]],
    plan: Plan,
) -> Row:
    """Ask both contenders in rounds, each their own requests."""
    pairs: list[tuple[Round, Round]] = []
    for _ in range(plan.rounds):
        one, two = [await run_round(who.port, asked, plan.seconds) for who, asked in (ours, other)]
        pairs.append((one, two))
    ratios = [one.per_second / two.per_second for one, two in pairs]
    p99 = [statistics.median(r.percentile(0.99) for r in side) for side in zip(*pairs, strict=True)]
    return Row(name, ratios, least, f"p99 {p99[0]:.1f} / {p99[1]:.1f} ms")
