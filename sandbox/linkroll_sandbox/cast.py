"""
The people of the sandbox and everything they have on the platforms.

They are invented. Each stands for a situation that a roster meets; the README has them as a table.
"""

from dataclasses import dataclass, field

ALL_TASKS = ["ANALYZE", "ADVERTISE", "MODERATE", "CREATE_CONTENT", "MANAGE"]
#: Chen helps on Mara's Page without the ANALYZE task, so Page insights stay closed to her.
HELPER_TASKS = ["CREATE_CONTENT", "MODERATE"]


@dataclass
class Person:
    """Somebody at a browser: a Facebook user, a Google account, and whatever else they own."""

    key: str
    name: str
    facebook_user_id: str
    google_sub: str
    email: str

    @property
    def picture(self) -> str:
        """Address of the portrait that the platforms hand out."""
        return f"https://cdn.sandbox/people/{self.key}.svg"


@dataclass
class InstagramAccount:
    """An Instagram account; `id` is the professional id that both surfaces agree on."""

    id: str
    login_id: str
    owner: str
    username: str
    name: str
    account_type: str = "BUSINESS"
    followers_count: int = 0
    follows_count: int = 0
    media_count: int = 0
    biography: str = ""
    website: str = ""
    closed: bool = False

    @property
    def is_professional(self) -> bool:
        """Only these have an API; a personal account has none."""
        return self.account_type != "PERSONAL"

    @property
    def picture(self) -> str:
        """Address of the profile picture."""
        return f"https://cdn.sandbox/instagram/{self.id}.svg"


@dataclass
class Page:
    """A Facebook Page; `roles` says who works on it and with which tasks."""

    id: str
    name: str
    username: str
    roles: dict[str, list[str]]
    category: str = "Blogger"
    instagram_id: str = ""
    business_id: str = ""
    followers_count: int = 0
    closed: bool = False


@dataclass
class Business:
    """A business portfolio, which can own Pages that its people then manage through it."""

    id: str
    name: str
    members: list[str]
    client_page_ids: list[str] = field(default_factory=list)


@dataclass
class TikTokAccount:
    """A TikTok account; neither id appears in any public address."""

    open_id: str
    union_id: str
    owner: str
    username: str
    display_name: str
    short_code: str
    is_verified: bool = False
    bio_description: str = ""
    follower_count: int = 0
    following_count: int = 0
    likes_count: int = 0
    video_count: int = 0
    closed: bool = False


@dataclass
class Channel:
    """A YouTube channel; a brand channel is run by several Google people."""

    id: str
    title: str
    handle: str
    managers: list[str]
    published_at: str
    username: str = ""
    country: str = "DE"
    description: str = ""
    is_brand: bool = False
    view_count: int = 0
    subscriber_count: int = 0
    video_count: int = 0
    closed: bool = False


@dataclass
class Cast:
    """All of them. Questions about who has what are answered here and nowhere else."""

    people: dict[str, Person]
    pages: list[Page]
    businesses: list[Business]
    instagram: list[InstagramAccount]
    tiktok: list[TikTokAccount]
    channels: list[Channel]

    def pages_of(self, person: str) -> list[Page]:
        """The open Pages on which *person* has a role, portfolio-owned ones too."""
        return [page for page in self.pages if person in page.roles and not page.closed]

    def page(self, page_id: str) -> Page | None:
        """The Page with this id, closed or not."""
        return next((page for page in self.pages if page.id == page_id), None)

    def businesses_of(self, person: str) -> list[Business]:
        """The portfolios that *person* belongs to."""
        return [business for business in self.businesses if person in business.members]

    def instagram_of(self, person: str) -> list[InstagramAccount]:
        """The open accounts that *person* can sign in to at Instagram itself."""
        return [one for one in self.instagram if one.owner == person and not one.closed]

    def instagram_account(self, account_id: str) -> InstagramAccount | None:
        """By professional id or by the id scoped to the Instagram Login app."""
        return next((one for one in self.instagram if account_id in (one.id, one.login_id)), None)

    def instagram_through(self, page: Page) -> InstagramAccount | None:
        """The professional account that is linked to *page*: a personal one does not show."""
        account = self.instagram_account(page.instagram_id)
        if account is None or account.closed or not account.is_professional:
            return None
        return account

    def tiktok_of(self, person: str) -> list[TikTokAccount]:
        """The open TikTok accounts of *person*."""
        return [one for one in self.tiktok if one.owner == person and not one.closed]

    def tiktok_account(self, open_id: str) -> TikTokAccount | None:
        """The account with this open_id, closed or not."""
        return next((one for one in self.tiktok if one.open_id == open_id), None)

    def channels_of(self, person: str) -> list[Channel]:
        """The open channels *person* may act as: the own one first, then brand channels."""
        own = [one for one in self.channels if person in one.managers and not one.closed]
        return sorted(own, key=lambda channel: channel.is_brand)

    def channel(self, channel_id: str) -> Channel | None:
        """The channel with this id, closed or not."""
        return next((one for one in self.channels if one.id == channel_id), None)


def seed() -> Cast:
    """The cast of a fresh sandbox."""
    return Cast(
        people={person.key: person for person in _people()},
        pages=_pages(),
        businesses=[Business("770001112223334", "Kiln House Group", ["chen"])],
        instagram=_instagram(),
        tiktok=_tiktok(),
        channels=_channels(),
    )


# The tables below read as rows, so the formatter leaves them alone.
# fmt: off


def _people() -> list[Person]:
    return [
        Person("mara", "Mara Linden", "102030405060708", "109876543210987654321", "mara@people.example"),
        Person("ben", "Ben Okafor", "102030405060709", "109876543210987654322", "ben@people.example"),
        Person("chen", "Chen Wei", "102030405060710", "109876543210987654323", "chen@people.example"),
        Person("dina", "Dina Haddad", "102030405060711", "109876543210987654324", "dina@people.example"),
        Person("emil", "Emil Novak", "102030405060712", "109876543210987654325", "emil@people.example"),
    ]


def _pages() -> list[Page]:
    return [
        Page("615000111222333", "Mara Bakes", "marabakes", _run_by("mara") | {"chen": list(HELPER_TASKS)},
             instagram_id="17841400000000123", followers_count=9120),
        Page("615000111222334", "Ben's Bike Shed", "bensbikeshed", _run_by("ben"),
             category="Bicycle shop", followers_count=640),
        Page("615000111222335", "Chen Ceramics", "chenceramics", _run_by("chen"),
             category="Artist", instagram_id="17841400000000301", followers_count=2210),
        Page("615000111222336", "Kiln House", "kilnhouse", _run_by("chen"), category="Art school",
             instagram_id="17841400000000302", business_id="770001112223334", followers_count=15800),
        Page("615000111222337", "Dina Travels", "dinatravels", _run_by("dina"),
             instagram_id="17841400000000401", followers_count=88100),
        Page("615000111222338", "Dina Eats", "dinaeats", _run_by("dina"),
             instagram_id="17841400000000402", followers_count=31050),
        Page("615000111222339", "Dina & Friends", "dinaandfriends", _run_by("dina"),
             instagram_id="17841400000000403", followers_count=5400),
        Page("615000111222340", "Dina Archive", "dinaarchive", _run_by("dina"), followers_count=120),
    ]


def _run_by(person: str) -> dict[str, list[str]]:
    return {person: list(ALL_TASKS)}


def _instagram() -> list[InstagramAccount]:
    return [
        InstagramAccount("17841400000000123", "26040011223344556", "mara", "mara.bakes", "Mara",
                         "MEDIA_CREATOR", 18342, 611, 402, "Bread.", "https://mara.example"),
        InstagramAccount("17841400000000201", "26040011223344561", "ben", "ben.okafor", "Ben",
                         "PERSONAL", 212, 340, 57),
        InstagramAccount("17841400000000301", "26040011223344571", "chen", "chen.ceramics", "Chen Ceramics",
                         "BUSINESS", 7420, 230, 318, "Bowls and glazes."),
        InstagramAccount("17841400000000302", "26040011223344572", "chen", "kiln.house", "Kiln House",
                         "BUSINESS", 40110, 95, 1204, "A school for hands.", "https://kiln.example"),
        InstagramAccount("17841400000000401", "26040011223344581", "dina", "dina.travels", "Dina Travels",
                         "MEDIA_CREATOR", 210450, 902, 1830, "Slow trains."),
        InstagramAccount("17841400000000402", "26040011223344582", "dina", "dina.eats", "Dina Eats",
                         "MEDIA_CREATOR", 64300, 410, 720),
        InstagramAccount("17841400000000403", "26040011223344583", "dina", "dina.and.friends",
                         "Dina & Friends", "BUSINESS", 9800, 77, 145),
    ]


def _tiktok() -> list[TikTokAccount]:
    return [
        TikTokAccount("-000mK3xExampleOpenId91", "5f1c2a7e-0000-4000-8000-1d2e3f405162", "mara",
                      "marabakes", "Mara Bakes", "ZExAmPl3", False, "", 48211, 130, 912345, 212),
        TikTokAccount("-000bN7yExampleOpenId92", "5f1c2a7e-0000-4000-8000-1d2e3f405163", "ben",
                      "benonbikes", "Ben on Bikes", "ZBenB1ke", False, "Two wheels.", 1820, 44, 20110, 36),
        TikTokAccount("-000cW1zExampleOpenId93", "5f1c2a7e-0000-4000-8000-1d2e3f405164", "chen",
                      "chenceramics", "Chen Ceramics", "ZChenC3r", False, "", 9900, 61, 155000, 88),
        TikTokAccount("-000d_H4ExampleOpenId94", "5f1c2a7e-0000-4000-8000-1d2e3f405165", "dina",
                      "dinatravels", "Dina Travels", "ZD1naTrv", True, "Slow trains.", 530200, 210,
                      9801200, 640),
        TikTokAccount("-000eN2aExampleOpenId95", "5f1c2a7e-0000-4000-8000-1d2e3f405166", "emil",
                      "emil_draws", "Emil draws", "ZEm1lDrw", False, "", 77, 12, 410, 5),
    ]


def _channels() -> list[Channel]:
    return [
        Channel("UCk3Ex4mpleCh4nnelId_00A", "Mara Bakes", "marabakes", ["mara"],
                "2019-05-02T09:11:07.123456Z", username="marabakesbread",
                view_count=8123456, subscriber_count=48211, video_count=212),
        Channel("UCc0mp4nyBr4ndCh4nnel_0B", "Crumb & Compass", "crumbandcompass", ["mara", "dina"],
                "2022-03-14T08:00:00Z", description="Two friends, one oven, many trains.", is_brand=True,
                view_count=1204500, subscriber_count=15990, video_count=48),
        Channel("UCch3nCer4m1csCh4nnel_0C", "Chen Ceramics", "chenceramics", ["chen"],
                "2020-10-01T12:00:00Z", country="AT",
                view_count=410220, subscriber_count=5120, video_count=61),
        Channel("UCd1naTr4vels_Ch4nnel_0D", "Dina Travels", "dinatravels", ["dina"],
                "2016-01-20T17:30:00Z", country="FR",
                view_count=60412345, subscriber_count=412345, video_count=803),
    ]
