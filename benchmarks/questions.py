"""The questions both sides answer: as GraphQL, and as hand-written SQL with the same JSON."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Question:
    """One row of the report, with the ratio that must be reached."""

    name: str
    query: str
    variables: dict[str, str]
    bare_path: str
    least: float
