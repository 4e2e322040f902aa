"""Platform and login, with the proof that linkroll only reads."""

from __future__ import annotations

import strawberry
from linkroll_sdk import Pkce, PlatformKey, Purpose, Revocation


@strawberry.type(description="One permission a login asks for.")
class Permission:
    scope: str = strawberry.field(description="The platform's own name for it.")
    purpose: str = strawberry.field(description="What linkroll reads with it.")
    read_only: bool = strawberry.field(description="Always true: a plugin with any other does not load.")
    consent_wording: str = strawberry.field(
        description="The platform's sentence on the consent page, which may sound like more than it is."
    )
    needed_for: list[PlatformKey] = strawberry.field(
        description="The platforms whose accounts cannot be linked without it."
    )


@strawberry.type(
    description="A request other than GET that a plugin may send. Nothing else leaves the server."
)
class AllowedOperation:
    method: str = strawberry.field(description="The HTTP method.")
    host: str = strawberry.field(description="The host.")
    path: str = strawberry.field(description="The path; `*` stands for one segment.")
    purpose: Purpose = strawberry.field(description="Why.")


@strawberry.type(
    description="A consent surface of a platform company. One login can serve several platforms."
)
class Login:
    key: str = strawberry.field(description="Names the login in `connectSocialAccount`.")
    name: str = strawberry.field(description="The name shown to people.")
    available: bool = strawberry.field(description="Whether a consent can be started here and now.")
    unavailable_reason: str | None = strawberry.field(description="Why not; null when it can.")
    serves: list[PlatformKey] = strawberry.field(description="The installed platforms it reaches.")
    permissions: list[Permission] = strawberry.field(description="All it asks for.")
    allowed_operations: list[AllowedOperation] = strawberry.field(
        description="Every request other than GET that it may send."
    )
    pkce: Pkce = strawberry.field(description="How it proves that who started a consent finishes it.")
    revocation: Revocation = strawberry.field(description="What unlinking takes down at the platform.")
    consent_days: int = strawberry.field(description="How long a consent counts.")


@strawberry.type(description="The installed package that brings a platform.")
class Plugin:
    name: str = strawberry.field(description="The entry point's name.")
    distribution: str = strawberry.field(description="The installed distribution.")
    version: str = strawberry.field(description="Its version.")


@strawberry.type(description="A platform whose accounts can be added and connected.")
class Platform:
    key: PlatformKey = strawberry.field(description="Names the platform.")
    name: str = strawberry.field(description="The name shown to people.")
    plugin: Plugin = strawberry.field(description="Where it comes from.")
    logins: list[Login] = strawberry.field(description="The logins that reach its accounts, its own first.")
    permissions: list[Permission] = strawberry.field(description="All its logins ask for on its behalf.")
    allowed_operations: list[AllowedOperation] = strawberry.field(
        description="Every request other than GET that its logins may send."
    )
