"""What Instagram lets an app ask (meta sheet 6, confirmed). What its answers tell about it: `linkroll_meta.usage`."""

from __future__ import annotations

from linkroll_meta.usage import APP, INSTAGRAM

BUDGETS = (APP, INSTAGRAM)

BY_TYPE = {"instagram": INSTAGRAM.key}
"""The `type` of a bucket in the header, where linkroll has calls of that kind."""
