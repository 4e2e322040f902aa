"""
One caller's small question, alone and while another asks the most expensive one without pause.

What is to be fair is the time that the small one waits, so this measures one question at a time. The ratio
compares medians; the worst wait of all is told beside it, and is to stay under half a second.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from benchmarks.load import Round, ask_in_turn, ask_once
from benchmarks.plan import Plan
from benchmarks.processes import Contender, start
from benchmarks.questions import LARGEST, POINT, SMALLEST, Question, Way
from benchmarks.report import Row
from benchmarks.seed import seed
from server.ids import global_id

PROFILES = 5_000
GREEDY = 8
"""Connections on which the other caller asks."""
PAUSE = 0.005
"""Between two small questions: a person's frontend, not a load."""

SMALL = (
    Question("{ __typename }", SMALLEST, [Way({}, "")], 0.02),
    Question("one profile", POINT, [Way({"id": global_id("Profile", 77)}, "")], 0.02),
)


async def rows(plan: Plan) -> AsyncIterator[Row]:
    """The small questions' times alone, over those beside a greedy caller."""
    async with plan.database("fairness") as url:
        await seed(url, PROFILES)
        async with start("linkroll", url) as ours:
            for question in SMALL:
                yield await _beside_a_greedy_one(question, ours, plan)


async def _beside_a_greedy_one(question: Question, ours: Contender, plan: Plan) -> Row:
    (asked,) = question.graphql(ours.other_key)
    pairs: list[tuple[Round, Round]] = []
    for _ in range(plan.rounds):
        alone = await ask_in_turn(ours.port, asked, plan.seconds, PAUSE)
        async with _greedy(ours):
            pairs.append((alone, await ask_in_turn(ours.port, asked, plan.seconds, PAUSE)))
    ratios = [alone.percentile(0.5) / beside.percentile(0.5) for alone, beside in pairs]
    return Row(f"{question.name}, beside a greedy caller", ratios, question.least, _remark(pairs))


def _remark(pairs: list[tuple[Round, Round]]) -> str:
    told = []
    for name, share in (("median", 0.5), ("worst", 1.0)):
        alone, beside = (max(r.percentile(share) for r in side) for side in zip(*pairs, strict=True))
        told.append(f"{name} {alone:.1f} / {beside:.1f} ms")
    return ", ".join(told)


@contextlib.asynccontextmanager
async def _greedy(ours: Contender) -> AsyncIterator[None]:
    """Another caller, who asks for the largest answer there is on several connections without pause."""
    (asked,) = Question("", LARGEST, [Way({}, "")], 0).graphql(ours.key)
    enough = asyncio.Event()

    async def keep_asking() -> None:
        while not enough.is_set():
            await ask_once(ours.port, asked)

    async with asyncio.TaskGroup() as group:
        for _ in range(GREEDY):
            group.create_task(keep_asking())
        await asyncio.sleep(0.5)
        yield
        enough.set()
