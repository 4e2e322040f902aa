"""The permissions of Facebook Login and Instagram Login (section 2)."""

from linkroll_sandbox.consent.login import ScopeLine

_FACEBOOK_READS = {
    "public_profile": "Receive your name and profile picture",
    "pages_show_list": "Show a list of the Pages you manage",
    "pages_read_engagement": "Read content posted on the Page",
    "read_insights": "Access your Page and app insights",
    "pages_read_user_content": "Read user content on your Page",
    "instagram_basic": "Access profile and posts from the Instagram account connected to your Page",
    "instagram_manage_insights": "Access insights for the Instagram account connected to your Page",
    "ads_read": "Access your ads and related stats",
    "email": "Receive your email address",
    "openid": "Sign in with Facebook",
}
_FACEBOOK_WRITES = {
    "business_management": "Manage your business",
    "ads_management": "Manage ads for ad accounts that you have access to",
    "pages_manage_posts": "Create and manage content on your Page",
    "pages_manage_engagement": "Manage comments on your Page",
    "pages_manage_metadata": "Manage accounts, settings and webhooks for a Page",
    "pages_manage_ads": "Manage ads on your Page",
    "pages_manage_cta": "Manage the call to action of your Page",
    "pages_manage_instant_articles": "Manage Instant Articles on your Page",
    "pages_messaging": "Manage and access Page conversations in Messenger",
    "publish_video": "Publish live video",
    "instagram_content_publish": "Upload media and create posts for the Instagram account",
    "instagram_manage_comments": "Manage comments for the Instagram account",
    "instagram_manage_messages": "Manage and access messages for the Instagram account",
    "instagram_manage_contents": "Manage the content of the Instagram account",
    "catalog_management": "Manage your business's product catalogs",
    "leads_retrieval": "Access leads for your Pages",
}
_INSTAGRAM_READS = {
    "instagram_business_basic": "View profile and access media",
    "instagram_business_manage_insights": "Access and manage insights",
}
_INSTAGRAM_WRITES = {
    "instagram_business_content_publish": "Create and publish content",
    "instagram_business_manage_comments": "Manage comments",
    "instagram_business_manage_messages": "Manage messages",
}
#: After 90 days without a renewed consent these go on working (section 1, rule 1).
_EXEMPT = frozenset(
    {
        "ads_read",
        "ads_management",
        "business_management",
        "pages_messaging",
        "pages_read_engagement",
        "pages_read_user_content",
        "pages_show_list",
        "read_insights",
    }
)
PAGE_SCOPES = frozenset(
    {"pages_show_list", "pages_read_engagement", "read_insights", "pages_read_user_content"}
)
INSTAGRAM_SCOPES = frozenset({"instagram_basic", "instagram_manage_insights"})
ALWAYS_GRANTED = {"facebook": "public_profile", "instagram": "instagram_business_basic"}
_CATALOGUES = {
    "facebook": (_FACEBOOK_READS, _FACEBOOK_WRITES),
    "instagram": (_INSTAGRAM_READS, _INSTAGRAM_WRITES),
}


def is_known(login: str, scope: str) -> bool:
    """Whether the dialog of *login* would take *scope*."""
    return any(scope in catalogue for catalogue in _CATALOGUES[login])


def scope_line(login: str, scope: str) -> ScopeLine:
    """How the consent form words *scope*."""
    reads, writes = _CATALOGUES[login]
    wording = reads.get(scope) or writes[scope]
    return ScopeLine(scope, wording, fixed=scope == ALWAYS_GRANTED[login], writes=scope in writes)


def is_exempt(scope: str) -> bool:
    """Whether *scope* outlives the 90 days of data access."""
    return scope in _EXEMPT or scope.startswith("pages_manage_")


def split(text: str) -> list[str]:
    """Both dialogs take commas and spaces; each scope counts once."""
    return list(dict.fromkeys(text.replace(",", " ").split()))
