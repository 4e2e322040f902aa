"""What both sides are asked: as GraphQL, and as the path of a hand-written endpoint with the same JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

ACCOUNT = (
    "id platform handle url displayName followers status statusReason nextAction authenticatedAt expiresAt"
)

POINT = f"""query ($id: ID!) {{ profile(id: $id) {{
  id displayName kind totalFollowers
  socialAccounts(first: 20) {{ nodes {{ {ACCOUNT} }} }}
}} }}"""

PAGE = f"""query {{ profiles(first: 50, orderBy: OLDEST) {{
  nodes {{ id displayName kind totalFollowers socialAccounts(first: 20) {{ nodes {{ {ACCOUNT} }} }} }}
  pageInfo {{ hasNextPage endCursor }}
}} }}"""

SMALLEST = "{ __typename }"

MANY_TIMES = " ".join(f"a{n}: profile {{ id }}" for n in range(55))
LARGEST = (
    f"{{ profiles(first: 100) {{ nodes {{ socialAccounts(first: 4) {{ nodes {{ {MANY_TIMES} }} }} }} }} }}"
)
"""About the most that one operation may ask for by the usual limits, and all of it is there."""

CHART = """query ($id: ID!, $from: Date!, $to: Date!) { socialAccount(id: $id) {
  id handle
  metrics(names: [VIEWS], from: $from, to: $to, granularity: DAY) {
    name unit measure platformMetric availability
    points { day value availability complete fetchedAt definition }
    breaks { day }
  }
} }"""

NUMBERS = """query ($after: String!) { socialAccounts(first: 50, after: $after, orderBy: OLDEST) {
  nodes {
    id platform handle
    latestMetrics(names: [VIEWS, FOLLOWERS, ENGAGEMENTS]) {
      __typename name availability ... on MetricNumber { value day fetchedAt }
    }
  }
  pageInfo { hasNextPage endCursor }
} }"""


@dataclass(frozen=True)
class Way:
    """A question about one object: the variables of the query, and the path of the bare endpoint."""

    variables: Mapping[str, str]
    bare_path: str


@dataclass(frozen=True)
class Question:
    """
    A query about different objects in turn, and the ratio that must be reached.

    One object asked about for ever would be answered from the database's warmest page.
    """

    name: str
    query: str
    ways: Sequence[Way]
    least: float

    def graphql(self, key: str) -> list[bytes]:
        """The question as GraphQL requests."""
        return [_post({"query": self.query, "variables": way.variables}, key) for way in self.ways]

    def plain(self) -> list[bytes]:
        """The question as the bare endpoint takes it."""
        return [f"GET {way.bare_path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for way in self.ways]


def _post(payload: Mapping[str, object], key: str) -> bytes:
    body = orjson.dumps(payload)
    return (
        b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer "
        + key.encode()
        + f"\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
