"""
The services' refusals as schema types: one interface, one type each, made from the facts they declare.

Old clients survive new refusals: `... on Refusal { code message nextStep }` catches every one.
"""

from __future__ import annotations

import dataclasses
import inspect
from datetime import datetime
from typing import Annotated, Any, Union, get_type_hints

import strawberry
from linkroll_sdk import PlatformKey
from strawberry.types import Info

from server.schema.types.nodes import relation
from server.schema.types.profiles import Profile
from server.schema.types.scalars import DateTime
from server.schema.types.social_accounts import SocialAccount
from server.services import refusals as services
from server.services.campaigns import campaign_refusals as _campaign_refusals  # noqa: F401  (importing registers them)
from server.services.metrics import metric_refusals as _metric_refusals  # noqa: F401  (importing registers them)
from server.services.refusals import BY_CODE

NODES: dict[str, type] = {"Profile": Profile, "SocialAccount": SocialAccount}
PLATFORM_FACTS = frozenset({"platform"})


@strawberry.interface(
    description="An expected outcome that is not the wished one. Nothing was changed unless it says so."
)
class Refusal:
    code: str = strawberry.field(description="Stable: branch on this. Each has a page in the documentation.")
    message: str = strawberry.field(description="What happened, for a person. Not stable.")
    next_step: str = strawberry.field(description="What to do now, for a developer or a person.")


def _shown(kind: type[services.Refusal]) -> type:
    """The schema type of one refusal."""
    hints = get_type_hints(kind)
    namespace: dict[str, Any] = {"__annotations__": {}, "__module__": __name__}
    for fact in dataclasses.fields(kind):  # type: ignore[arg-type]
        node, shown_as = fact.metadata["node"], fact.metadata["name"]
        if node is not None:
            namespace[shown_as_python(shown_as)] = _node_field(NODES[node], fact.metadata["description"])
            continue
        plain = PlatformKey if fact.name in PLATFORM_FACTS else hints[fact.name]
        plain = DateTime if plain is datetime else plain
        namespace["__annotations__"][fact.name] = (
            strawberry.ID if fact.name.endswith("id") and fact.name != "external_id" else plain
        )
        namespace[fact.name] = strawberry.field(description=fact.metadata["description"])
    shown = type(kind.__name__, (Refusal,), namespace)
    return strawberry.type(shown, description=" ".join((inspect.getdoc(kind) or "").split()))


def shown_as_python(name: str) -> str:
    """`socialAccount` as Python spells it."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def _node_field(kind: type, description: str) -> Any:
    def node(self: object, info: Info[Any, Any]) -> Any:
        """Loaded by the read path."""

    node.__annotations__ = {"info": Info, "return": kind | None}
    return relation(description=f"{description} Null when it is gone or not visible to the caller.")(node)


TYPES: dict[str, type] = {code: _shown(kind) for code, kind in BY_CODE.items()}
"""Schema types by refusal code."""


def one_of(name: str, description: str, *members: type) -> Any:
    """A union of schema types and refusals, for a mutation's payload."""
    shown = [TYPES[m.code] if issubclass(m, services.Refusal) else m for m in members]
    return Annotated[Union[tuple(shown)], strawberry.union(name, description=description)]  # noqa: UP007
