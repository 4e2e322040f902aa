"""What somebody knows of a part of the roster: pure, and changed only by what is known to have happened."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Merge:
    """What a merge moved."""

    survivor: str
    merged: str
    accounts: frozenset[str]
    redirects: frozenset[str]


@dataclass
class Roll:
    """What an actor knows of its part of the roster. Accounts map to how they stand."""

    accounts: dict[str, set[str]] = field(default_factory=dict)
    merged_into: dict[str, str] = field(default_factory=dict)
    merges: dict[str, Merge] = field(default_factory=dict)
    standing: dict[str, str] = field(default_factory=dict)

    def create(self, profile: str) -> None:
        """A profile came."""
        self.accounts[profile] = set()

    def add(self, profile: str, account: str) -> None:
        """An account came."""
        self.accounts[profile].add(account)
        self.standing[account] = "ADDED"

    def remove(self, account: str) -> None:
        """An account went."""
        for held in self.accounts.values():
            held.discard(account)
        del self.standing[account]

    def remove_profile(self, profile: str) -> None:
        """A profile went, with its accounts and the ids that lead to it."""
        for account in self.accounts.pop(profile):
            del self.standing[account]
        self.merged_into = {one: into for one, into in self.merged_into.items() if into != profile}
        known = {*self.accounts, *self.merged_into}
        self.merges = {n: m for n, m in self.merges.items() if {m.survivor, m.merged} <= known}

    def merge(self, name: str, survivor: str, merged: str) -> None:
        """Two profiles became one."""
        moved = self.accounts.pop(merged)
        redirects = frozenset(one for one, into in self.merged_into.items() if into == merged)
        self.merges[name] = Merge(survivor, merged, frozenset(moved), redirects)
        self.accounts[survivor] |= moved
        self.merged_into |= dict.fromkeys((*redirects, merged), survivor)

    def undo(self, name: str) -> None:
        """They are two again."""
        merge = self.merges.pop(name)
        back = self.accounts[merge.survivor] & merge.accounts
        self.accounts[merge.survivor] -= back
        self.accounts[merge.merged] = back
        del self.merged_into[merge.merged]
        self.merged_into |= dict.fromkeys(merge.redirects, merge.merged)
