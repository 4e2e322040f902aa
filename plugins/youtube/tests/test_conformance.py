"""YouTube against the suite that every platform passes, with every form of section 7 of the sheet."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkroll_sdk import NotAnAccount, NotAnAccountKind, ProfileRef, clean_text
from linkroll_sdk.testing import PlatformSuite

from linkroll_youtube.platform import PLATFORM
from linkroll_youtube.urls import FORMS, RESERVED

ID = "UCk3Ex4mpleCh4nnelId_00A"
VIDEO = "aB3_dE6-gH9"
BY_ID = ProfileRef(platform_id=ID)
MARA = ProfileRef(handle="mara.bakes")
TABS = (
    "videos",
    "shorts",
    "streams",
    "live",
    "featured",
    "playlists",
    "podcasts",
    "releases",
    "posts",
    "about",
)

COLLECTION = NotAnAccountKind.COLLECTION
INVALID = NotAnAccountKind.INVALID_HANDLE
PAGE = NotAnAccountKind.PAGE_OF_PLATFORM


def letters_of(*ranges: tuple[int, int]) -> st.SearchStrategy[str]:
    """Handles in one script: letters or digits, with signs only inside."""
    letter = st.one_of(
        *(st.characters(min_codepoint=a, max_codepoint=b, categories=("L", "Nd")) for a, b in ranges)
    )
    middle = st.text(st.one_of(letter, st.sampled_from("_-.·")), min_size=1, max_size=28)
    return st.builds(lambda a, b, c: clean_text(a + b + c), letter, middle, letter)


class TestYouTube(PlatformSuite):
    platform = PLATFORM
    accounts = {
        # handles, in every spelling
        "https://www.youtube.com/@mara.bakes": MARA,
        "https://youtube.com/@mara.bakes": MARA,
        "http://m.youtube.com/@mara.bakes": MARA,
        "youtube.com/@mara.bakes": MARA,
        "//www.youtube.com/@mara.bakes": MARA,
        "  https://www.youtube.com/@mara.bakes\n": MARA,
        "HTTPS://WWW.YouTube.COM:443/@mara.bakes/": MARA,
        "https://www.youtube.com./@mara.bakes": MARA,
        "https://www.youtube.com//@mara.bakes//": MARA,
        "https://www.youtube.com/%40mara.bakes": MARA,
        "https://www.youtube.com/@mara.bakes?si=x1&feature=shared&pp=y&ab_channel=Mara": MARA,
        "https://www.youtube.com/@mara.bakes?sub_confirmation=1#top": MARA,
        "https://www.youtube.com/@mara.bakes/search?query=rye": MARA,
        "https://www.youtube.com/@mara.bakes/community?lb=UgkxExample": MARA,
        "https://de.youtube.com/@mara.bakes": MARA,
        "https://music.youtube.com/@mara.bakes": MARA,
        "https://gaming.youtube.com/@mara.bakes": MARA,
        "https://www.youtubekids.com/@mara.bakes": MARA,
        "https://www.youtube.com/@mara\u200b.bakes": MARA,
        **{f"https://www.youtube.com/@mara.bakes/{tab}": MARA for tab in TABS},
        "@mara.bakes": MARA,
        "mara.bakes": MARA,
        " @mara.bakes ": MARA,
        "%40mara.bakes": MARA,
        "＠mara.bakes": MARA,
        "@Mara_Bakes-9": ProfileRef(handle="Mara_Bakes-9", handle_key="mara_bakes-9"),
        "youtube.com/@Mara_Bakes-9": ProfileRef(handle="Mara_Bakes-9", handle_key="mara_bakes-9"),
        # handles beyond ASCII: composed, percent-encoded, short where their script allows it
        "youtube.com/@col·lectiu": ProfileRef(handle="col·lectiu"),
        "youtube.com/@bäckerei": ProfileRef(handle="bäckerei"),
        "youtube.com/@ba\u0308ckerei": ProfileRef(handle="bäckerei"),
        "youtube.com/@b%C3%A4ckerei": ProfileRef(handle="bäckerei"),
        "@b%C3%A4ckerei": ProfileRef(handle="bäckerei"),
        "youtube.com/@STRASSE": ProfileRef(handle="STRASSE", handle_key="strasse"),
        "youtube.com/@पकवान": ProfileRef(handle="पकवान"),
        "youtube.com/@हिन्दी": ProfileRef(handle="हिन्दी"),
        "youtube.com/@%E9%BA%B5": ProfileRef(handle="麵"),
        "@빵": ProfileRef(handle="빵"),
        "@パン": ProfileRef(handle="パン"),
        "@ዳቦ": ProfileRef(handle="ዳቦ"),
        # ids
        f"https://www.youtube.com/channel/{ID}": BY_ID,
        f"https://www.youtube.com/channel/{ID}/videos?view=0": BY_ID,
        f"https://www.youtube.com/CHANNEL/{ID}": BY_ID,
        f"https://m.youtube.com/channel/{ID}/community?lb=UgkxExample": BY_ID,
        f"https://music.youtube.com/channel/{ID}": BY_ID,
        f"https://music.youtube.com/browse/{ID}": BY_ID,
        f"https://studio.youtube.com/channel/{ID}/videos/upload": BY_ID,
        f"https://www.youtubekids.com/channel/{ID}": BY_ID,
        f"https://www.youtube.com/embed/live_stream?channel={ID}": BY_ID,
        f"https://www.youtube.com/channel/{ID}&feature=share": BY_ID,
        ID: BY_ID,
        # legacy names, each in its own form
        "https://www.youtube.com/c/MaraBakes": ProfileRef(handle="c/MaraBakes"),
        "https://www.youtube.com/c/MaraBakes/videos": ProfileRef(handle="c/MaraBakes"),
        "https://www.youtube.com/c/B%C3%A4ckerei": ProfileRef(handle="c/Bäckerei"),
        "https://www.youtube.com/user/MaraBakes": ProfileRef(handle="user/MaraBakes"),
        "https://www.youtube.com/User/MaraBakes/featured": ProfileRef(handle="user/MaraBakes"),
        "https://www.youtube.com/MaraBakes": ProfileRef(handle="c/MaraBakes"),
        "https://www.youtube.com/MaraBakes/about": ProfileRef(handle="c/MaraBakes"),
        "c/MaraBakes": ProfileRef(handle="c/MaraBakes"),
        "user/MaraBakes": ProfileRef(handle="user/MaraBakes"),
    }
    posts = {
        f"https://www.youtube.com/watch?v={VIDEO}": VIDEO,
        f"https://www.youtube.com/watch?app=desktop&list=PL1&v={VIDEO}&t=42s&index=3": VIDEO,
        f"https://m.youtube.com/watch?v={VIDEO}&ab_channel=MaraBakes": VIDEO,
        f"youtube.com/watch/?v={VIDEO}": VIDEO,
        f"https://www.youtube.com/watch_popup?v={VIDEO}": VIDEO,
        f"https://www.youtube.com/?v={VIDEO}": VIDEO,
        f"https://www.youtube.com/movie?v={VIDEO}": VIDEO,
        f"https://youtu.be/{VIDEO}": VIDEO,
        f"youtu.be/{VIDEO}?si=x&t=10&list=PL1": VIDEO,
        f"HTTP://YOUTU.BE/{VIDEO}": VIDEO,
        f"https://www.youtube.com/shorts/{VIDEO}?feature=share": VIDEO,
        f"https://www.youtube.com/live/{VIDEO}": VIDEO,
        f"https://www.youtube.com/embed/{VIDEO}?start=3": VIDEO,
        f"https://www.youtube.com/v/{VIDEO}&hl=en": VIDEO,
        f"https://www.youtube.com/e/{VIDEO}": VIDEO,
        f"https://www.youtube-nocookie.com/embed/{VIDEO}": VIDEO,
        f"https://music.youtube.com/watch?v={VIDEO}&list=RDAMVM1": VIDEO,
        f"https://www.youtubekids.com/watch?v={VIDEO}": VIDEO,
        f"https://studio.youtube.com/video/{VIDEO}/edit": VIDEO,
        "https://www.youtube.com/post/UgkxExample_Post-1": "UgkxExample_Post-1",
    }
    not_accounts = {
        **{
            f"https://www.youtube.com/{w}": NotAnAccountKind.RESERVED for w in sorted(RESERVED - FORMS.keys())
        },
        "https://www.youtube.com/Feed/subscriptions": NotAnAccountKind.RESERVED,
        "https://www.youtube.com/clip/UgkxExample": NotAnAccountKind.RESERVED,
        "https://www.youtube.com/results?search_query=mara": NotAnAccountKind.RESERVED,
        "https://www.youtube.com/playlist?list=PLexample": COLLECTION,
        "https://www.youtube.com/playlist?list=UUk3Ex4mpleCh4nnelId_00A": COLLECTION,
        "https://www.youtube.com/playlist?list=OLAK5uy_example": COLLECTION,
        "https://www.youtube.com/playlist?list=RDexample": COLLECTION,
        "https://www.youtube.com/playlist?list=WL": COLLECTION,
        "https://www.youtube.com/playlist?list=LL": COLLECTION,
        "https://music.youtube.com/playlist?list=LM": COLLECTION,
        "https://www.youtube.com/watch?list=PLexample": COLLECTION,
        "https://www.youtube.com/embed/videoseries?list=PLexample": COLLECTION,
        "https://music.youtube.com/browse/MPREb_example": COLLECTION,
        "https://music.youtube.com/browse/VLPLexample": COLLECTION,
        "https://www.youtube.com/hashtag/sourdough": COLLECTION,
        f"https://www.youtube.com/source/{VIDEO}/shorts": COLLECTION,
        "https://www.youtube.com/course?list=PLexample": COLLECTION,
        "https://www.youtube.com": PAGE,
        "https://www.youtube.com/": PAGE,
        "https://www.youtube.com/#/": PAGE,
        "https://youtu.be/": PAGE,
        "https://youtu.be/short": PAGE,
        "https://www.youtube.com/watch": PAGE,
        "https://www.youtube.com/watch?v=short": PAGE,
        f"https://www.youtube.com/shorts/{VIDEO}x": PAGE,
        "https://www.youtube.com/live": PAGE,
        "https://www.youtube.com/post": PAGE,
        "https://www.youtube.com/redirect": PAGE,
        "https://www.youtube.com/signin": PAGE,
        "https://www.youtube.com/robots.txt": PAGE,
        "https://consent.youtube.com/m": PAGE,
        "https://studio.youtube.com/": PAGE,
        "https://studio.youtube.com/playlist/PLexample": PAGE,
        "https://tv.youtube.com/browse/UCk3Ex4mpleCh4nnelId_00A": PAGE,
        "https://developers.youtube.com/@mara.bakes": PAGE,
        "https://accounts.google.com/ServiceLogin?service=youtube": PAGE,
        "https://www.youtube.com/channel/UCtooShort": INVALID,
        f"https://www.youtube.com/channel/{ID}x": INVALID,
        "https://www.youtube.com/channel/": INVALID,
        "https://www.youtube.com/channel/@mara": INVALID,
        "https://www.youtube.com/embed/live_stream": INVALID,
        "https://www.youtube.com/c/": INVALID,
        "https://www.youtube.com/user": INVALID,
        "https://www.youtube.com/user/two+words": INVALID,
        "https://www.youtube.com/c/" + "a" * 101: INVALID,
        "https://www.youtube.com/@": INVALID,
        "https://www.youtube.com/@ma": INVALID,
        "https://www.youtube.com/@.mara": INVALID,
        "https://www.youtube.com/@mara.": INVALID,
        "https://www.youtube.com/@·mara": INVALID,
        "https://www.youtube.com/@mara%2Fvideos": INVALID,
        "https://www.youtube.com/@" + "a" * 31: INVALID,
        "https://www.youtube.com/@パ": INVALID,
        "https://www.youtube.com/@mara🍞": INVALID,
        "@mara!": INVALID,
        "": INVALID,
        "@": INVALID,
    }
    wrappers = {
        "https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2F%40mara&gl=DE&hl=de": (
            "https://www.youtube.com/@mara"
        ),
        "https://www.youtube.com/redirect?event=channel_header&q=https%3A%2F%2Fwww.instagram.com%2Fmara": (
            "https://www.instagram.com/mara"
        ),
        f"https://www.youtube.com/attribution_link?a=x&u=%2Fwatch%3Fv%3D{VIDEO}%26feature%3Dshare": (
            f"https://www.youtube.com/watch?v={VIDEO}&feature=share"
        ),
        "https://www.youtube.com/signin?action_handle_signin=true&next=%2F%40mara": "https://www.youtube.com/@mara",
        "https://www.youtube.com/signin?next=%2F%2Fwww.youtube.com%2F%40mara": "//www.youtube.com/@mara",
        "https://accounts.google.com/ServiceLogin?continue=https%3A%2F%2Fwww.youtube.com%2F%40mara": (
            "https://www.youtube.com/@mara"
        ),
        "https://m.youtube.com/#/user/MaraBakes": "https://www.youtube.com/user/MaraBakes",
        f"https://m.youtube.com/index?desktop_uri=%2F#/watch?v={VIDEO}": f"https://www.youtube.com/watch?v={VIDEO}",
        "https://www.youtube.com/#!/@mara": "https://www.youtube.com/@mara",
    }
    handles = st.one_of(
        letters_of((0x30, 0x39), (0x41, 0x7A)),
        letters_of((0xC0, 0x24F)),
        letters_of((0x370, 0x3FF)),
        letters_of((0x400, 0x4FF)),
        letters_of((0x530, 0x58F)),
        letters_of((0x4E00, 0x9FFF)),
    )

    @pytest.mark.parametrize("host", ["youtube.com", "m.youtube.com", "youtu.be", "studio.youtube.com"])
    def test_any_path_gets_an_answer_at_every_kind_of_host(self, host: str) -> None:
        """The suite tries only the first domain, which here is Google's sign-in host."""

        @settings(max_examples=200, deadline=None)
        @given(
            st.sampled_from(["", "@", "c/", "channel/UC", "embed/", "#/", "redirect?q="]),
            st.text(max_size=60),
        )
        def reads(form: str, text: str) -> None:
            result = self.read(f"https://{host}/{form}{text}")
            if isinstance(result, ProfileRef):
                assert self.read(PLATFORM.urls.profile_url(result)) == result

        reads()

    def test_one_word_under_two_legacy_forms_is_two_accounts(self) -> None:
        keys = {
            ref.handle_key
            for text in ("youtube.com/@mara", "youtube.com/c/mara", "youtube.com/user/mara")
            if isinstance(ref := self.read(text), ProfileRef)
        }

        assert keys == {"mara", "c/mara", "user/mara"}

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("@MaraBakes", "@marabakes"),
            ("@BÄCKEREI", "@ba\u0308ckerei"),
            ("@ΡΑΪ́ΣΙ", "@ραΐσι"),
            ("@Straße", "@STRASSE"),
            ("youtube.com/c/MARA", "youtube.com/mara"),
        ],
    )
    def test_two_spellings_of_a_handle_have_one_key(self, one: str, other: str) -> None:
        first, second = self.read(one), self.read(other)

        assert isinstance(first, ProfileRef)
        assert isinstance(second, ProfileRef)
        assert first.handle_key == second.handle_key
        assert first.handle_key == unicodedata.normalize("NFC", first.handle_key or "")

    def test_a_name_buried_in_marks_is_no_handle(self) -> None:
        """Marks are not counted as characters, but the address must stay short enough to be read again."""
        longest, too_long = "मरा" + "ा" * 97, "मरा" + "ा" * 98

        assert isinstance(self.read(f"@{too_long}ब"), NotAnAccount)
        ref = self.read(f"c/{longest}")
        assert isinstance(ref, ProfileRef)
        assert self.read(PLATFORM.urls.profile_url(ref)) == ref

    def test_a_profile_known_by_id_and_handle_is_addressed_by_its_id(self) -> None:
        ref = ProfileRef(handle="mara", platform_id=ID)

        assert PLATFORM.urls.profile_url(ref) == f"https://www.youtube.com/channel/{ID}"

    @pytest.mark.parametrize(
        "text",
        [
            "notyoutube.com/@mara",
            "youtube.com.evil.example/@mara",
            "example.com/youtube.com/@mara",
            "youtube.example/@m",
        ],
    )
    def test_a_look_alike_host_is_not_claimed(self, text: str) -> None:
        assert isinstance(self.read(text), NotAnAccount)
