"""Campaigns as the tests speak of them, and two platforms whose posts have numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from linkroll_sdk import Address, Level, Measure, Metric, MetricName, Platform, PostRef, ProfileRef, UrlResult

from server.ids import global_id, row_id
from server.platforms import Plugin
from server.services.polling.captions import hashtags_in, mentions_in
from support.chirp import ChirpUrls
from support.client import Client
from support.readings import DAY, Catalogue, PeepLogin, Readings
from support.rows import Rows

JOINED = """
  query ($id: ID!) { campaign(id: $id) { posts(first: 100) {
    totalCount nodes { id } edges { joinedBy matchedHashtags matchedMentions node { id } }
  } } }
"""
TOTALS = """
  query ($id: ID!, $names: [MetricName!]) { campaign(id: $id) { totals(names: $names) {
    posts
    sums {
      name unit value posts oldestFetchedAt newestFetchedAt
      platforms { platform value posts oldestFetchedAt newestFetchedAt }
      sources { platform login platformMetric apiVersion definition value posts }
    }
    leftOut { metric platform posts availability reason nextStep }
  } } }
"""
GAPS = """
  query ($id: ID!) { campaign(id: $id) {
    isWhole
    mustReconnect(first: 100) { totalCount nodes {
      account { id } status statusReason nextAction missingScopes
    } }
    missingUrls(first: 100) { totalCount nodes { url platform problem nextStep account { id } post { id } } }
  } }
"""
FACTS = {
    "CampaignAddressRefused": "url position because hint",
    "CampaignTooLarge": "field limit",
    "CampaignRuleRefused": "field text",
    "CampaignWindowBackwards": "startsAt endsAt",
}
POSTS = ("addCampaignPosts", "removeCampaignPosts")
RULES = ("createCampaign", "updateCampaign")
MEETS = {
    "CampaignAddressRefused": POSTS,
    "CampaignTooLarge": (*POSTS, *RULES, "addCampaignProfiles", "removeCampaignProfiles"),
    "CampaignRuleRefused": RULES,
    "CampaignWindowBackwards": RULES,
}
"""Which refusals have facts, and which mutations may meet them."""


class HonkLogin(PeepLogin):
    """Honk's login."""

    key = "honk"
    serves = frozenset({"honk"})


class HonkUrls(ChirpUrls):
    """Honk's addresses: a post's `honk.example/p/1` does not tell whose it is."""

    domains = frozenset({"honk.example"})

    def parse(self, address: Address) -> UrlResult:
        match address.segments:
            case ("p", number):
                return PostRef(number)
            case _:
                return ProfileRef(handle=address.segments[0])


def _of_posts(name: MetricName, word: str, measure: Measure = Measure.TOTAL) -> Metric:
    return Metric(name, Level.POST, word, measure, {"honk": frozenset({"read"})}, cadence=timedelta(hours=6))


HONK = Plugin(
    "honk",
    "linkroll-honk",
    "1.0",
    (
        Platform(
            "honk",
            "Honk",
            HonkUrls(),
            (HonkLogin(),),
            metrics=Catalogue(
                (_of_posts(MetricName.VIEWS, "honks"), _of_posts(MetricName.CLICKS, "taps", Measure.DAY))
            ),
        ),
    ),
)
"""Honk tells views of posts, as Chirp does, and clicks by the day."""


@dataclass
class Stage:
    """What campaigns are about: people, their accounts and posts, and an admin who plans."""

    client: Client
    rows: Rows
    readings: Readings

    @property
    def now(self) -> datetime:
        """The present moment by the server's clock."""
        return self.rows.now()

    async def linked(self, profile: str, platform: str = "chirp", **facts: Any) -> str:
        """An account that is linked with all that its posts' numbers need."""
        return await self.rows.linked(profile, platform=platform, scopes=("read",), **facts)

    async def post(self, account: str, text: str = "", at: datetime | None = None, **facts: Any) -> str:
        """A post with what its caption names, of an hour ago unless *at* says otherwise."""
        return await self.readings.post(
            account,
            text=text,
            hashtags=hashtags_in(text),
            mentions=mentions_in(text),
            published_at=at or self.now - timedelta(hours=1),
            **facts,
        )

    async def views(self, account: str, post: str, value: float | None, **facts: Any) -> None:
        """A reading of a post's views."""
        await self.readings.read(account, "VIEWS", value, post=post, level="POST", **facts)

    async def campaign(self, *profiles: str, **wishes: Any) -> str:
        """A campaign of these profiles, a week long and half over, unless *wishes* say otherwise."""
        answer = await self.change("createCampaign", **{"profileIds": list(profiles), **wishes})
        assert answer["__typename"] == "CreateCampaignSuccess", answer
        return str(answer["campaign"]["id"])

    async def change(self, mutation: str, client: Client | None = None, **wishes: Any) -> Any:
        """What a mutation of campaigns answers."""
        if mutation == "createCampaign":
            week = {"startsAt": moment(self.now - 3 * DAY), "endsAt": moment(self.now + 4 * DAY)}
            wishes = {"name": "Spring", **week, **wishes}
        kind = mutation[0].upper() + mutation[1:]
        success = "removedCampaignId" if mutation == "removeCampaign" else "campaign { id updatedAt }"
        facts = " ".join(
            f"... on {refusal} {{ {FACTS[refusal]} }}" for refusal in FACTS if mutation in MEETS[refusal]
        )
        return await (client or self.client).ask(
            f"mutation ($i: {kind}Input!) {{ {mutation}(input: $i) {{ __typename ... on Refusal {{ code message }}"
            f" ... on {kind}Success {{ {success} }} {facts} }} }}",
            i=wishes,
        )

    async def posts(self, campaign: str, client: Client | None = None) -> list[str]:
        """The campaign's posts, the newest first; pages, nodes and count agree."""
        found = (await (client or self.client).ask(JOINED, id=campaign))["posts"]
        ids = [edge["node"]["id"] for edge in found["edges"]]
        assert [node["id"] for node in found["nodes"]] == ids
        assert found["totalCount"] == len(ids)
        return ids

    async def joins(self, campaign: str) -> dict[str, tuple[str, list[str], list[str]]]:
        """How each post came in: by what, with which hashtags and mentions."""
        found = (await self.client.ask(JOINED, id=campaign))["posts"]["edges"]
        return {e["node"]["id"]: (e["joinedBy"], e["matchedHashtags"], e["matchedMentions"]) for e in found}

    async def totals(self, campaign: str, *names: str, client: Client | None = None) -> Any:
        """What the campaign comes to."""
        asked = await (client or self.client).ask(TOTALS, id=campaign, names=list(names) or None)
        return asked["totals"]

    async def gaps(self, campaign: str, client: Client | None = None) -> Any:
        """What is missing before the numbers are whole."""
        return await (client or self.client).ask(GAPS, id=campaign)


def moment(at: datetime) -> str:
    """A moment as the API takes it."""
    return at.isoformat()


async def plan(rows: Rows, name: str, *profiles: str) -> str:
    """A campaign of these profiles, through the century, put straight into the tables."""
    [row] = await rows.host.database.fetch(
        "INSERT INTO campaign (name, starts_at, ends_at, created_at, updated_at)"
        " VALUES ($1, '2000-01-01 00:00Z', '2100-01-01 00:00Z', $2, $2) RETURNING id",
        name,
        rows.now(),
    )
    await rows.host.database.fetch(
        "INSERT INTO campaign_profile (campaign_id, profile_id, added_at)"
        " SELECT $1, id, $3 FROM unnest($2::bigint[]) AS wanted(id)",
        row["id"],
        [row_id(profile, "Profile") for profile in profiles],
        rows.now(),
    )
    return global_id("Campaign", row["id"])


async def name_posts(rows: Rows, campaign: str, *keys: str, handle: str = "maker") -> None:
    """Posts at TikTok that a campaign names by their addresses, whether they are there or not."""
    await rows.host.database.fetch(
        "INSERT INTO campaign_url (campaign_id, platform, url_key, url, owner_handle_key, added_at)"
        " SELECT $1, 'tiktok', key, 'https://www.tiktok.com/@' || $3 || '/video/' || key, lower($3), $4"
        " FROM unnest($2::text[]) AS wanted(key)",
        row_id(campaign, "Campaign"),
        list(keys),
        handle,
        rows.now(),
    )
