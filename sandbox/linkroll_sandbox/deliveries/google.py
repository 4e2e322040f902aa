"""Google's security events on their way to the receiver (YouTube sheet 6)."""

from linkroll_sandbox.control.inputs import ControlError, one_of, text
from linkroll_sandbox.deliveries.parcels import Order, Parcel
from linkroll_sandbox.google import security_events
from linkroll_sandbox.google.security_events import HASHED, PREFIX, SecurityEvent
from linkroll_sandbox.grants import Token
from linkroll_sandbox.world import World

_DISABLED_FOR = ("hijacking", "bulk-account")


def account_event(world: World, order: Order) -> Parcel:
    """An event about the whole Google Account."""
    return _parcel(world, order, security_events.about_person(order.kind, world.cast.people[order.person]))


def account_disabled(world: World, order: Order) -> Parcel:
    """`reason` is hijacking or bulk-account, or left out: Google does not always say."""
    given = order.details
    reason = {"reason": one_of(given, "reason", _DISABLED_FOR)} if "reason" in given else {}
    person = world.cast.people[order.person]
    return _parcel(world, order, security_events.about_person(order.kind, person, **reason))


def token_revoked(world: World, order: Order) -> Parcel:
    """About one refresh token: `token`, or the person's newest."""
    identifier = one_of(order.details, "identifier", (HASHED, PREFIX), default=HASHED)
    named = text(order.details, "token") if "token" in order.details else _newest(world, order.person).value
    return _parcel(world, order, security_events.about_token(named, identifier))


def verification(world: World, order: Order) -> Parcel:
    """The `state` that the receiver would have asked for."""
    state = text(order.details, "state") if "state" in order.details else "sandbox"
    return _parcel(world, order, security_events.verification(state))


def _parcel(world: World, order: Order, event: SecurityEvent) -> Parcel:
    body = security_events.security_event_token(world, event, order.forge)
    headers = {"Content-Type": "application/secevent+jwt"}  # [recalled]
    return Parcel("google", "security-events", body.encode(), headers)


def _newest(world: World, person: str) -> Token:
    """The newest refresh token, a live one first: an event may come when it is dead already."""
    ledger, now = world.ledger, world.now()
    found = [
        token
        for token in ledger.tokens.values()
        if token.login == "google" and token.kind == "refresh" and ledger.grant_of(token).person == person
    ]
    if not found:
        raise ControlError(f"{person} never gave a refresh token at google.")
    return max(found, key=lambda one: (ledger.why_dead(one, now) is None, one.issued_at))
