"""Instagram against the conformance suite, with every address form of meta sheet 8."""

from typing import ClassVar

import pytest
from hypothesis import strategies as st
from linkroll_sdk import NotAnAccountKind as Kind
from linkroll_sdk import PostRef, ProfileRef, UrlResult, read_address
from linkroll_sdk.testing import PlatformSuite

from linkroll_instagram.platform import PLATFORM
from linkroll_instagram.urls import RESERVED

MARA = ProfileRef(handle="mara.bakes")
CODE = "DAbc_12-xYz"
JUNK = "igsh=MzRl&igshid=x&utm_source=qr&img_index=2&hl=de&taken-by=ben&__a=1&__d=dis&fbclid=IwAR&next=%2F"

RESERVED_EXAMPLES = {f"https://www.instagram.com/{word}": Kind.RESERVED for word in sorted(RESERVED)}


class TestInstagram(PlatformSuite):
    platform = PLATFORM

    accounts: ClassVar[dict[str, ProfileRef]] = {
        "instagram.com/mara.bakes": MARA,
        "https://www.instagram.com/mara.bakes/": MARA,
        "http://WWW.Instagram.COM/Mara.Bakes": MARA,
        "HTTPS://instagram.com:443/mara.bakes": MARA,
        "//instagram.com/mara.bakes": MARA,
        "  https://instagram.com/mara.bakes\n": MARA,
        "https://m.instagram.com/mara.bakes": MARA,
        "instagr.am/mara.bakes": MARA,
        "https://www.instagr.am/mara.bakes": MARA,
        "https://www.instagram.com/@mara.bakes": MARA,
        f"https://www.instagram.com/mara.bakes/?{JUNK}": MARA,
        "https://www.instagram.com/mara.bakes#": MARA,
        "https://www.instagram.com/mara.bakes/reels/": MARA,
        "https://www.instagram.com/mara.bakes/tagged/": MARA,
        "https://www.instagram.com/mara.bakes/channel/": MARA,
        "https://www.instagram.com/mara.bakes/feed/": MARA,
        "https://www.instagram.com/_u/mara.bakes": MARA,
        "https://www.instagram.com/stories/mara.bakes/": MARA,
        "https://ig.me/m/mara.bakes": MARA,
        "ig.me/m/mara.bakes?ref=w": MARA,
        "instagram://user?username=mara.bakes": MARA,
        "mara.bakes": MARA,
        "@mara.bakes": MARA,
        " @Mara.Bakes ": MARA,
        "\u200e@mara.bakes": MARA,
        "_mara_": ProfileRef(handle="_mara_"),
        "instagram.com/1": ProfileRef(handle="1"),
        "a" * 30: ProfileRef(handle="a" * 30),
    }

    posts: ClassVar[dict[str, str]] = {
        f"https://www.instagram.com/p/{CODE}/": CODE,
        f"https://www.instagram.com/tv/{CODE}/?{JUNK}": CODE,
        f"https://www.instagram.com/reel/{CODE}": CODE,
        f"https://www.instagram.com/reels/{CODE}/": CODE,
        f"https://www.instagram.com/P/{CODE}/": CODE,
        f"https://www.instagram.com/p/{CODE}/embed": CODE,
        f"https://www.instagram.com/p/{CODE}/embed/captioned/?cr=1": CODE,
        f"https://www.instagram.com/mara.bakes/p/{CODE}/": CODE,
        f"https://www.instagram.com/mara.bakes/reel/{CODE}/": CODE,
        f"https://www.instagram.com/mara.bakes/tv/{CODE}/": CODE,
        f"https://www.instagram.com/mara.bakes/reel/{CODE}/embed/captioned": CODE,
        f"instagr.am/p/{CODE}": CODE,
        "https://www.instagram.com/stories/mara.bakes/3511112223334445556/": "3511112223334445556",
        "instagram://media?id=17900000000000011": "17900000000000011",
    }

    not_accounts: ClassVar[dict[str, Kind]] = {
        **RESERVED_EXAMPLES,
        "https://www.instagram.com/Explore/": Kind.RESERVED,
        "https://www.instagram.com/accounts/edit/": Kind.RESERVED,
        "https://www.instagram.com/direct/inbox/": Kind.RESERVED,
        "https://www.instagram.com/ar/4711/": Kind.RESERVED,
        "https://www.instagram.com/oauth/authorize?client_id=1": Kind.RESERVED,
        "https://www.instagram.com/accounts/login/": Kind.RESERVED,
        "reels": Kind.RESERVED,
        "https://www.instagram.com/reels/audio/4711/": Kind.COLLECTION,
        "https://www.instagram.com/explore/tags/rye/": Kind.COLLECTION,
        "https://www.instagram.com/explore/locations/4711/berlin/": Kind.COLLECTION,
        "https://www.instagram.com/stories/highlights/17900000000000011/": Kind.COLLECTION,
        "https://www.instagram.com/s/aGlnaGxpZ2h0OjE=?story_media_id=1": Kind.COLLECTION,
        "instagram.com": Kind.PAGE_OF_PLATFORM,
        "https://www.instagram.com/?hl=de": Kind.PAGE_OF_PLATFORM,
        "https://ig.me/j/AbY": Kind.PAGE_OF_PLATFORM,
        "https://ig.me/": Kind.PAGE_OF_PLATFORM,
        "https://l.instagram.com/": Kind.PAGE_OF_PLATFORM,
        "instagram://camera": Kind.PAGE_OF_PLATFORM,
        **{
            f"https://{host}.instagram.com/mara.bakes": Kind.PAGE_OF_PLATFORM
            for host in ("help", "business", "about", "developers", "graph", "api", "de-de")
        },
        "https://www.instagram.com/mara..bakes/": Kind.INVALID_HANDLE,
        "https://www.instagram.com/mara-bakes": Kind.INVALID_HANDLE,
        "instagram://user?username=": Kind.INVALID_HANDLE,
        ".mara": Kind.INVALID_HANDLE,
        "mara.": Kind.INVALID_HANDLE,
        "a" * 31: Kind.INVALID_HANDLE,
        "mára": Kind.INVALID_HANDLE,
        "": Kind.INVALID_HANDLE,
        "@": Kind.INVALID_HANDLE,
    }

    short_links = (
        "https://www.instagram.com/share/BAmara",
        "instagram.com/share/p/BAryePost/",
        "https://www.instagram.com/share/reel/BAryeReel?igsh=x",
    )

    wrappers: ClassVar[dict[str, str]] = {
        "https://l.instagram.com/?u=https%3A%2F%2Fmara.example%2F%3Fa%3D1&e=AT0": "https://mara.example/?a=1",
        "l.instagram.com/?e=AT0&u=tiktok.com%2F%40mara": "tiktok.com/@mara",
        "https://www.instagram.com/accounts/login/?next=/mara.bakes/": "https://www.instagram.com/mara.bakes/",
        "https://www.instagram.com/accounts/login/?next=https%3A%2F%2Fwww.instagram.com%2Fmara%2F": (
            "https://www.instagram.com/mara/"
        ),
        "https://www.instagram.com/accounts/login/?next=//evil.example/x": "//evil.example/x",
    }

    handles = st.from_regex(r"[a-zA-Z0-9_]{1,10}(\.[a-zA-Z0-9_]{1,9})?", fullmatch=True).filter(
        lambda name: name.lower() not in RESERVED
    )


def parse(text: str) -> UrlResult:
    address = read_address(text)
    assert address is not None
    return PLATFORM.urls.parse(address)


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        (f"instagram.com/Mara.Bakes/p/{CODE}", MARA),
        ("instagram.com/stories/mara.bakes/35111", MARA),
        (f"instagram.com/p/{CODE}", None),
    ],
)
def test_a_post_names_its_owner_where_the_address_tells(text: str, owner: ProfileRef | None) -> None:
    result = parse(text)

    assert isinstance(result, PostRef)
    assert result.owner == owner


def test_a_shortcode_keeps_its_case() -> None:
    assert parse("instagram.com/p/AbC") != parse("instagram.com/p/aBc")


def test_an_account_id_alone_has_no_address() -> None:
    with pytest.raises(ValueError, match="username"):
        PLATFORM.urls.profile_url(ProfileRef(platform_id="17841400000000123"))


def test_a_share_link_cannot_leave_its_host() -> None:
    result = parse("https://www.instagram.com/share/%2F%2Fevil.example%3Fx")

    assert getattr(result, "url", "") == "https://www.instagram.com/share/%2F%2Fevil.example%3Fx"
