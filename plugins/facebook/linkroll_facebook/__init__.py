"""
Facebook for linkroll: Pages, and the Instagram professional accounts that hang on them.

Facts about the platform are marked where they are used: "meta sheet 5, confirmed" is section 5 of
linkroll's fact sheet on Meta, found in a stored source; "recalled" has no such source; "inference" is ours.
"""
