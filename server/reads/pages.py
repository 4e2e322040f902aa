"""
Keyset connections: pages that rows coming and going do not shift.

A cursor is the last row's place in the order: the list's name, the sort value as text, and the row id as
tie-breaker. One statement fetches a page for all parents together.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from graphql import GraphQLError

from server.database import Record
from server.reads.reader import Reader
from server.reads.selection import Selected, Selection
from server.reads.sql import Sql
from server.reads.tables import Expression, Relation, Table, build, put, render
from server.schema.types.errors import coded
from server.schema.types.nodes import Connection, Edge, PageInfo

DEFAULT_PAGE = 20
MAX_PAGE = 100


@dataclass(frozen=True, slots=True)
class Order:
    """An order of rows: a SQL expression with its type, never null, and its direction."""

    name: str
    sql: Expression
    cast: str
    descending: bool = False
    """With the expression; the row id follows the same direction."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: *size* rows, forward behind *after* or backward before *before*."""

    size: int
    backward: bool
    after: tuple[str, int] | None
    before: tuple[str, int] | None


@dataclass(frozen=True)
class Listing:
    """
    A list of one table's rows.

    *where* turns the field's arguments into SQL conditions, *orders* picks the order. With *parent* the list
    is of each parent row's: *parent* is the SQL that equals the parent's id, *join* what it takes to say so.
    """

    name: str
    table: Callable[[], Table]
    order: Callable[[Mapping[str, Any]], Order]
    where: Callable[[Reader, Sql, Mapping[str, Any]], list[str]] = field(default=lambda reader, sql, args: [])
    parent: str | None = None
    join: str = ""

    async def load(self, reader: Reader, args: Mapping[str, Any], selection: Selection) -> Any:
        """The connection at a root field."""
        pages = await reader.whole(lambda whole: self._pages(whole, args, selection, [None]))
        return pages[None]

    def relation(self) -> Relation:
        """The connection as a relation of parent rows."""

        async def load(reader: Reader, parents: list[Any], selected: Selected) -> None:
            # Each once: one object can stand in several places, such as a member of two groups.
            ids = list({parent.__dict__["_id"]: None for parent in parents})
            pages = await self._pages(reader, selected.args, selected.of, ids)
            for parent in parents:
                put(parent, selected.key, pages[parent.__dict__["_id"]])

        return Relation(load)

    @property
    def _connection(self) -> str:
        return f"{self.table().type_name}Connection"

    async def _pages(
        self, reader: Reader, args: Mapping[str, Any], selection: Selection, parents: Sequence[int | None]
    ) -> dict[int | None, Any]:
        order = self.order(args)
        page = read_page(args, f"{self.name}:{order.name}")
        wanted = selection.on(self._connection)
        shapes = _Shapes(self.table(), wanted)
        rows: dict[int | None, list[Record]] = {parent: [] for parent in parents}
        if shapes.needs_rows:
            for record in await self._fetch(reader, args, order, page, shapes.fields, parents):
                rows[record["_parent"]].append(record)
        counts = await self._count(reader, args, parents) if shapes.needs_count else {}
        cut = {parent: _Cut(page, found, f"{self.name}:{order.name}") for parent, found in rows.items()}
        await shapes.dress(reader, cut)
        return {
            parent: build(
                Connection,
                {"total_count": counts.get(parent, 0), **shapes.attributes(cut[parent])},
                shapes.children(cut[parent]),
            )
            for parent in parents
        }

    async def _fetch(
        self,
        reader: Reader,
        args: Mapping[str, Any],
        order: Order,
        page: Page,
        fields: list[Selected],
        parents: Sequence[int | None],
    ) -> list[Record]:
        table, sql = self.table(), reader.sql()
        expression = render(order.sql, sql)
        descending = order.descending is not page.backward
        direction = "DESC" if descending else "ASC"
        conditions = self._conditions(reader, sql, args)
        conditions += _place_conditions(sql, expression, order, page)
        inner = (
            f"SELECT {table.select(sql, fields)}, {expression} AS _sort FROM {table.source} {self.join}"
            f" WHERE {' AND '.join(conditions)}"
            f" ORDER BY {expression} {direction}, t.id {direction} LIMIT {page.size + 1}"
        )
        if self.parent is None:
            text = f"SELECT x.*, x._sort::text AS _place, NULL::bigint AS _parent FROM ({inner}) x"
        else:
            ids = sql.value(list(parents), "bigint[]")
            text = (
                f"SELECT x.*, x._sort::text AS _place, p.id AS _parent FROM unnest({ids}) p(id)"
                f" CROSS JOIN LATERAL ({inner}) x"
            )
        try:
            return await reader.fetch(f"{text} ORDER BY x._sort {direction}, x._id {direction}", sql)
        except asyncpg.DataError:
            # A forged cursor: of our form, but its place is no value of this order's type.
            if page.after is None and page.before is None:
                raise
            raise invalid_cursor() from None

    async def _count(
        self, reader: Reader, args: Mapping[str, Any], parents: Sequence[int | None]
    ) -> dict[int | None, int]:
        sql = reader.sql()
        conditions = " AND ".join(self._conditions(reader, sql, args))
        inner = f"SELECT count(*) FROM {self.table().source} {self.join} WHERE {conditions}"
        if self.parent is None:
            text = f"SELECT NULL::bigint AS parent, ({inner}) AS total"
        else:
            ids = sql.value(list(parents), "bigint[]")
            text = f"SELECT p.id AS parent, ({inner}) AS total FROM unnest({ids}) p(id)"
        return {row["parent"]: row["total"] for row in await reader.fetch(text, sql)}

    def _conditions(self, reader: Reader, sql: Sql, args: Mapping[str, Any]) -> list[str]:
        own = [f"{self.parent} = p.id"] if self.parent is not None else []
        return [*own, self.table().visible(reader, sql), *self.where(reader, sql, args)]


def _place_conditions(sql: Sql, expression: str, order: Order, page: Page) -> list[str]:
    found = []
    for place, beyond in ((page.after, not order.descending), (page.before, order.descending)):
        if place is not None:
            value = f"{sql.value(place[0], 'text')}::{order.cast}"
            found.append(
                f"({expression}, t.id) {'>' if beyond else '<'} ({value}, {sql.value(place[1], 'bigint')})"
            )
    return found


class _Shapes:
    """What of a connection was asked for, and the objects for it."""

    def __init__(self, table: Table, wanted: list[Selected]) -> None:
        self._table = table
        names = {s.name for s in wanted}
        edge = f"{table.type_name}Edge"
        self._nodes = [s for s in wanted if s.name == "nodes"]
        self._edges = [(s, s.of.named(edge, "node")) for s in wanted if s.name == "edges"]
        self._places = [*self._nodes, *(node for _, nodes in self._edges for node in nodes)]
        self._shows_place = "page_info" in names
        self.needs_rows = bool(names & {"nodes", "edges", "page_info"})
        self.needs_count = "total_count" in names
        self.fields = [f for place in self._places for f in place.of.on(table.type_name)]
        self._objects: dict[int, dict[int, Any]] = {}

    async def dress(self, reader: Reader, cuts: Mapping[Any, _Cut]) -> None:
        """
        Make the objects of all pages: anew for each place that shows them, `nodes`, `edges { node }` or either
        under a second key, since each may select something else under the same keys.
        """
        records = [record for cut in cuts.values() for record in cut.records]
        for place in self._places:
            objects = await self._table.dress(reader, records, place.of.on(self._table.type_name))
            made = {id(record): made for record, made in zip(records, objects, strict=True)}
            self._objects[id(place)] = made

    def children(self, cut: _Cut) -> dict[str, object]:
        """One page's `nodes` and `edges`, by the keys under which they were asked for."""
        found: dict[str, object] = {}
        for place in self._nodes:
            found[place.key] = [self._objects[id(place)][id(record)] for record in cut.records]
        for place, nodes in self._edges:
            found[place.key] = [self._edge(cut, record, nodes) for record in cut.records]
        return found

    def _edge(self, cut: _Cut, record: Record, nodes: list[Selected]) -> Any:
        children = {node.key: self._objects[id(node)][id(record)] for node in nodes}
        return build(Edge, {"cursor": cut.cursor(record)}, children)

    def attributes(self, cut: _Cut) -> dict[str, object]:
        """One page's place in its list, if it was asked for."""
        return {"page_info": cut.page_info} if self._shows_place else {}


class _Cut:
    """The rows of one page: without the one too many, in the order's own direction."""

    def __init__(self, page: Page, found: list[Record], list_name: str) -> None:
        more = len(found) > page.size
        self.records = found[: page.size][:: -1 if page.backward else 1]
        self._list_name = list_name
        self._has_next = page.before is not None if page.backward else more
        self._has_previous = more if page.backward else page.after is not None

    def cursor(self, record: Record) -> str:
        return write_cursor(self._list_name, record["_place"], record["_id"])

    @property
    def page_info(self) -> PageInfo:
        return PageInfo(
            has_next_page=self._has_next,
            has_previous_page=self._has_previous,
            start_cursor=self.cursor(self.records[0]) if self.records else None,
            end_cursor=self.cursor(self.records[-1]) if self.records else None,
        )


def write_cursor(list_name: str, place: str, row_id: int) -> str:
    """An opaque cursor."""
    # Not escaped: a name of 200 emoji would be six times as long, and longer than `read_cursor` takes.
    inside = json.dumps([list_name, place, row_id], ensure_ascii=False)
    return base64.urlsafe_b64encode(inside.encode()).decode()


def read_cursor(text: str | None, list_name: str) -> tuple[str, int] | None:
    """The place in a cursor of this list; a coded error for any other text."""
    if text is None:
        return None
    try:
        name, place, row_id = json.loads(base64.b64decode(text[:2000], altchars=b"-_", validate=True))
        if name != list_name or not isinstance(place, str) or type(row_id) is not int:
            raise ValueError
        if not 0 <= row_id < 2**63 or "\x00" in place:
            raise ValueError
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise invalid_cursor() from None
    return place, row_id


def invalid_cursor() -> GraphQLError:
    """The error for a cursor that is none of this list's."""
    return coded("INVALID_CURSOR", "This cursor is not one of this list in this order.")


def read_page(args: Mapping[str, Any], list_name: str) -> Page:
    """The page that a field's arguments ask for; a coded error says what is wrong with them."""
    first, last = args.get("first"), args.get("last")
    after, before = args.get("after"), args.get("before")
    if first is not None and last is not None:
        raise coded("INVALID_PAGE", "Give `first` or `last`, not both.")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 1 <= size <= MAX_PAGE:
            raise coded("INVALID_PAGE", f"`{name}` must be between 1 and {MAX_PAGE}.")
    size = first or last or DEFAULT_PAGE
    return Page(size, last is not None, read_cursor(after, list_name), read_cursor(before, list_name))
