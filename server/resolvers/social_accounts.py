"""Social accounts: questions and mutations."""

from __future__ import annotations

from typing import Any

from server.ids import global_id
from server.reads import social_accounts as reads
from server.reads.filters import named
from server.reads.payloads import One, show_success
from server.reads.refusals import show
from server.reads.selection import Selection
from server.resolvers.context import Info, account_key, mutation, profile_key, reader_of, viewer_of
from server.resolvers.nodes import node_of
from server.schema.types import payloads
from server.schema.types.inputs import (
    AddSocialAccountInput,
    RemoveSocialAccountInput,
    UnlinkSocialAccountInput,
)
from server.services.platforms.addresses import locate
from server.services.refusals import Refusal, SocialAccountNotFound
from server.services.roster import social_accounts


async def social_account(info: Info, id: str) -> Any | None:
    """The account, or None."""
    return await node_of(info, "SocialAccount", id)


async def all_social_accounts(info: Info, **args: Any) -> Any:
    """A page of the accounts the caller may see."""
    return await reads.ALL.load(reader_of(info), args, Selection.below(info))


async def social_account_by_url(info: Info, url: str, platform: str | None) -> Any:
    """The account that stands for an address or handle, or the refusal that says why there is none."""
    reader, selection = reader_of(info), Selection.below(info)
    try:
        located = await locate(reader.host, url, platform)
        sql = reader.sql()
        rows = await reader.fetch(
            f"SELECT t.id FROM social_account t WHERE {named(sql, 't', located)}"
            " ORDER BY t.platform_id IS NULL LIMIT 1",
            sql,
        )
        found = await reads.TABLE.by_id(reader, rows[0]["id"], selection) if rows else None
        if found is None:
            raise SocialAccountNotFound(id=url[:200])
        return found
    except Refusal as refusal:
        return await show(reader, refusal, selection)


@mutation
async def add_social_account(info: Info, input: AddSocialAccountInput) -> Any:
    """An account, attached."""
    account_id = await social_accounts.add_account(
        info.context.host, viewer_of(info), profile_key(input.profile_id), input.account, input.platform
    )
    return await show_success(
        reader_of(info),
        payloads.AddSocialAccountSuccess,
        Selection.below(info),
        {"social_account": One("SocialAccount", account_id)},
    )


@mutation
async def unlink_social_account(info: Info, input: UnlinkSocialAccountInput) -> Any:
    """An account whose link is over."""
    ended = await social_accounts.unlink_account(info.context.host, viewer_of(info), account_key(input.id))
    return await show_success(
        reader_of(info),
        payloads.UnlinkSocialAccountSuccess,
        Selection.below(info),
        {"social_account": One("SocialAccount", ended.account_id)},
        {"revocation": ended.revocation},
    )


@mutation
async def remove_social_account(info: Info, input: RemoveSocialAccountInput) -> Any:
    """An account taken off its profile."""
    ended, profile_id = await social_accounts.remove_account(
        info.context.host, viewer_of(info), account_key(input.id)
    )
    return await show_success(
        reader_of(info),
        payloads.RemoveSocialAccountSuccess,
        Selection.below(info),
        {"profile": One("Profile", profile_id)},
        {
            "removed_account_id": global_id("SocialAccount", ended.account_id),
            "revocation": ended.revocation,
        },
    )
