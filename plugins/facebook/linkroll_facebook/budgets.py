"""What Facebook lets an app ask (meta sheet 6, confirmed). What its answers tell about it: `linkroll_meta.usage`."""

from __future__ import annotations

from linkroll_meta.usage import APP, INSTAGRAM, SOURCE
from linkroll_sdk import Budget, Window

PAGES = Budget(
    "pages",
    Window.DAY,
    operations=("page", "page_*", "post_*", "reel_*", "story_*"),
    per_account=True,
    source=SOURCE,
)

# The Instagram plugin reads accounts by this login as well, and pays from the last.
BUDGETS = (APP, PAGES, INSTAGRAM)

BY_TYPE = {"pages": PAGES.key, "instagram": INSTAGRAM.key}
"""The `type` of a bucket in the header, where linkroll has calls of that kind."""
