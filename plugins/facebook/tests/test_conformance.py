"""Facebook against the conformance suite, with every address form of meta sheet 8."""

from typing import ClassVar

import pytest
from hypothesis import strategies as st
from linkroll_sdk import NotAnAccountKind as Kind
from linkroll_sdk import PostRef, ProfileRef, UrlResult, read_address
from linkroll_sdk.testing import PlatformSuite

from linkroll_facebook.platform import PLATFORM
from linkroll_facebook.urls import ONION, RESERVED

ID = "615000111222333"
BY_ID = ProfileRef(platform_id=ID)
MARA = ProfileRef(handle="mara.bakes", handle_key="marabakes")
PFBID = "pfbid02AbCdEfGhIjKlMnOpQrStUvWxYz"
JUNK = (
    "fref=nf&ref=page&refid=52&__tn__=%2Cd&__cft__[0]=AZX&__xts__=1&hc_ref=ART&locale=de_DE&mibextid=ZbWKwL"
    "&rdid=a&share_url=b&paipv=0&notif_id=1&notif_t=x&fbclid=IwAR&sfnsn=mo&_rdr&app=fbl&theater&type=3"
)
FRONTS = ("www", "m", "mbasic", "touch", "web", "mobile", "business", "zh-hk", "es-la", "de-de")

# Reserved words which need more than the bare word to be told from an account; here the bare word.
RESERVED_EXAMPLES = {f"https://www.facebook.com/{word}": Kind.RESERVED for word in sorted(RESERVED)}


class TestFacebook(PlatformSuite):
    platform = PLATFORM

    accounts: ClassVar[dict[str, ProfileRef]] = {
        "facebook.com/mara.bakes": MARA,
        "https://www.facebook.com/mara.bakes/": MARA,
        "http://WWW.FaceBook.COM/mara.bakes": MARA,
        "HTTPS://facebook.com:443/mara.bakes": MARA,
        "//facebook.com/mara.bakes": MARA,
        "  https://facebook.com/mara.bakes\n": MARA,
        "https://facebook.com/Mara.Bakes": ProfileRef(handle="Mara.Bakes", handle_key="marabakes"),
        "https://facebook.com/MARABAKES": ProfileRef(handle="MARABAKES", handle_key="marabakes"),
        "https://facebook.com/cnn": ProfileRef(handle="cnn"),
        "https://facebook.com/attn": ProfileRef(handle="attn"),
        "https://facebook.com/@mara.bakes": MARA,
        f"https://facebook.com/mara.bakes?{JUNK}": MARA,
        "https://facebook.com/mara.bakes#_=_": MARA,
        **{f"https://{front}.facebook.com/mara.bakes": MARA for front in FRONTS},
        "fb.com/mara.bakes": MARA,
        "www.fb.com/mara.bakes": MARA,
        f"https://www.{ONION}/mara.bakes": MARA,
        "m.me/mara.bakes": MARA,
        "https://m.me/mara.bakes?ref=welcome": MARA,
        f"m.me/{ID}": BY_ID,
        "https://www.messenger.com/t/mara.bakes": MARA,
        f"messenger.com/t/{ID}/": BY_ID,
        f"https://www.facebook.com/{ID}": BY_ID,
        f"https://www.facebook.com/profile.php?id={ID}": BY_ID,
        f"https://m.facebook.com/profile.php?{JUNK}&id={ID}&sk=about": BY_ID,
        f"https://www.facebook.com/people/Mara-Linden/{ID}/": BY_ID,
        f"https://www.facebook.com/people/_/{ID}": BY_ID,
        f"https://www.facebook.com/pages/Mara-Bakes/{ID}?sk=info": BY_ID,
        f"https://www.facebook.com/pages/category/Bakery/Mara-Bakes-{ID}/": BY_ID,
        f"https://www.facebook.com/Mara-Bakes-{ID}": BY_ID,
        f"https://www.facebook.com/Caf%C3%A9_Mara-{ID}/": BY_ID,
        "https://www.facebook.com/pg/mara.bakes": MARA,
        "https://www.facebook.com/pg/mara.bakes/posts/?ref=page_internal": MARA,
        f"https://www.facebook.com/p/Mara-Bakes-{ID}/": BY_ID,
        "https://www.facebook.com/#!/mara.bakes": MARA,
        f"https://www.facebook.com/#!/profile.php?id={ID}": BY_ID,
        "https://www.facebook.com/mara.bakes/about": MARA,
        "https://www.facebook.com/mara.bakes/videos": MARA,
        "https://www.facebook.com/mara.bakes/photos/?tab=album": MARA,
        "mara.bakes": MARA,
        "@mara.bakes": MARA,
        " @mara.bakes ": MARA,
        ID: BY_ID,
    }

    posts: ClassVar[dict[str, str]] = {
        "https://www.facebook.com/mara.bakes/posts/122100000000000011": "122100000000000011",
        f"https://www.facebook.com/mara.bakes/posts/{PFBID}?__tn__=x": PFBID,
        f"https://www.facebook.com/mara.bakes/posts/rye-bread-day/{PFBID}": PFBID,
        f"https://www.facebook.com/pg/mara.bakes/posts/{PFBID}": PFBID,
        f"https://www.facebook.com/permalink.php?story_fbid={PFBID}&id={ID}": PFBID,
        f"https://m.facebook.com/story.php?story_fbid=12210&id={ID}&refid=52": "12210",
        "https://www.facebook.com/photo.php?fbid=4711&set=a.1&type=3": "4711",
        "https://www.facebook.com/photo/?fbid=4711&set=a.1": "4711",
        "https://www.facebook.com/mara.bakes/photos/a.815/4711/?type=3&theater": "4711",
        "https://www.facebook.com/mara.bakes/photos/pcb.1/4711": "4711",
        "https://www.facebook.com/mara.bakes/videos/880000000000021/": "880000000000021",
        "https://www.facebook.com/mara.bakes/videos/how-to-rye/880000000000021": "880000000000021",
        f"https://www.facebook.com/mara.bakes/videos/vb.{ID}/880000000000021/": "880000000000021",
        "https://www.facebook.com/video.php?v=880000000000021": "880000000000021",
        "https://www.facebook.com/watch/?v=880000000000021&ref=sharing": "880000000000021",
        "https://www.facebook.com/watch?v=880000000000021": "880000000000021",
        "https://www.facebook.com/watch/live/?v=880000000000021": "880000000000021",
        "https://www.facebook.com/reel/880000000000021?fs=e": "880000000000021",
        "https://www.facebook.com/groups/bakers/permalink/4711/": "4711",
        "https://www.facebook.com/groups/123/posts/4711": "4711",
        "https://www.facebook.com/watchparty/4711": "4711",
        f"https://www.facebook.com/stories/{ID}/UzpfSVNDOjE=/": "UzpfSVNDOjE=",
    }

    not_accounts: ClassVar[dict[str, Kind]] = {
        **RESERVED_EXAMPLES,
        "https://www.facebook.com/WATCH": Kind.RESERVED,
        "https://www.facebook.com/wa.tch": Kind.RESERVED,
        "https://www.facebook.com/v25.0/dialog/oauth": Kind.RESERVED,
        "https://www.facebook.com/ajax.php": Kind.RESERVED,
        "https://www.facebook.com/sharer/sharer.php?u=https%3A%2F%2Fmara.example": Kind.RESERVED,
        "https://www.facebook.com/marketplace/item/4711": Kind.RESERVED,
        "https://www.facebook.com/profile.php?id=mara": Kind.RESERVED,
        "https://www.facebook.com/pages/create": Kind.RESERVED,
        "https://business.facebook.com/latest/home?asset_id=4711": Kind.RESERVED,
        "watch": Kind.RESERVED,
        "https://www.facebook.com/groups/bakers": Kind.GROUP,
        "https://www.facebook.com/groups/bakers/about": Kind.GROUP,
        "https://www.facebook.com/events/4711": Kind.EVENT,
        "https://www.facebook.com/events/bread-day/4711/?ref=5": Kind.EVENT,
        "https://www.facebook.com/hashtag/rye": Kind.COLLECTION,
        "https://www.facebook.com/ads/library/?id=4711": Kind.COLLECTION,
        "facebook.com": Kind.PAGE_OF_PLATFORM,
        "https://www.facebook.com/#": Kind.PAGE_OF_PLATFORM,
        "https://www.facebook.com/#!/": Kind.PAGE_OF_PLATFORM,
        "https://fb.me/": Kind.PAGE_OF_PLATFORM,
        "https://l.facebook.com/l.php": Kind.PAGE_OF_PLATFORM,
        "https://www.messenger.com/new": Kind.PAGE_OF_PLATFORM,
        **{
            f"https://{host}.facebook.com/mara.bakes": Kind.PAGE_OF_PLATFORM
            for host in ("developers", "help", "business-api", "about", "graph", "apps", "de")
        },
        "https://about.fb.com/news": Kind.PAGE_OF_PLATFORM,
        "https://www.facebook.com/mara bakes!": Kind.INVALID_HANDLE,
        "https://www.facebook.com/bakes.com": Kind.INVALID_HANDLE,
        "https://www.facebook.com/mara_bakes": Kind.INVALID_HANDLE,
        "mara.net": Kind.INVALID_HANDLE,
        "": Kind.INVALID_HANDLE,
        "@": Kind.INVALID_HANDLE,
        "mára": Kind.INVALID_HANDLE,
    }

    short_links = (
        "https://www.facebook.com/share/1MaraPage",
        "https://www.facebook.com/share/1MaraPage/?mibextid=wwXIfr",
        "https://m.facebook.com/share/p/1MaraPost/",
        "facebook.com/share/v/1BenV1deo",
        "facebook.com/share/r/1DinaReel",
        "fb.me/marabakes",
        "https://www.fb.me/1a2B3c",
        "https://fb.watch/aB3_x-9/",
        "fb.gg/marabakes",
    )

    wrappers: ClassVar[dict[str, str]] = {
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fmara.example%2F&h=AT0": "https://mara.example/",
        "https://lm.facebook.com/l.php?u=https%3A%2F%2Ftiktok.com%2F%40mara": "https://tiktok.com/@mara",
        "https://www.facebook.com/l.php?u=fb.com%2Fmara": "fb.com/mara",
        "https://www.facebook.com/flx/warn/?u=https%3A%2F%2Fmara.example": "https://mara.example",
        "https://www.facebook.com/plugins/video.php?href=https%3A%2F%2Ffb.com%2Freel%2F1": "https://fb.com/reel/1",
        "https://www.facebook.com/login/?next=https%3A%2F%2Fwww.facebook.com%2Fmara": "https://www.facebook.com/mara",
        "https://m.facebook.com/login.php?next=https%3A%2F%2Ffb.com%2Fmara": "https://fb.com/mara",
    }

    handles = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9.]{4,30}", fullmatch=True).filter(
        lambda name: not name.lower().endswith((".com", ".net", ".php"))
    )


def parse(text: str) -> UrlResult:
    address = read_address(text)
    assert address is not None
    return PLATFORM.urls.parse(address)


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("facebook.com/mara.bakes/posts/4711", MARA),
        (f"facebook.com/Mara-Bakes-{ID}/videos/4711/1", BY_ID),
        (f"facebook.com/permalink.php?story_fbid=4711&id={ID}", BY_ID),
        (f"facebook.com/stories/{ID}/abc", BY_ID),
        ("facebook.com/reel/4711", None),
    ],
)
def test_a_post_names_its_owner_where_the_address_tells(text: str, owner: ProfileRef | None) -> None:
    result = parse(text)

    assert isinstance(result, PostRef)
    assert result.owner == owner


def test_dots_and_case_of_a_name_do_not_count() -> None:
    spellings = [parse(f"facebook.com/{name}") for name in ("mara.bakes", "MaraBakes", "m.a.r.a.bakes")]

    assert {ref.handle_key for ref in spellings if isinstance(ref, ProfileRef)} == {"marabakes"}
    assert len({ref.handle for ref in spellings if isinstance(ref, ProfileRef)}) == 3


def test_nested_old_addresses_end() -> None:
    """Each `#!` could hide another one; the reader takes one."""
    assert not isinstance(parse("facebook.com/" + "#!/" * 600), ProfileRef)


def test_a_short_link_cannot_leave_its_host() -> None:
    result = parse("https://fb.me/%2F%2Fevil.example%3Fx")

    assert getattr(result, "url", "") == "https://fb.me/%2F%2Fevil.example%3Fx"
