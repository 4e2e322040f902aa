"""Google's id_token: who signed in, as far as the granted scopes go."""

import hashlib
from typing import Any

from linkroll_sandbox.cast import Person
from linkroll_sandbox.clock import HOUR
from linkroll_sandbox.google import jwt, scopes
from linkroll_sandbox.google.keys import b64, published_keys, signing_key
from linkroll_sandbox.grants import Grant
from linkroll_sandbox.world import World

ISSUER = "https://accounts.google.com"


def id_token(world: World, grant: Grant, access_token: str, nonce: str) -> str:
    """The signed claims about the person behind *grant*."""
    person, app, now = world.cast.people[grant.person], world.apps["google"], int(world.now())
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "azp": app.client_id,
        "aud": app.client_id,
        "sub": person.google_sub,
        "at_hash": b64(hashlib.sha256(access_token.encode()).digest()[:16]),
        "iat": now,
        "exp": now + HOUR,
        **profile_claims(person, grant.scopes),
    }
    return jwt.signed(claims | ({"nonce": nonce} if nonce else {}), signing_key(world.google))


def profile_claims(person: Person, granted: list[str]) -> dict[str, Any]:
    """Name and picture with the profile scope, the address with the email scope."""
    claims: dict[str, Any] = {}
    if scopes.PROFILE in granted:
        given, _, family = person.name.partition(" ")
        picture = f"https://lh3.googleusercontent.com/a/{person.key}=s96-c"
        claims |= {"name": person.name, "given_name": given, "family_name": family, "picture": picture}
    if scopes.EMAIL in granted:
        claims |= {"email": person.email, "email_verified": True}
    return claims


def read_id_token(world: World, text: str) -> dict[str, Any] | None:
    """The claims of a token that a published key signed, else None."""
    return jwt.read(text, published_keys(world.google))
