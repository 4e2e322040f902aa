"""TikTok's video object, read into posts and readings. Pure (tiktok sheet 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from linkroll_sdk import FoundPost, Metric, PostKind, Reading

from linkroll_tiktok.display_api import count, metric_fields, moment, string

POST_FIELDS = ("id", "create_time", "share_url", "title", "video_description", "cover_image_url")


def videos_by_id(pages: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The videos of one or more answers to the same question, their fields put together."""
    found: dict[str, Mapping[str, Any]] = {}
    for page in pages:
        videos = page.get("videos")
        for video in videos if isinstance(videos, list) else ():
            post_id = _id_of(video)
            if post_id:
                found[post_id] = {**found.get(post_id, {}), **video}
    return found


def read_post(video: Mapping[str, Any], metrics: Sequence[Metric], since: datetime) -> FoundPost | None:
    """The post with its readings; None for one before *since*, or of an unknown time."""
    published_at = moment(video, "create_time")
    if published_at is None or published_at < since:
        return None
    url = _without_tracking(string(video, "share_url"))
    kind = _kind_of(url)
    return FoundPost(
        post_id=_id_of(video),
        kind=kind,
        published_at=published_at,
        url=url,
        text=string(video, "video_description") or string(video, "title"),
        # Dead after six hours; every listing brings a new one (sheet 3, confirmed).
        thumbnail_url=string(video, "cover_image_url") or None,
        readings=readings_of(metrics, video, kind),
    )


def readings_of(
    metrics: Sequence[Metric], answer: Mapping[str, Any], kind: PostKind | None = None
) -> tuple[Reading, ...]:
    """A reading for each of *metrics* that posts of *kind* have. A number left out is no 0."""
    return tuple(
        Reading.of(metric, _value_of(metric, answer))
        for metric in metrics
        if metric.kinds is None or kind is None or kind in metric.kinds
    )


def _value_of(metric: Metric, answer: Mapping[str, Any]) -> int | None:
    """The number, or the sum of its parts; None as soon as a part is unknown."""
    parts = [count(answer, field) for field in metric_fields([metric])]
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _id_of(video: object) -> str:
    """The id as a string, also where it comes as a number; "" for what is no video."""
    value = video.get("id") if isinstance(video, dict) else None
    return "" if isinstance(value, bool) or not isinstance(value, (str, int)) else str(value)


def _kind_of(url: str | None) -> PostKind:
    """
    A video, unless the address says that it is a photo post.

    The video object has no field for it; that photo posts have addresses of their own is recalled
    (sheet 7), that they would be listed with them is inference.
    """
    return PostKind.ALBUM if url is not None and "/photo/" in url else PostKind.VIDEO


def _without_tracking(share_url: str) -> str | None:
    """The public address. TikTok appends the app's client key to it (sheet 3, confirmed)."""
    try:
        parts = urlsplit(share_url)
    except ValueError:  # an unclosed bracket in the host
        return None
    host = parts.hostname or ""
    if parts.scheme != "https" or not (host == "tiktok.com" or host.endswith(".tiktok.com")):
        return None
    return f"https://{host}{parts.path}"
