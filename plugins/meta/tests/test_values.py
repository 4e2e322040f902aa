"""Single values, read leniently: what is none is None, never 0 and never an error."""

from typing import Any

import pytest
from linkroll_meta.insights import is_counted, items_of, points_of
from linkroll_meta.values import count, number, objects, string


@pytest.mark.parametrize(("told", "value"), [(0, 0.0), (5, 5.0), (-1, -1.0), (2.5, 2.5), (2**53, 2.0**53)])
def test_a_number_is_read(told: object, value: float) -> None:
    assert number(told) == value


@pytest.mark.parametrize("told", [None, True, "5", [], {}, float("nan"), float("inf"), 2**53 + 1, 10**400])
def test_what_is_no_number_is_none(told: object) -> None:
    assert number(told) is None


@pytest.mark.parametrize(("told", "text"), [("a", "a"), (5, "5"), (0, "0")])
def test_a_text_is_read_and_an_id_may_be_a_number(told: object, text: str) -> None:
    assert string(told) == text


@pytest.mark.parametrize("told", [None, "", True, 5.0, ["a"], {"a": 1}])
def test_what_is_no_text_is_none(told: object) -> None:
    assert string(told) is None


@pytest.mark.parametrize(
    ("told", "value"), [(0, 0), (5, 5), (-1, None), (True, None), ("5", None), (5.0, None)]
)
def test_only_a_whole_number_from_0_on_is_a_count(told: object, value: int | None) -> None:
    assert count(told) == value


@pytest.mark.parametrize("told", [None, 5, "x", {"a": 1}, [], [5, None, "x", []]])
def test_a_list_of_nothing_that_we_know_is_empty(told: object) -> None:
    assert objects(told) == []
    assert items_of({"data": told}) == points_of({"values": told}) == []


def test_the_objects_of_a_list_keep_their_order() -> None:
    assert objects([{"a": 1}, 5, {"b": 2}]) == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("point", "counted"),
    [
        ({"value": 0}, True),
        ({"value": 0, "end_time": None}, True),
        ({"value": 0, "end_time": "2026-05-18T07:00:00+0000"}, True),
        ({"value": 0, "end_time": "1970-01-02T00:00:00+0000"}, False),
        ({"value": 0, "end_time": "soon"}, False),
    ],
    ids=["no end", "empty end", "a day", "1970", "odd end"],
)
def test_a_value_that_ends_in_1970_is_not_counted_yet(point: dict[str, Any], counted: bool) -> None:
    assert is_counted(point) is counted
