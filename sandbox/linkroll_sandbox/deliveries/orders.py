"""Reading what a caller wants to have delivered, as strictly as the rest of the control API."""

from linkroll_sandbox.control.inputs import ControlError, Input, as_object, number, one_of, only, text
from linkroll_sandbox.deliveries.kinds import CALLBACKS, KINDS, Kind
from linkroll_sandbox.deliveries.parcels import Order
from linkroll_sandbox.registrations import is_loopback_url
from linkroll_sandbox.world import World

_COMMON = ("login", "kind", "person", "account", "forge", "repeat")
_MOST = 20


def read_order(world: World, given: Input) -> Order:
    """The order. Raises ControlError with a sentence that says what is accepted."""
    login = one_of(given, "login", KINDS)
    name = one_of(given, "kind", KINDS[login])
    kind = KINDS[login][name]
    only(given, (*_COMMON, *kind.details))
    return Order(
        login=login,
        kind=name,
        person=one_of(given, "person", world.cast.people),
        account=text(given, "account") if given.get("account") is not None else None,
        forge=_forge(given, kind),
        repeat=_repeat(given),
        details={field: given[field] for field in kind.details if given.get(field) is not None},
    )


def _forge(given: Input, kind: Kind) -> str | None:
    """What cannot be wrong with this kind of message is refused, or a test would prove nothing."""
    if given.get("forge") is None:
        return None
    return one_of(given, "forge", kind.forges)


def _repeat(given: Input) -> int:
    times = number(given, "repeat", 1)
    if times not in range(1, _MOST + 1):
        raise ControlError(f"repeat must be a whole number from 1 to {_MOST}.")
    return int(times)


def read_callbacks(given: Input) -> dict[str, dict[str, str]]:
    """The whole register; it replaces the one before."""
    only(given, CALLBACKS)
    return {login: _addresses(login, as_object(given[login])) for login in given}


def _addresses(login: str, given: Input) -> dict[str, str]:
    only(given, CALLBACKS[login])
    addresses = {name: text(given, name) for name in given}
    for name, url in addresses.items():
        if not is_loopback_url(url):
            raise ControlError(f"{login}.{name} must be an http address on this machine, not {url!r}.")
    return addresses
