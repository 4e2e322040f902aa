"""The page that tells a person how far the deletion of their data is."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from server.host import Host
from server.routes.pages import page
from server.services.callbacks.deliveries import Deletion, DeletionState, deletion_by_code


async def deletion_status(request: Request) -> Response:
    """`GET /deletion/{code}`: for whoever has the code, which the platform shows to the person alone."""
    host: Host = request.app.state.host
    deletion = await deletion_by_code(host, request.path_params["code"])
    response = _unknown() if deletion is None else _state(deletion)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _state(deletion: Deletion) -> Response:
    asked = f"You asked for it on {deletion.received_at:%Y-%m-%d}."
    match deletion.state:
        case DeletionState.RECEIVED:
            return page("open", "Your request was received", asked, "Your data will be deleted shortly.")
        case DeletionState.DELETING:
            return page(
                "open",
                "Your data are being deleted",
                asked,
                "The access to your account has ended already. Its numbers are going now.",
            )
        case DeletionState.DONE:
            return page(
                "good",
                "Your data are deleted",
                asked,
                "The access to your account has ended, and nothing that was read by it is kept.",
            )


def _unknown() -> Response:
    return page(
        "not",
        "There is no such request",
        "Check the address, or the confirmation code at its end.",
        status=404,
    )
