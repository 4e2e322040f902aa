"""
From rows to schema objects: the engine of the read path.

A `Table` says, for one schema type, which SQL stands behind each field and how its relations load. A level
of a query is one statement for all parents together, with just the selected columns; a record then becomes
the schema type itself, without a constructor. So the number of statements depends on the query, never on
the rows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from server.database import Record
from server.ids import global_id
from server.reads.reader import Reader, Torn
from server.reads.selection import Selected, Selection
from server.reads.sql import Sql
from server.schema.types.nodes import child_key

Expression = str | Callable[[Sql], str]


@dataclass(frozen=True, slots=True)
class Column:
    """What stands behind a field: SQL over the row `t`, and what makes the field's value of it."""

    sql: Expression
    convert: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """
    How a field's children load for all parents at once.

    *needs* are columns the loader wants on the parents (hidden names begin with `_`). The loader
    puts the children on each parent with `put`.
    """

    load: Callable[[Reader, list[Any], Selected], Awaitable[None]]
    needs: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """The SQL behind one schema type. *visible* is the ownership rule, put into every statement."""

    type_name: str
    kind: type
    source: str
    columns: Mapping[str, Column]
    relations: Mapping[str, Relation]
    visible: Callable[[Reader, Sql], str]
    key_type: str = "bigint"
    always: Mapping[str, Expression] = field(default_factory=dict)
    """Hidden columns that every read of this table brings along."""

    def select(self, sql: Sql, fields: Iterable[Selected]) -> str:
        """The select list for *fields*: their columns, and what their relations need."""
        wanted: dict[str, Expression] = {"_id": "t.id", **self.always}
        for selected in fields:
            if selected.name in self.columns:
                wanted[selected.name] = self.columns[selected.name].sql
            elif selected.name in self.relations:
                wanted.update(self.relations[selected.name].needs)
        return ", ".join(f"{render(expression, sql)} AS {name}" for name, expression in wanted.items())

    async def dress(self, reader: Reader, records: Sequence[Record], fields: list[Selected]) -> list[Any]:
        """The records as schema objects, with everything below them loaded."""
        # Each once: a field may be asked for under several keys.
        converts = {
            f.name: convert
            for f in fields
            if f.name in self.columns and (convert := self.columns[f.name].convert)
        }
        shows_id = any(f.name == "id" for f in fields)
        objects = [self._dress(record, converts.items(), shows_id) for record in records]
        if objects:
            for selected in fields:
                if selected.name in self.relations:
                    await self.relations[selected.name].load(reader, objects, selected)
        return objects

    def _dress(
        self, record: Record, converts: Iterable[tuple[str, Callable[[Any], Any]]], shows_id: bool
    ) -> Any:
        dressed: Any = object.__new__(self.kind)
        attributes = dressed.__dict__
        attributes.update(record)
        for name, convert in converts:
            attributes[name] = convert(attributes[name])
        if shows_id:
            attributes["id"] = global_id(self.type_name, attributes["_id"])
        return dressed

    async def by_ids(
        self, reader: Reader, ids: Iterable[int | UUID | None], selection: Selection
    ) -> dict[Any, Any]:
        """The visible objects among *ids*, by id. One statement."""
        wanted = sorted({i for i in ids if i is not None}, key=str)
        if not wanted:
            return {}
        return await reader.whole(lambda whole: self._by_ids(whole, wanted, selection))

    async def _by_ids(
        self, reader: Reader, wanted: Sequence[int | UUID], selection: Selection
    ) -> dict[Any, Any]:
        fields, sql = selection.on(self.type_name), reader.sql()
        text = (
            f"SELECT {self.select(sql, fields)} FROM {self.source}"
            f" WHERE t.id = ANY({sql.value(wanted, self.key_type + '[]')}) AND {self.visible(reader, sql)}"
        )
        records = await reader.fetch(text, sql)
        objects = await self.dress(reader, records, fields)
        return {record["_id"]: dressed for record, dressed in zip(records, objects, strict=True)}

    async def by_id(self, reader: Reader, row_id: int | UUID | None, selection: Selection) -> Any | None:
        """The object with this id if it is visible, else None."""
        return (await self.by_ids(reader, [row_id], selection)).get(row_id)


def render(expression: Expression, sql: Sql) -> str:
    """The expression's text, with its placeholders."""
    return expression if isinstance(expression, str) else expression(sql)


def owned_by(column: str) -> Callable[[Reader, Sql], str]:
    """The ownership rule of rows that belong to the profile in *column*: a creator sees only their own."""

    def visible(reader: Reader, sql: Sql) -> str:
        if reader.viewer.sees_roster:
            return "true"
        return f"{column} = {sql.value(reader.viewer.profile_id, 'bigint')}"

    return visible


def put(parent: object, key: str, child: object) -> None:
    """Hang a loaded child on its parent."""
    parent.__dict__[child_key(key)] = child


def to_one(table: Callable[[], Table], column: str, *, is_certain: bool = False) -> Relation:
    """
    A relation to the one object that *column* (on the parent) names, or to None.

    *is_certain*: a parent without it cannot be. `Torn` where there seems to be one.
    """
    hidden = f"_{column.rpartition('.')[2]}"

    async def load(reader: Reader, parents: list[Any], selected: Selected) -> None:
        found = await table().by_ids(reader, (p.__dict__[hidden] for p in parents), selected.of)
        if is_certain and reader.snapshot is None and any(p.__dict__[hidden] not in found for p in parents):
            raise Torn
        for parent in parents:
            put(parent, selected.key, found.get(parent.__dict__[hidden]))

    return Relation(load, {hidden: column})


def build(kind: type, attributes: Mapping[str, object], children: Mapping[str, object] | None = None) -> Any:
    """An object of a schema type that is no row: its attributes, and its children by response key."""
    made: Any = object.__new__(kind)
    made.__dict__.update(attributes)
    for key, child in (children or {}).items():
        put(made, key, child)
    return made
