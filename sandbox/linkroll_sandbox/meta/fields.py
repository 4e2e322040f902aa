"""
Field selection: `fields=id,picture.type(large){url}` picks what an answer holds.

A node type is a catalogue from field name to a function of the node; a function that answers None
leaves its field out, as Meta does. What a function answers may itself be a node, a list of nodes, or an
edge that wants to know how it was asked.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from linkroll_sandbox.meta.errors import GraphError

Catalogue = Mapping[str, Callable[[Any], Any]]
_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|[{},]|\.\w+\([^)]*\))\s*")


@dataclass(frozen=True)
class Field:
    """A wanted field, with the fields wanted inside it."""

    name: str
    inside: tuple["Field", ...] | None = None
    #: `insights.metric(a,b).period(day)` → metric and period.
    options: tuple[tuple[str, str], ...] = ()


def parse_fields(text: str) -> tuple[Field, ...]:
    """Read a `fields` parameter. Raises code 2500 for text that does not parse."""
    words = _words(text)
    found = _list(words)
    if words:
        raise _unparsable(text)
    return found


def _words(text: str) -> list[str]:
    words, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unparsable(text)
        words.append(match[1])
        at = match.end()
    return words


def _list(words: list[str]) -> tuple[Field, ...]:
    found = []
    while words and words[0] != "}":
        found.append(_one(words))
        if words and words[0] == ",":
            words.pop(0)
    return tuple(found)


def _one(words: list[str]) -> Field:
    name = words.pop(0)
    if not name[0].isalpha() and name[0] != "_":
        raise _unparsable(name)
    options = _options(words)
    if not words or words[0] != "{":
        return Field(name, options=options)
    words.pop(0)
    inside = _list(words)
    if not words or words.pop(0) != "}":
        raise _unparsable(name)
    return Field(name, inside, options)


def _options(words: list[str]) -> tuple[tuple[str, str], ...]:
    found = []
    while words and words[0].startswith("."):
        option, _, value = words.pop(0)[1:-1].partition("(")
        found.append((option, value))
    return tuple(found)


def _unparsable(text: str) -> GraphError:
    return GraphError(2500, f"Syntax error: could not parse the query near '{text[:40]}'")


def select(
    node: Any, catalogue: Catalogue, wanted: tuple[Field, ...], node_type: str, kind: str = "OAuthException"
) -> dict[str, Any]:
    """The wanted fields of *node*. One unknown field fails the whole call with code 100."""
    unknown = next((one.name for one in wanted if one.name not in catalogue), None)
    if unknown is not None:
        raise GraphError.unknown_field(unknown, node_type, kind)
    values = {one.name: _value(catalogue[one.name](node), one) for one in wanted}
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class Node:
    """A value that is itself a node: its fields come from its own catalogue."""

    item: Any
    catalogue: Catalogue
    node_type: str
    default: str = "id"
    #: `picture{url}` answers `{"data": {"url": …}}`.
    wrapped: bool = False


@dataclass(frozen=True)
class NodeList:
    """Several nodes of one type: `children{id}` answers `{"data": [{"id": …}]}`."""

    items: tuple[Any, ...]
    catalogue: Catalogue
    node_type: str
    default: str = "id"


@dataclass(frozen=True)
class Edge:
    """A value that depends on how it was asked for."""

    answer: Callable[[Field], Any]


def _value(value: Any, field: Field) -> Any:
    if isinstance(value, Edge):
        return value.answer(field)
    if not isinstance(value, Node | NodeList):
        return value
    wanted = field.inside or parse_fields(value.default)
    if isinstance(value, NodeList):
        found = [select(one, value.catalogue, wanted, value.node_type) for one in value.items]
        return {"data": found}
    inside = select(value.item, value.catalogue, wanted, value.node_type)
    return {"data": inside} if value.wrapped else inside
