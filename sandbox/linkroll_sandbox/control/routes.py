"""The control API: JSON over HTTP under `/_control/`, and the page beside it."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from linkroll_sandbox.control.content import POSTINGS, truth_of
from linkroll_sandbox.control.inputs import (
    ControlError,
    Endpoint,
    guarded,
    number,
    one_of,
    only,
    read_input,
    read_json,
)
from linkroll_sandbox.control.page import control_page
from linkroll_sandbox.control.people import ACTS
from linkroll_sandbox.control.settings import (
    advance_clock,
    read_faults,
    set_app,
    set_clock,
    set_switches,
)
from linkroll_sandbox.control.state import clock_of, fault_facts, state_of
from linkroll_sandbox.deliveries import automatic
from linkroll_sandbox.deliveries import control as deliveries
from linkroll_sandbox.registrations import LOGINS, App
from linkroll_sandbox.world import world_of


async def page(request: Request) -> Response:
    """The page for people."""
    return HTMLResponse(control_page(world_of(request)))


async def state(request: Request) -> Response:
    """Everything, tokens as prefixes."""
    return JSONResponse(state_of(world_of(request)))


async def reset(request: Request) -> Response:
    """Back to a fresh sandbox."""
    only(await read_input(request), ())
    world_of(request).reset()
    return await state(request)


async def clock(request: Request) -> Response:
    """Read or set the clock."""
    world = world_of(request)
    if request.method == "PUT":
        set_clock(world, await read_input(request))
    return JSONResponse(clock_of(world))


async def advance(request: Request) -> Response:
    """Move the clock on."""
    world = world_of(request)
    advance_clock(world, await read_input(request))
    return JSONResponse(clock_of(world))


async def requests(request: Request) -> Response:
    """The record of platform requests, or its end."""
    record = world_of(request).record
    if request.method == "DELETE":
        record.clear()
        return JSONResponse({"requests": []})
    asked = only(dict(request.query_params), ("host", "since"))
    found = record.select(asked.get("host"), int(number(asked, "since", 0)))
    return JSONResponse({"requests": [asdict(entry) for entry in found]})


async def apps(request: Request) -> Response:
    """The credentials of all four registrations."""
    found = world_of(request).apps.values()
    return JSONResponse({app.login: _credentials(app) for app in found})


def _credentials(app: App) -> dict[str, str]:
    return {"client_id": app.client_id, "client_secret": app.client_secret}


async def app(request: Request) -> Response:
    """One registration, whole."""
    login = one_of(request.path_params, "login", LOGINS)
    found = world_of(request).apps[login]
    if request.method == "PUT":
        set_app(found, await read_input(request))
    return JSONResponse(asdict(found))


async def switches(request: Request) -> Response:
    """All switches; PUT turns the named ones."""
    world = world_of(request)
    if request.method != "GET":
        set_switches(world, await read_input(request))
    return JSONResponse(world.switches)


async def faults(request: Request) -> Response:
    """The faults that still wait to strike; PUT replaces, DELETE takes all back."""
    world = world_of(request)
    if request.method == "PUT":
        world.faults[:] = read_faults(await read_json(request))
    if request.method == "DELETE":
        world.faults.clear()
    return JSONResponse([fault_facts(one) for one in world.faults])


async def act(request: Request) -> Response:
    """What a person does to their accounts."""
    world, key = world_of(request), request.path_params["key"]
    if key not in world.cast.people:
        known = ", ".join(world.cast.people)
        raise ControlError(f"Nobody is called {key!r}; there are: {known}.", 404)
    name = one_of(request.path_params, "act", (*ACTS, *POSTINGS))
    person, given = world.cast.people[key], await read_input(request)
    if name in POSTINGS:
        return JSONResponse({"done": name, "person": key, **POSTINGS[name](world, person, given)})
    callbacks = automatic.consequences(world, name, key, given)
    ACTS[name](world, person, given)
    await automatic.send_all(world, callbacks)
    return JSONResponse({"done": name, "person": key})


async def truth(request: Request) -> Response:
    """What every account has published, and its numbers, whatever the platforms tell."""
    return JSONResponse(truth_of(world_of(request), dict(request.query_params)))


def _route(path: str, endpoint: Endpoint, *methods: str) -> Route:
    return Route(path, guarded(endpoint), methods=list(methods) or ["GET"])


routes = [
    _route("/", page),
    _route("/state", state),
    _route("/reset", reset, "POST"),
    _route("/clock", clock, "GET", "PUT"),
    _route("/clock/advance", advance, "POST"),
    _route("/requests", requests, "GET", "DELETE"),
    _route("/apps", apps),
    _route("/apps/{login}", app, "GET", "PUT"),
    _route("/switches", switches, "GET", "PUT", "POST"),
    _route("/faults", faults, "GET", "PUT", "DELETE"),
    _route("/truth", truth),
    _route("/people/{key}/{act}", act, "POST"),
    *deliveries.routes,
]
