"""What operations weigh: everything that their answers could hold, lists multiplied, in one pass."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_introspection_query,
    parse,
)

from server.documents.list_sizes import USUAL_LIST, USUAL_METRICS
from server.documents.weights import ENDLESS, Scales, Weight
from support.schema import committed_schema

SCALES = Scales(committed_schema())


def weigh(query: str, **variables: Any) -> Weight:
    """The weight of the one operation."""
    document = parse(query)
    (operation,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    return SCALES.weigh(document, operation, variables)


def fan(levels: int) -> str:
    """A kilobyte that stands for 2 to the power of *levels* fields."""
    doubles = "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }} " for n in range(levels))
    return f"{{ ...F0 }} {doubles} fragment F{levels} on Query {{ __typename }}"


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        ("{ viewer { name } }", {}, 2),
        ("{ viewer { name role } }", {}, 3),
        ("{ viewer { ...on Viewer { name } } }", {}, 2),
        ("{ viewer { ...F } } fragment F on Viewer { name role }", {}, 3),
        # One for the connection, one for its object, one for the count.
        ("{ profiles { totalCount } }", {}, 3),
        # A page's rows are one each, beside what is on them.
        ("{ profiles(first: 7) { nodes { id } } }", {}, 2 + 1 + 7 * 2),
        ("{ profiles(last: 7) { nodes { id } } }", {}, 2 + 1 + 7 * 2),
        ("{ profiles { nodes { id } } }", {}, 2 + 1 + 20 * 2),
        (
            "{ profiles(first: 7) { ...F } } fragment F on ProfileConnection { nodes { id } }",
            {},
            2 + 1 + 7 * 2,
        ),
        ("query ($n: Int) { profiles(first: $n) { nodes { id } } }", {"n": 7}, 2 + 1 + 7 * 2),
        ("query ($n: Int) { profiles(first: $n) { nodes { id } } }", {}, 2 + 1 + 20 * 2),
        # Out of bounds is the resolver's to refuse; here it counts as the bound.
        ("{ profiles(first: 99999999999999999999) { nodes { id } } }", {}, 2 + 1 + 100 * 2),
        ("{ profiles(first: -1) { nodes { id } } }", {}, 2 + 1 + 2),
        ("query ($n: Int) { profiles(first: $n) { nodes { id } } }", {"n": "x"}, 2 + 1 + 20 * 2),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a", "b", "c"]}, 1 + 3 * 2),
        ('{ nodes(ids: ["a", "b"]) { id } }', {}, 1 + 2 * 2),
        ("{ platforms { key } }", {}, 1 + USUAL_LIST * 2),
    ],
)
def test_a_cost_is_the_most_values_that_the_answer_can_hold(
    query: str, variables: dict[str, Any], cost: int
) -> None:
    assert weigh(query, **variables).cost == cost


def test_lists_in_lists_multiply() -> None:
    inner = "socialAccounts(first: 100) { nodes { id } }"
    one, many = (
        weigh(f"{{ profiles(first: 1) {{ nodes {{ {inner} }} }} }}"),
        weigh(f"{{ profiles(first: 100) {{ nodes {{ {inner} }} }} }}"),
    )

    assert many.cost > 99 * (one.cost - 10)


def test_a_chart_costs_its_days() -> None:
    query = """query ($from: Date, $to: Date, $names: [MetricName!]) { socialAccount(id: "x") {
      metrics(names: $names, from: $from, to: $to, granularity: DAY) { points { value } } } }"""
    week = weigh(query, **{"from": "2026-01-01", "to": "2026-01-07", "names": ["VIEWS"]}).cost
    year = weigh(query, **{"from": "2025-01-01", "to": "2025-12-31", "names": ["VIEWS"]}).cost
    every = weigh(query, **{"from": "2026-01-01", "to": "2026-01-07"}).cost

    assert year - week == (365 - 7) * 2
    assert every > (USUAL_METRICS - 1) * 7 * 2


def test_depth_counts_fields_and_not_fragments() -> None:
    plain, wrapped = (
        weigh("{ viewer { profile { id } } }"),
        weigh("{ ... { viewer { ... { profile { id } } } } }"),
    )

    assert plain.depth == wrapped.depth == 3


def test_aliases_and_directives_count_as_often_as_their_fragment_is_spread() -> None:
    query = "{ a: viewer { ...F } b: viewer { ...F } } fragment F on Viewer { c: name @skip(if: false) }"

    weight = weigh(query)

    assert (weight.aliases, weight.directives) == (4, 2)


@pytest.mark.parametrize("levels", [24, 60, 90])
def test_a_fan_of_fragments_is_weighed_by_its_length_not_by_what_it_stands_for(levels: int) -> None:
    """Walked once a spread, the largest of these would outlast the universe."""
    assert weigh(fan(levels)).cost == min(2**levels, ENDLESS)


def test_a_fragment_in_a_circle_comes_to_an_end() -> None:
    assert (
        weigh("{ ...F } fragment F on Query { viewer { name } ...G } fragment G on Query { ...F }").cost == 2
    )


def test_introspection_is_counted_by_itself() -> None:
    weight = weigh(get_introspection_query())

    assert weight.cost == 0
    assert weight.depth == 15
    assert 20_000 < weight.schema_cost < 200_000


def test_a_change_costs_more_than_its_answer() -> None:
    weight = weigh('mutation { removeProfile(input: {id: "x"}) { __typename } }')

    assert weight.cost > 50


def test_every_field_that_pages_multiplies_what_is_on_its_rows() -> None:
    """A list that nobody counts would be a way around the limit."""
    paging = [
        (kind, name)
        for kind in committed_schema().type_map.values()
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType))
        for name, field in kind.fields.items()
        if "first" in field.args
    ]

    unbounded = [
        f"{kind.name}.{name}"
        for kind, name in paging
        if SCALES._rules[kind.name][name].page is None
        or not SCALES._rules[SCALES._rules[kind.name][name].kind]["nodes"].is_paged
    ]

    assert len(paging) > 10
    assert unbounded == []
