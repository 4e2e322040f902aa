"""
Charts and pages of numbers: a year of one account, and fifty accounts with their newest numbers.

Beside a bare endpoint, and beside the same questions among a tenth of the accounts: what a chart costs must
not depend on how many other accounts there are.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta

from benchmarks.plan import Plan, connect
from benchmarks.processes import Contender, start
from benchmarks.questions import CHART, NUMBERS, Question, Way
from benchmarks.report import Row
from benchmarks.seed import PLATFORMS, seed
from benchmarks.seed_numbers import DAYS, seed_numbers
from benchmarks.serving import compare, in_turn
from server.ids import global_id
from server.reads.pages import write_cursor

MANY, FULL = 10_000, 100_000
TENTH = 10
LEAST_GROWN = 0.5
"""Far above the tenth that remained if each question cost as much as there are accounts."""
OBJECTS = 100
"""How many accounts, and how many pages, are asked for in turn."""


async def rows(plan: Plan) -> AsyncIterator[Row]:
    """Charts and pages beside a bare endpoint, and among many accounts beside among few."""
    accounts, until = FULL if plan.full else MANY, datetime.now(UTC).date() - timedelta(days=1)
    async with contextlib.AsyncExitStack() as stack:
        large = await _seeded(stack, plan, "charts_many", accounts, until)
        small = await _seeded(stack, plan, "charts_few", accounts // TENTH, until)
        bare, many, few = [
            await stack.enter_async_context(start(which, url))
            for which, url in (("bare", large), ("linkroll", large), ("linkroll", small))
        ]
        asked, as_few = await _questions(large, until), await _questions(small, until)
        for question, same in zip(asked, as_few, strict=True):
            yield await compare(question, many, bare, plan)
            yield await _growth(question, same, (many, few), accounts, plan)


async def _seeded(stack: contextlib.AsyncExitStack, plan: Plan, name: str, accounts: int, until: date) -> str:
    """The URL of a database with a year of numbers."""
    url = await stack.enter_async_context(plan.database(name))
    await seed(url, accounts // len(PLATFORMS))
    await seed_numbers(url, until)
    return url


async def _questions(url: str, until: date) -> list[Question]:
    async with connect(url) as connection:
        found = await connection.fetch(
            "SELECT id FROM social_account WHERE platform = 'instagram' ORDER BY id"
        )
    ids = _spread([row["id"] for row in found])
    since = until - timedelta(days=DAYS - 1)
    return [
        Question("a year of one account's days", CHART, [_chart(key, since, until) for key in ids], 0.15),
        Question("50 accounts with their newest numbers", NUMBERS, [_page(key) for key in ids[:-1]], 0.08),
    ]


def _spread(ids: Sequence[int]) -> list[int]:
    """Some of them, evenly."""
    return [ids[n * len(ids) // OBJECTS] for n in range(OBJECTS)]


def _chart(key: int, since: date, until: date) -> Way:
    variables = {"id": global_id("SocialAccount", key), "from": str(since), "to": str(until)}
    return Way(variables, f"/chart/{key}/{since}/{until}")


def _page(key: int) -> Way:
    return Way({"after": write_cursor("socialAccounts:oldest", str(key), key)}, f"/numbers/{key}")


async def _growth(
    question: Question, same: Question, sides: tuple[Contender, Contender], accounts: int, plan: Plan
) -> Row:
    """Linkroll among many accounts, over linkroll among a tenth of them."""
    many, few = sides
    name = f"  among {accounts:,}, over among {accounts // TENTH:,}"
    return await in_turn(
        name, LEAST_GROWN, (many, question.graphql(many.key)), (few, same.graphql(few.key)), plan
    )
