"""Reading addresses: junk off, never an exception, linear in the text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linkroll_sdk import Address, ProfileRef, read_address
from linkroll_sdk.urls import MAX_TEXT, clean_text


@pytest.mark.parametrize(
    "text",
    [
        "https://WWW.Chirp.example:443/Ana/?x=1#y",
        "  www.chirp.example/Ana?x=1#y\n",
        "//www.chirp.example/Ana?x=1#y",
        "www.chirp.example./\u200bAna/?x=1#y",
        "HTTPS://www.chirp.example/%41na?x=1&x=2#y",
    ],
)
def test_one_address_in_many_spellings(text: str) -> None:
    assert read_address(text) == Address("https", "www.chirp.example", ("Ana",), {"x": "1"}, "y")


def test_a_custom_scheme_is_kept() -> None:
    address = read_address("chirp://user?name=ana")

    assert address is not None and (address.scheme, address.host, address.query["name"]) == (
        "chirp",
        "user",
        "ana",
    )


@pytest.mark.parametrize(
    "text", ["", "mailto:ana@chirp.example", "http://", "http://[::1", "https://a b:c/", "http://x:y/"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert read_address(text) is None


@given(st.text(max_size=300))
def test_any_text_is_an_address_or_none(text: str) -> None:
    address = read_address(text)

    assert address is None or address.host == address.host.lower()


def test_a_megabyte_costs_milliseconds() -> None:
    started = time.process_time()

    for text in ("a" * 1_000_000, "/" * 1_000_000, "\u0301" * 1_000_000, "https://" + "%" * 1_000_000):
        assert read_address(text) is None
        assert len(clean_text(text)) <= MAX_TEXT + 1

    assert time.process_time() - started < 0.5


def test_a_reference_needs_a_name() -> None:
    with pytest.raises(ValueError, match="handle or a platform id"):
        ProfileRef()


def test_handles_are_compared_without_case_unless_the_platform_says_otherwise() -> None:
    assert ProfileRef(handle="Ana").handle_key == "ana"
    assert ProfileRef(handle="ana.b", handle_key="anab").handle_key == "anab"
