"""What every resolver gets, and how a refusal becomes a payload."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from graphql import GraphQLError
from strawberry.types import Info as StrawberryInfo

from server.database_errors import DatabaseAway, OutcomeUnknown
from server.events import Listener
from server.host import Host
from server.ids import row_id, uuid_id
from server.reads.reader import Reader
from server.reads.refusals import show
from server.reads.selection import Selection
from server.request_facts import request_id
from server.resolvers.acts import ids_in
from server.schema.types.errors import coded
from server.services.callers.audit import Act, actor_of, witnessed
from server.services.callers.viewers import Forbidden, Viewer, require_scope
from server.services.refusals import (
    ConnectAttemptNotFound,
    MergeNotFound,
    ProfileNotFound,
    Refusal,
    SocialAccountNotFound,
)

Resolver = TypeVar("Resolver", bound=Callable[..., Awaitable[Any]])


class Viewers(Protocol):
    """What turns a key into its viewer (`server.identity.keyring`)."""

    async def viewer(self, key: str | None) -> Viewer | None: ...


@dataclass
class Context:
    """One operation's surroundings. *viewer* is None without (valid) credentials."""

    host: Host
    listener: Listener
    viewer: Viewer | None = None
    connection_params: dict[str, Any] | None = None
    _viewers: Viewers | None = field(default=None, repr=False)
    _key: str | None = field(default=None, repr=False)

    async def of(self, viewers: Viewers, key: str | None) -> Context:
        """These surroundings for the caller with *key*."""
        return Context(self.host, self.listener, await viewers.viewer(key), None, viewers, key)

    async def renewed(self) -> Context:
        """These surroundings with the caller looked up anew."""
        assert self._viewers is not None
        return await self.of(self._viewers, self._key)

    def adopt(self, other: Context) -> None:
        """Become the surroundings of another caller: a socket's, once it has said who it is."""
        self.viewer, self._viewers, self._key = other.viewer, other._viewers, other._key

    async def still_valid(self) -> bool:
        """Whether the caller's key still stands for the same viewer: a stream must end when it does not."""
        return (await self.renewed()).viewer == self.viewer


Info = StrawberryInfo[Context, None]


def viewer_of(info: Info) -> Viewer:
    """The caller, or the coded error for none."""
    if info.context.viewer is None:
        raise coded("UNAUTHENTICATED", "Send a valid API key or token: `Authorization: Bearer …`.")
    return info.context.viewer


def reader_of(info: Info) -> Reader:
    """Reads for the caller, all at this moment."""
    return Reader(info.context.host, viewer_of(info))


def mutation(resolve: Resolver) -> Resolver:
    """
    Turn the refusals a resolver meets into members of its payload union, and a wrong role into an error.

    What is done and what is refused goes into the audit log; the former with the change itself.
    """

    @functools.wraps(resolve)
    async def wrapped(info: Info, *args: Any, **kwargs: Any) -> Any:
        act = _act(info, (*args, *kwargs.values()))
        try:
            require_scope(viewer_of(info), info.field_name)
            with witnessed(act):
                return await resolve(info, *args, **kwargs)
        except Refusal as refusal:
            await act.refused(refusal.code)
            return await show(reader_of(info), refusal, Selection.below(info))
        except Forbidden as error:
            await act.refused("FORBIDDEN")
            raise coded("FORBIDDEN", f"This needs {error.needed}.") from None
        except DatabaseAway as error:
            # There is nowhere to note it. What was committed before stays, and only its answer could not be read.
            if act.is_noted:
                raise OutcomeUnknown from error
            raise
        except Exception as error:
            # Whatever it was: that somebody tried is known, and it goes its way.
            await act.refused(_code_of(error))
            raise

    return wrapped  # type: ignore[return-value]


def _code_of(error: Exception) -> str:
    extensions = error.extensions if isinstance(error, GraphQLError) else None
    return str((extensions or {}).get("code", "INTERNAL_ERROR"))


def _act(info: Info, values: object) -> Act:
    """What a mutation with these arguments is to the audit log."""
    return Act(info.context.host, actor_of(viewer_of(info)), info.field_name, ids_in(values), request_id())


def profile_key(text: str) -> int:
    """The row behind a Profile's id; `ProfileNotFound` for any other text."""
    found = row_id(text, "Profile")
    if found is None:
        raise ProfileNotFound(id=text[:200])
    return found


def account_key(text: str) -> int:
    """The row behind a SocialAccount's id; `SocialAccountNotFound` for any other text."""
    found = row_id(text, "SocialAccount")
    if found is None:
        raise SocialAccountNotFound(id=text[:200])
    return found


def merge_key(text: str) -> int:
    """The row behind a ProfileMerge's id; `MergeNotFound` for any other text."""
    found = row_id(text, "ProfileMerge")
    if found is None:
        raise MergeNotFound(id=text[:200])
    return found


def attempt_key(text: str) -> Any:
    """The key behind a ConnectAttempt's id; `ConnectAttemptNotFound` for any other text."""
    found = uuid_id(text, "ConnectAttempt")
    if found is None:
        raise ConnectAttemptNotFound(id=text[:200])
    return found
