"""Graph API versions in the path: `/v25.0/me` and `/me` are the same place."""

from starlette.types import ASGIApp, Receive, Scope, Send

from linkroll_sandbox.hosts import unversioned


class VersionOptional:
    """Cuts a version off the path. A dead one is served like any other [recalled, section 0]."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on without its version."""
        root = scope.get("root_path", "")
        within = scope["path"].removeprefix(root)
        cut = {**scope, "path": root + unversioned(within), "path_with_version": scope["path"]}
        await self.app(cut, receive, send)
