"""TikTok passes the suite every plugin passes, with every address form of the tiktok sheet, section 7."""

from __future__ import annotations

import pluggy
import pytest
from hypothesis import strategies as st
from linkroll_sdk import (
    PROJECT,
    NeedsResolving,
    NotAnAccountKind,
    PostRef,
    ProfileRef,
    Wrapped,
    hooks,
    read_address,
)
from linkroll_sdk.checks import problems_with
from linkroll_sdk.testing import PlatformSuite
from linkroll_sdk.testing.suite import read_text

from linkroll_tiktok import platform as plugin
from linkroll_tiktok.platform import PLATFORM
from linkroll_tiktok.urls import RESERVED

MARA = ProfileRef(handle="marabakes")
DOTTED = ProfileRef(handle="mara.bakes_2")
VIDEO = "7574012345678901234"
INVALID, RESERVED_WORD = NotAnAccountKind.INVALID_HANDLE, NotAnAccountKind.RESERVED
COLLECTION, PAGE = NotAnAccountKind.COLLECTION, NotAnAccountKind.PAGE_OF_PLATFORM


class TestTikTok(PlatformSuite):
    platform = PLATFORM
    accounts = {
        "https://www.tiktok.com/@marabakes": MARA,
        "https://tiktok.com/@marabakes": MARA,
        "https://m.tiktok.com/@marabakes": MARA,
        "http://www.tiktok.com/@marabakes/": MARA,
        "www.tiktok.com/@marabakes": MARA,
        "tiktok.com/@marabakes": MARA,
        "//tiktok.com/@marabakes": MARA,
        "HTTPS://WWW.TikTok.COM/@MaraBakes": MARA,
        "https://www.tiktok.com:443/@marabakes": MARA,
        "https://www.tiktok.com./@marabakes": MARA,
        "https://www.tiktok.com//@marabakes//": MARA,
        "https://www.tiktok.com/@marabakes?lang=pt-BR": MARA,
        "https://www.tiktok.com/@marabakes?_t=ZN-8x&_r=1&is_from_webapp=1&sender_device=pc": MARA,
        "https://www.tiktok.com/@marabakes#bio": MARA,
        "https://www.tiktok.com/%40marabakes": MARA,
        "  https://www.tiktok.com/@marabakes\n": MARA,
        "\u200bhttps://www.tiktok.com/@mara\u200bbakes": MARA,
        "https://www.tiktok.com/@marabakes/live": MARA,
        "https://www.tiktok.com/@MARABAKES/Live?enter_from=share": MARA,
        "https://www.tiktok.com/@mara.bakes_2": DOTTED,
        "https://www.tiktok.com/@live": ProfileRef(handle="live"),
        "https://www.tiktok.com/@MS4wLjAB": ProfileRef(handle="ms4wljab"),
        "marabakes": MARA,
        "@marabakes": MARA,
        "@MaraBakes": MARA,
        " @marabakes ": MARA,
        "mara.bakes_2": DOTTED,
        "@Mara.Bakes_2": DOTTED,
        "explore": ProfileRef(handle="explore"),
        "_a": ProfileRef(handle="_a"),
        "x" * 24: ProfileRef(handle="x" * 24),
    }
    posts = {
        f"https://www.tiktok.com/@marabakes/video/{VIDEO}": VIDEO,
        f"tiktok.com/@MaraBakes/Video/{VIDEO}?is_from_webapp=1": VIDEO,
        f"https://www.tiktok.com/@marabakes/video/{VIDEO}?utm_campaign=tt4d_open_api&utm_source=k": VIDEO,
        f"https://www.tiktok.com/@marabakes/photo/{VIDEO}": VIDEO,
        f"https://www.tiktok.com/@/video/{VIDEO}": VIDEO,
        f"https://www.tiktok.com/@6820838815978423302/video/{VIDEO}": VIDEO,
        f"https://www.tiktok.com/@MS4wLjABAAAA-VASjiXTh7wDDyXvjk10VFhMWUAoxr8b/video/{VIDEO}": VIDEO,
        f"https://www.tiktok.com/share/video/{VIDEO}": VIDEO,
        f"https://tiktokv.com/share/video/{VIDEO}": VIDEO,
        f"https://www.tiktokv.com/share/video/{VIDEO}/": VIDEO,
        f"https://www.tiktok.com/embed/{VIDEO}": VIDEO,
        f"https://www.tiktok.com/embed/v2/{VIDEO}?lang=en": VIDEO,
        f"https://www.tiktok.com/player/v1/{VIDEO}": VIDEO,
        f"https://m.tiktok.com/v/{VIDEO}.html?u_code=1": VIDEO,
        "https://m.tiktok.com/v/657401234567890.html": "657401234567890",
    }
    not_accounts = {
        "https://www.tiktok.com/": PAGE,
        "tiktok.com": PAGE,
        "https://vm.tiktok.com/": PAGE,
        "https://www.tiktok.com/t/": PAGE,
        "https://developers.tiktok.com/doc/login-kit-web": PAGE,
        "https://business-api.tiktok.com/open_api/v1.3": PAGE,
        "https://support.tiktok.com/@marabakes": PAGE,
        "https://ads.tiktok.com/@marabakes": PAGE,
        "https://api.tiktokv.com/@marabakes": PAGE,
        "https://www.tiktok.com/@marabakes/collection/Bread-7111887189571160875": COLLECTION,
        "https://www.tiktok.com/@marabakes/playlist/Bread-7111887189571160875": COLLECTION,
        "https://m.tiktok.com/share/live/7574012345678901234": NotAnAccountKind.EVENT,
        "https://www.tiktok.com/tag/sourdough": RESERVED_WORD,
        "https://www.tiktok.com/Music/original-sound-7111887189571160875": RESERVED_WORD,
        "https://www.tiktok.com/embed/@marabakes": RESERVED_WORD,
        "https://www.tiktok.com/link/v2?scene=bio_url": RESERVED_WORD,
        **{f"https://www.tiktok.com/{word}": RESERVED_WORD for word in sorted(RESERVED - {"t"})},
        "https://www.tiktok.com/marabakes": INVALID,
        "https://www.tiktok.com/@6820838815978423302": INVALID,
        "https://www.tiktok.com/@MS4wLjABAAAA-VASjiXTh7wDDyXvjk10VFhMWUAoxr8bgfO1kAL1-9s": INVALID,
        "https://www.tiktok.com/@6820838815978423302/live": INVALID,
        "https://www.tiktok.com/@": INVALID,
        "https://www.tiktok.com/@@marabakes": INVALID,
        "https://www.tiktok.com/@marabakes.": INVALID,
        "https://www.tiktok.com/@mara%20bakes": INVALID,
        "https://www.tiktok.com/@mara%2Fbakes": INVALID,
        "https://www.tiktok.com/@maräbakes": INVALID,
        "https://www.tiktok.com/@mara%E2%84%AAbakes": INVALID,
        "snssdk1233://user/profile/6820838815978423302": INVALID,
        "tiktok://user/profile/6820838815978423302": INVALID,
        "6820838815978423302": INVALID,
        "marabakes.": INVALID,
        "mara-bakes": INVALID,
        "@@marabakes": INVALID,
        "m": INVALID,
        "": INVALID,
        "x" * 25: INVALID,
        "tiktok.com@evil.example": INVALID,
    }
    short_links = (
        "https://vm.tiktok.com/ZExAmPl3/",
        "https://vt.tiktok.com/ZSExAmPl3",
        "vm.tiktok.com/ZExAmPl3",
        "https://www.tiktok.com/t/ZTExAmPl3/",
        "https://tiktok.com/t/ZTExAmPl3",
        "https://m.tiktok.com/T/ZTExAmPl3?_r=1",
    )
    wrappers = {
        "https://www.tiktok.com/link/v2?aid=1988&scene=bio_url&target=https%3A%2F%2Finstagram.com%2Fmara": (
            "https://instagram.com/mara"
        ),
        "https://www.tiktok.com/link/v2?target=tiktok.com%2F%40marabakes": "tiktok.com/@marabakes",
    }
    handles = st.from_regex(r"[A-Za-z0-9_.]{1,23}[A-Za-z_]", fullmatch=True)


@pytest.mark.parametrize("kind", ["video", "photo"])
def test_a_post_tells_whose_it_is_when_its_address_does(kind: str) -> None:
    text = f"https://www.tiktok.com/@MaraBakes/{kind}/{VIDEO}"

    assert read_text(PLATFORM, text) == PostRef(VIDEO, owner=MARA)


@pytest.mark.parametrize("name", ["", "6820838815978423302", "MS4wLjABAAAA-VASjiXTh7wDDyXvjk10VFhMWUAoxr8b"])
def test_a_post_without_a_handle_has_no_owner(name: str) -> None:
    assert read_text(PLATFORM, f"https://www.tiktok.com/@{name}/video/{VIDEO}") == PostRef(VIDEO)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://VM.tiktok.com/ZExAmPl3/?k=1", "https://vm.tiktok.com/ZExAmPl3"),
        ("tiktok.com/t/ZTExAmPl3/", "https://www.tiktok.com/t/ZTExAmPl3"),
    ],
)
def test_a_short_link_keeps_the_case_of_its_code_and_loses_its_query(text: str, url: str) -> None:
    assert read_text(PLATFORM, text) == NeedsResolving(url)


@pytest.mark.parametrize(
    "text",
    [
        "https://vm.tiktok.com/ZEx/../@marabakes",
        "https://vm.tiktok.com/ZEx%2F..%2Flogout",
        "https://vm.tiktok.com/ZEx%3Fnext=evil.example",
        "https://vm.tiktok.com/" + "Z" * 65,
        "https://www.tiktok.com/t/ZEx%23",
        "https://www.tiktok.com/@marabakes/video/abc",
        "https://www.tiktok.com/@marabakes/video/123",
        "https://www.tiktok.com/@marabakes/video/" + "7" * 21,
        "https://www.tiktok.com/@marabakes/something/else",
    ],
)
def test_a_form_that_tiktok_does_not_have_names_nothing(text: str) -> None:
    assert read_text(PLATFORM, text) is None


@pytest.mark.parametrize(
    "text",
    [
        "https://tiktok.com.evil.example/@marabakes",
        "https://nottiktok.com/@marabakes",
        "https://evil.example/tiktok.com/@marabakes",
        "https://www.douyin.com/@marabakes",
        "https://www.tiktok.com@evil.example/@marabakes",
    ],
)
def test_a_look_alike_is_not_claimed(text: str) -> None:
    address = read_address(text)

    assert address is not None
    assert not PLATFORM.urls.claims(address)


def test_a_bio_link_may_wrap_another_bio_link() -> None:
    inner = "https://www.tiktok.com/link/v2?target=marabakes"

    result = read_text(PLATFORM, f"https://www.tiktok.com/link/v2?target={inner.replace('?', '%3F')}")

    assert result == Wrapped(inner)


def test_an_account_without_a_handle_has_no_address() -> None:
    """An open_id is private to one app: a made-up address would lead to a stranger."""
    with pytest.raises(ValueError, match="needs a handle"):
        PLATFORM.urls.profile_url(ProfileRef(platform_id="-000mK3xExampleOpenId91"))


def test_an_installed_plugin_is_found_by_its_entry_point() -> None:
    """As the server finds it: by the group, then by the hook of the module."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hooks)
    manager.load_setuptools_entrypoints(PROJECT, name="tiktok")

    assert manager.hook.linkroll_platforms() == [(PLATFORM,)]


def test_the_hook_brings_tiktok_and_nothing_else() -> None:
    assert list(plugin.linkroll_platforms()) == [PLATFORM]
    assert problems_with(PLATFORM) == []
