"""Lists, an answer at a time (meta sheet 4.6)."""

from collections.abc import Mapping
from typing import Any

import pytest
from linkroll_meta.lists import MOST_EMPTY, next_cursor, next_entries
from linkroll_sdk import UnexpectedAnswer

NEXT = "https://graph.facebook.com/next?access_token=EAAGsecret"


class Listing:
    """Gives these answers in this order, the last for ever, and notes how it was asked."""

    def __init__(self, *answers: Mapping[str, Any]) -> None:
        self.answers, self.asked = [dict(answer) for answer in answers], list[dict[str, str]]()

    async def ask(self, params: dict[str, str]) -> dict[str, Any]:
        self.asked.append(params)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def page(*ids: str, after: object = None, has_next: bool = True) -> dict[str, Any]:
    paging = {"cursors": {"after": after}, **({"next": NEXT} if has_next else {})}
    return {"data": [{"id": one} for one in ids], "paging": paging}


async def test_the_entries_come_with_the_cursor_behind_them() -> None:
    listing = Listing(page("1", "2", after="c2"))

    assert await next_entries(listing.ask, "posts", "c1") == ([{"id": "1"}, {"id": "2"}], "c2")
    assert listing.asked == [{"limit": "50", "after": "c1"}]


async def test_the_first_call_names_no_cursor() -> None:
    listing = Listing(page("1", after="c2"))

    await next_entries(listing.ask, "posts", None)

    assert listing.asked == [{"limit": "50"}]


async def test_the_last_answer_ends_the_list_though_it_has_a_cursor() -> None:
    listing = Listing(page("1", after="c2", has_next=False))

    assert await next_entries(listing.ask, "posts", None) == ([{"id": "1"}], None)


async def test_an_empty_answer_with_a_next_is_followed() -> None:
    listing = Listing(page(after="c1"), page(after="c2"), page("1", after="c3"))

    assert await next_entries(listing.ask, "posts", None) == ([{"id": "1"}], "c3")
    assert [one.get("after") for one in listing.asked] == [None, "c1", "c2"]


async def test_endless_empty_answers_end() -> None:
    listing = Listing(*(page(after=f"c{n}") for n in range(MOST_EMPTY + 5)))

    assert await next_entries(listing.ask, "posts", None) == ([], None)
    assert len(listing.asked) == MOST_EMPTY


@pytest.mark.parametrize("ids", [(), ("1",)], ids=["empty", "full"])
async def test_a_cursor_that_does_not_move_ends_the_list(ids: tuple[str, ...]) -> None:
    listing = Listing(page(*ids, after="c1"))

    entries, following = await next_entries(listing.ask, "posts", "c1")

    assert ([one["id"] for one in entries], following) == (list(ids), None)
    assert len(listing.asked) == 1


async def test_what_is_no_object_is_no_entry() -> None:
    listing = Listing({"data": [5, None, {"id": "1"}, "x"]})

    assert await next_entries(listing.ask, "posts", None) == ([{"id": "1"}], None)


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"data": {"id": "1"}}])
async def test_an_answer_without_data_is_no_empty_list(answer: dict[str, Any]) -> None:
    """An empty list would say that there are no posts."""
    with pytest.raises(UnexpectedAnswer) as caught:
        await next_entries(Listing(answer).ask, "page_posts", None)

    assert caught.value.operation == "page_posts"


@pytest.mark.parametrize(
    "paging",
    [None, [], {"next": NEXT}, {"next": NEXT, "cursors": []}, {"next": NEXT, "cursors": {"after": ""}}],
)
def test_odd_paging_has_no_cursor(paging: object) -> None:
    assert next_cursor({"paging": paging}) is None
