"""What insights of a Page need, and which of its metrics are still alive."""

from collections.abc import Collection

from linkroll_sandbox.cast import Page
from linkroll_sandbox.meta.callers import Caller
from linkroll_sandbox.meta.errors import GraphError


def require_page_insights(caller: Caller, page: Page) -> None:
    """The Page token, two permissions and the ANALYZE task (section 4.4)."""
    if caller.page is None:
        # The sheet asks for the Page token and has no code for a call without it [recalled].
        words = "(#190) This method must be called with a Page Access Token"
        raise GraphError(190, words, subcode=2069032)
    caller.require("read_insights", 200)
    caller.require("pages_read_engagement", 200)
    if "ANALYZE" not in page.roles.get(caller.person.key, []):
        raise GraphError(200, "(#200) The user must have the ANALYZE task on the Page", status=403)


def check_metrics(caller: Caller, metrics: list[str], known: Collection[str]) -> None:
    """Without a metric 3001/1504028; one dead or mistyped metric fails the whole call."""
    if not metrics:
        words = "(#3001) No metric was specified to be fetched. Please specify one or more metrics."
        raise GraphError(3001, words, subcode=1504028)
    dead = caller.world.switches["meta_dead_metrics"].split(",")
    if any(one not in known or one in dead for one in metrics):
        raise GraphError(100, "(#100) The value must be a valid insights metric")
