"""Posts: found by their address."""

from __future__ import annotations

from typing import Any

from server.reads import posts as reads
from server.reads.refusals import show
from server.reads.selection import Selection
from server.resolvers.context import Info, reader_of
from server.services.metrics.metric_refusals import PostNotFound
from server.services.metrics.post_addresses import locate_post
from server.services.platforms.grammars import profile_url
from server.services.refusals import Refusal


async def post_by_url(info: Info, url: str) -> Any:
    """The post that an address names, or the refusal that says why there is none."""
    reader, selection = reader_of(info), Selection.below(info)
    try:
        platform, ref = await locate_post(reader.host, url)
        found = await reads.by_address(reader, platform.key, ref.post_id, selection)
        if found is None:
            owner_url = profile_url(platform, ref.owner) if ref.owner else None
            raise PostNotFound(platform=platform.key, owner_url=owner_url)
        return found
    except Refusal as refusal:
        return await show(reader, refusal, selection)
