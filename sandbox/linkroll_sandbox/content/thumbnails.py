"""How often a thumbnail was shown: only YouTube counts it, and it is no view of the video."""

from linkroll_sandbox.content.chance import between
from linkroll_sandbox.content.numbers import post_total
from linkroll_sandbox.content.posts import Post


def thumbnail_impressions(post: Post, at: float) -> int:
    """How often the thumbnail of *post* had been shown by *at*; it never falls."""
    return int(post_total(post, "views", at) * between(3, 9, *post.names, "thumbnail"))
