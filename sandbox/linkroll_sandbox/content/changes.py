"""What a test changed in the truth: the only part of it that is kept."""

from dataclasses import dataclass, field


@dataclass
class Published:
    """A post that a test published, beside the schedule."""

    platform: str
    account_id: str
    slot: int
    kind: str
    at: float
    text: str


@dataclass
class Changes:
    """Posts that came and posts that went."""

    published: list[Published] = field(default_factory=list)
    #: `platform/account/slot` of each deleted post, with the moment.
    deleted: dict[str, float] = field(default_factory=dict)
