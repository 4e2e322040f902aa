"""
What the consent asks for, and what it must never ask for (tiktok sheet 2).

Consent wordings: TikTok's scopes reference, column "User Display", read 2026-11-22.
"""

from __future__ import annotations

from linkroll_sdk import Scope

_TIKTOK = frozenset({"tiktok"})

SCOPES = (
    Scope(
        "user.info.basic",
        "Tells which account this is, with its display name and picture.",
        "Read your profile info (avatar, display name)",
        serves=_TIKTOK,
    ),
    Scope(
        "user.info.profile",
        "Gives the @name: without it nobody can tell whether the right account was connected.",
        "Read your additional profile information, such as bio description, profile link, "
        "and account verification status",
        serves=_TIKTOK,
    ),
    Scope(
        "user.info.stats",
        "Gives the numbers of followers, accounts followed, likes received and videos.",
        "Read your profile engagement statistics, such as like count, follower count, "
        "following count, and video count",
    ),
    Scope(
        "video.list",
        "Lists the public videos with their views, likes, comments and shares: the metrics.",
        "Read your public videos on TikTok",
        serves=_TIKTOK,
    ),
)

REFUSED_SCOPES = frozenset(
    {
        # Writes: posting, shop and campaign management, moderation.
        "video.upload",
        "video.publish",
        "sound.share.create",
        "local.product.manage",
        "local.shop.manage",
        "local.voucher.manage",
        "comment.list.manage",
        "biz.spark.auth",
        "tcm.order.update",
        # Reads far more than a roster needs: archives of a person's data, direct messages included.
        "portability.activity.ongoing",
        "portability.activity.single",
        "portability.all.ongoing",
        "portability.all.single",
        "portability.directmessages.ongoing",
        "portability.directmessages.single",
        "portability.postsandprofile.ongoing",
        "portability.postsandprofile.single",
        # Other products, which no creator consents to.
        "research.adlib.basic",
        "research.data.basic",
        "research.data.u18eu",
        "research.data.vra",
    }
)
"""
Known by name, so that asking for one is refused loudly; what is not in the catalogue is refused as well.

Tiktok sheets 2 and 9, with the full names from TikTok's scopes reference, read 2026-11-22.
"""


def scopes_in(said: object) -> frozenset[str]:
    """The names in a list with TikTok's commas; none in what is no text."""
    names = said.split(",") if isinstance(said, str) else ()
    return frozenset(name.strip() for name in names if name.strip())
