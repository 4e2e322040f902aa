"""The life of a link: its tokens, its status, and how its end is noticed."""
