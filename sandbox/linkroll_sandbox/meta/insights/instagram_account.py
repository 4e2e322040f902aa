"""
`/{ig-user}/insights` (section 4.1).

A `total_value` over a window tells the truth of the Pacific days that begin in it, so a window of one
day tells that day. The sheet says that such a window "may read 0" on the live platform; here it never
does for a day on which something happened.
"""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from linkroll_sandbox.clock import DAY
from linkroll_sandbox.content.days import end_of
from linkroll_sandbox.meta.insights import audience
from linkroll_sandbox.meta.insights.items import (
    Item,
    breakdown,
    graph_time,
    listed,
    metrics_asked,
    split,
    total_item,
    value_item,
)
from linkroll_sandbox.meta.insights.told import day_told, is_too_small, window_told
from linkroll_sandbox.meta.insights.windows import Window, window
from linkroll_sandbox.meta.instagram_views import InstagramView

_PRODUCTS = {"REEL": 0.45, "STORY": 0.2, "CAROUSEL_CONTAINER": 0.15, "POST": 0.2}
_FOLLOW_TYPES = {"FOLLOWER": 0.55, "NON_FOLLOWER": 0.42, "UNKNOWN": 0.03}
_BUTTONS = {"EMAIL": 0.5, "TEXT": 0.1, "DIRECTION": 0.3, "CALL": 0.1}
_SPLITS = {
    "media_product_type": _PRODUCTS,
    "follow_type": _FOLLOW_TYPES,
    "contact_button_type": _BUTTONS,
}
_FORMS = ("default", "time_series", "total_value")
_BY_BOTH = ("follow_type", "media_product_type")
_BY_PRODUCT = ("media_product_type",)
_KEPT = 2 * 365 * DAY


@dataclass(frozen=True)
class Told:
    """A metric: whose number of the truth it tells, in which forms, cut up by what."""

    truth: str
    breakdowns: tuple[str, ...] = ()
    forms: tuple[str, ...] = ("total_value",)
    needs_hundred: bool = False


METRICS = {
    "views": Told("views", _BY_BOTH),
    "reach": Told("reach", _BY_BOTH, ("time_series", "total_value")),
    "accounts_engaged": Told("accounts_engaged"),
    "total_interactions": Told("engagements", _BY_PRODUCT),
    "likes": Told("likes", _BY_PRODUCT),
    "comments": Told("comments", _BY_PRODUCT),
    "saves": Told("saves", _BY_PRODUCT),
    "shares": Told("shares", _BY_PRODUCT),
    "replies": Told("replies"),
    "reposts": Told("reposts"),
    "follows_and_unfollows": Told("followers_gained", ("follow_type",), needs_hundred=True),
    "profile_links_taps": Told("profile_link_taps", ("contact_button_type",)),
    "follower_count": Told("followers_gained", forms=("default",), needs_hundred=True),
    # Deprecated on 2025-01-08, yet still answered in August 2026 [X].
    "profile_views": Told("profile_views"),
    "website_clicks": Told("clicks"),
}


async def account_insights(request: Request, view: InstagramView) -> Response:
    """Insights of the account: one unknown metric fails the whole call."""
    view.require_insights()
    metrics = _metrics(request, view)
    if any(one in audience.METRICS for one in metrics):
        return JSONResponse(listed(request, audience.items(request, view, metrics)))
    if request.query_params.get("period") != "day":
        raise view.error(100, f"(#100) {metrics[0]} does not support this period; it takes: day")
    form, cut = _form(request, view, metrics), request.query_params.get("breakdown")
    asked = _window(request, view)
    found = [_item(view, one, asked, form, cut) for one in metrics]
    return JSONResponse(listed(request, [item for item in found if item], asked))


def _metrics(request: Request, view: InstagramView) -> list[str]:
    metrics = metrics_asked(request.query_params)
    if not metrics:
        raise view.error(100, "(#100) The parameter metric is required")
    dead = view.world.switches["meta_dead_metrics"].split(",")
    known = [one for one in (*METRICS, *audience.METRICS) if one not in dead]
    for place, one in enumerate(metrics):
        if one not in known:
            # [recalled] as to the words; a renamed metric and a mistyped one look the same (10.6).
            words = f"(#100) metric[{place}] must be one of the following values: {', '.join(known)}"
            raise view.error(100, words)
    return metrics


def _form(request: Request, view: InstagramView, metrics: list[str]) -> str:
    """`metric_type`; the forms that a metric lacks are an error, but for `follower_count` (4.1)."""
    given = request.query_params.get("metric_type", "default")
    if given not in _FORMS:
        raise view.error(100, f"(#100) metric_type must be one of the following values: {', '.join(_FORMS)}")
    for one in metrics:
        _check_form(view, one, given)
        _check_breakdown(request, view, one, given)
    return given


def _check_form(view: InstagramView, metric: str, form: str) -> None:
    forms = METRICS[metric].forms
    fits = form in forms or "default" in forms or (form == "default" and "time_series" in forms)
    if not fits:
        words = f"(#100) The following metrics ({metric}) should be specified with parameter metric_type="
        raise view.error(100, words + forms[-1])


def _check_breakdown(request: Request, view: InstagramView, metric: str, form: str) -> None:
    """A breakdown that one metric does not take has no better answer than this one (4.1)."""
    cut = request.query_params.get("breakdown")
    if cut is not None and form == "total_value" and cut not in METRICS[metric].breakdowns:
        raise view.error(1, "An unknown error has occurred.")


def _window(request: Request, view: InstagramView) -> Window:
    """Two years are kept [X]; what is older is refused by name."""
    now, params = view.world.now(), request.query_params
    asked = window(params.get("since"), params.get("until"), now)
    if asked.since < now - _KEPT:
        raise view.error(100, "(#100) Insights are only available for the last 2 years")
    return asked


def _item(view: InstagramView, metric: str, asked: Window, form: str, cut: str | None) -> Item | None:
    """None where there is nothing to tell: Meta then leaves the metric out, it does not say 0."""
    told = METRICS[metric]
    if told.needs_hundred and is_too_small(view.world, view.truth):
        return None
    if "default" in told.forms and form == "total_value":
        return None
    if form != "total_value":
        return _series(view, metric, asked)
    value = window_told(view.world, view.truth, told.truth, asked.days)
    if value is None:
        return None
    return _total(view, metric, value, asked, cut)


def _series(view: InstagramView, metric: str, asked: Window) -> Item | None:
    """One point for each day that is over, zero days too."""
    truth = METRICS[metric].truth
    found = [(day, day_told(view.world, view.truth, truth, day)) for day in asked.days]
    if metric == "follower_count":
        found = [(day, value) for day, value in found if end_of(day) > view.world.now() - 30 * DAY]
    values = [
        {"value": value, "end_time": graph_time(end_of(day))} for day, value in found if value is not None
    ]
    return value_item(view.account.id, metric, "day", values) if values else None


def _total(view: InstagramView, metric: str, value: int, asked: Window, cut: str | None) -> Item:
    if metric == "follows_and_unfollows":
        return _follows(view, value, asked, cut)
    cuts: list[dict[str, Any]] | None = None
    if cut is not None:
        parts = split(value, _SPLITS[cut])
        cuts = [breakdown([cut], {(name,): part for name, part in parts.items()})]
    return total_item(view.account.id, metric, "day", value, cuts)


def _follows(view: InstagramView, gained: int, asked: Window, cut: str | None) -> Item:
    """Who came counts as FOLLOWER, who left as NON_FOLLOWER [inference]."""
    lost = window_told(view.world, view.truth, "followers_lost", asked.days) or 0
    cuts = [breakdown(["follow_type"], {("FOLLOWER",): gained, ("NON_FOLLOWER",): lost})] if cut else None
    return total_item(view.account.id, "follows_and_unfollows", "day", gained + lost, cuts)
