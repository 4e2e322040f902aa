"""What the platforms' quotas will be asked for."""

from __future__ import annotations

import dataclasses

from linkroll_sdk import PlatformKey

from server.resolvers.context import Info, viewer_of
from server.schema.types.errors import coded
from server.schema.types.quota_forecasts import QuotaDemand, QuotaForecast
from server.services.callers.viewers import Role
from server.services.polling import forecast


async def quota_forecast(info: Info) -> list[QuotaForecast]:
    """Every quota of every login that has accounts; a coded error for anybody but admins."""
    if viewer_of(info).role is not Role.ADMIN:
        raise coded("FORBIDDEN", "This needs an admin key.")
    return [_shown(found) for found in await forecast.quota_forecast(info.context.host)]


def _shown(found: forecast.QuotaForecast) -> QuotaForecast:
    facts = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
    works = [
        QuotaDemand(platform=PlatformKey(one.platform), work=one.work, requests=one.requests)
        for one in found.works
    ]
    return QuotaForecast(**{**facts, "works": works})
