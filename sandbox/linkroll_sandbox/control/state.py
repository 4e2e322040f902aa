"""The state of the sandbox as JSON; of a token only its first characters."""

from dataclasses import asdict
from typing import Any

from linkroll_sandbox.cast import Person
from linkroll_sandbox.control.people import PLATFORMS, accounts_of
from linkroll_sandbox.faults import Fault
from linkroll_sandbox.grants import Grant, Token
from linkroll_sandbox.world import World

_SHOWN = 12


def state_of(world: World) -> dict[str, Any]:
    """People with their accounts, live grants, and what is set."""
    return {
        "clock": clock_of(world),
        "people": {key: _person(world, person) for key, person in world.cast.people.items()},
        "grants": [grant_facts(world, grant) for grant in live_grants(world)],
        "next_consents": {key: asdict(one) for key, one in world.next_consents.items()},
        "switches": world.switches,
        "faults": [fault_facts(one) for one in world.faults],
    }


def clock_of(world: World) -> dict[str, Any]:
    """`now` in UTC and the offset from real time."""
    return {"now": world.clock.today().isoformat(), "offset_seconds": world.clock.offset_seconds}


def fault_facts(fault: Fault) -> dict[str, Any]:
    """A fault as it was ordered: its own fields beside the common ones."""
    facts: dict[str, Any] = asdict(fault)
    details: dict[str, Any] = facts.pop("details")
    return facts | details


def live_grants(world: World) -> list[Grant]:
    """Every consent that still stands."""
    return [grant for grant in world.ledger.grants.values() if grant.ended is None]


def grant_facts(world: World, grant: Grant) -> dict[str, Any]:
    """A grant with its tokens, dead ones too, each with the reason."""
    tokens = world.ledger.tokens_of(grant)
    return asdict(grant) | {"tokens": [_token(world, one) for one in tokens]}


def _token(world: World, token: Token) -> dict[str, Any]:
    return {
        "starts_with": token.value[:_SHOWN],
        "kind": token.kind,
        "page_id": token.page_id,
        "issued_at": token.issued_at,
        "expires_at": token.expires_at,
        "ended": world.ledger.why_dead(token, world.now()),
    }


def _person(world: World, person: Person) -> dict[str, Any]:
    accounts = {
        platform: [asdict(one) for one in accounts_of(world.cast, person, platform)] for platform in PLATFORMS
    }
    return asdict(person) | {"accounts": accounts}
