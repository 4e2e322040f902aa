"""
Short links: opaque codes that only a redirect resolves.

A few are seeded, among them one that leaves the platforms and one that never ends. The redirects
name the real https addresses, as the platforms do.
"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from linkroll_sandbox.world import World, world_of

_SEEDED = {
    "vm.tiktok.com/ZMaraV1d": "https://www.tiktok.com/@marabakes/video/7574012345678901234",
    "vm.tiktok.com/ZElsewhere": "https://elsewhere.example/landing",
    "vm.tiktok.com/ZRound": "https://vt.tiktok.com/ZRoundToo/",
    "vt.tiktok.com/ZRoundToo": "https://vm.tiktok.com/ZRound/",
    "vt.tiktok.com/ZSD1na": "https://www.tiktok.com/@dinatravels",
    "www.tiktok.com/t/ZTMara": "https://www.tiktok.com/@marabakes",
    "fb.me/marabakes": "https://www.facebook.com/marabakes",
    "www.facebook.com/share/1MaraPage": "https://www.facebook.com/marabakes",
    "www.facebook.com/share/p/1MaraPost": "https://www.facebook.com/marabakes/posts/122100000000000011",
    "www.facebook.com/share/r/1DinaReel": "https://www.facebook.com/reel/880000000000021",
    "www.facebook.com/share/v/1BenV1deo": "https://www.facebook.com/bensbikeshed/videos/880000000000022",
    "www.instagram.com/share/BAmara": "https://www.instagram.com/mara.bakes/",
    "www.instagram.com/share/reel/BAryeReel": "https://www.instagram.com/reel/DAbc_12-xYz/",
    "www.instagram.com/share/p/BAryePost": "https://www.instagram.com/p/DAbc_12-xYz/",
}
_PATHS = {
    "vm.tiktok.com": ["/{code}", "/{code}/"],
    "vt.tiktok.com": ["/{code}", "/{code}/"],
    "www.tiktok.com": ["/t/{code}", "/t/{code}/"],
    "fb.me": ["/{code}", "/{code}/"],
    "www.facebook.com": ["/share/{code}", "/share/{code}/", "/share/{kind}/{code}", "/share/{kind}/{code}/"],
    "www.instagram.com": ["/share/{code}", "/share/{code}/", "/share/{kind}/{code}", "/share/{kind}/{code}/"],
}


def routes_of(host: str) -> list[Route]:
    """The short-link paths of *host*."""
    return [Route(path, follow, name=host) for path in _PATHS[host]]


async def follow(request: Request) -> Response:
    """301 to where the code leads, 404 for a code that nobody made."""
    address = request.url.path.strip("/")
    target = target_of(world_of(request), address)
    if target is None:
        return PlainTextResponse("This link does not lead anywhere.", status_code=404)
    return RedirectResponse(target, status_code=301)


def target_of(world: World, address: str) -> str | None:
    """Where *address* (`host/path`) leads; a creator's own TikTok code follows a rename."""
    host, _, code = address.partition("/")
    if host == "vm.tiktok.com":
        for account in world.cast.tiktok:
            if account.short_code == code:
                return f"https://www.tiktok.com/@{account.username}"
    return _SEEDED.get(address)
