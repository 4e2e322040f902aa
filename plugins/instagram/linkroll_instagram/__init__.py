"""
Instagram for linkroll: professional accounts by Instagram Login, without a Facebook Page.

Facts about the platform are marked where they are used: "meta sheet 5, confirmed" is section 5 of
linkroll's fact sheet on Meta, found in a stored source; "recalled" has no such source; "inference" is ours.
"""
