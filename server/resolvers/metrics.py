"""Metrics: the catalogue, and asking for fresh numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from linkroll_sdk import Level, Metric, MetricName, Platform, PlatformKey

from server.reads.payloads import One, show_success
from server.reads.selection import Selection
from server.resolvers.context import Info, account_key, mutation, reader_of, viewer_of
from server.schema.types import payloads
from server.schema.types.inputs import RefreshMetricsInput
from server.schema.types.metric_catalogue import MetricDefinition, MetricMeaning, MetricScopes
from server.services.metrics import metric_refreshes
from server.services.metrics.metric_answers import catalogue_of


async def metric_catalogue(
    info: Info,
    platforms: Sequence[str] | None,
    levels: Sequence[Level] | None,
    names: Sequence[MetricName] | None,
) -> list[MetricDefinition]:
    """What the installed platforms tell: by platform, then in each platform's own order."""
    viewer_of(info)
    host = info.context.host
    return [
        _definition(platform, metric)
        for key, platform in sorted(host.platforms.by_key.items())
        if platforms is None or key in platforms
        for metric in catalogue_of(host, key)
        if (levels is None or metric.level in levels) and (names is None or metric.name in names)
    ]


def _definition(platform: Platform, metric: Metric) -> MetricDefinition:
    return MetricDefinition(
        platform=PlatformKey(platform.key),
        name=metric.name,
        level=metric.level,
        platform_metric=metric.platform_name,
        description=metric.description,
        unit=metric.unit,
        measure=metric.measure,
        additive=metric.additive,
        kinds=None if metric.kinds is None else sorted(metric.kinds),
        scopes=[MetricScopes(login=k, scopes=sorted(v)) for k, v in sorted(metric.scopes.items())],
        cadence=metric.cadence,  # type: ignore[arg-type]
        delay=metric.delay,  # type: ignore[arg-type]
        history=metric.history,  # type: ignore[arg-type]
        definitions=list(_meanings(metric)),
        source=metric.source,
        certain=metric.certain,
    )


def _meanings(metric: Metric) -> Iterator[MetricMeaning]:
    for one in metric.definitions:
        since = None if one.since == date.min else one.since
        yield MetricMeaning(version=one.version, since=since, meaning=one.meaning)  # type: ignore[arg-type]


@mutation
async def refresh_metrics(info: Info, input: RefreshMetricsInput) -> Any:
    """The account, with its plan due now."""
    refresh = await metric_refreshes.refresh_metrics(
        info.context.host, viewer_of(info), account_key(input.account_id)
    )
    return await show_success(
        reader_of(info),
        payloads.RefreshMetricsSuccess,
        Selection.below(info),
        {"social_account": One("SocialAccount", refresh.account_id)},
        {"works": refresh.works, "again_at": refresh.again_at},
    )
