"""
`linkroll demo`: the whole story, told in the terminal against a live server, each step checked.

A stranger to the server on purpose: what it knows, it has over HTTP and WebSocket like any frontend, and from
the pages that a person's browser would show. So it reads as an example of a client, too.

    story        who plays, in which order the steps come, and how it ends
    connecting   steps 1 to 7: one creator, four accounts, four consents
    merging      steps 8 to 11: two profiles for one creator
    proving      steps 12 to 14: nothing is lost, time passes, nothing was written
"""

from server.demo.story import tell

__all__ = ["tell"]
