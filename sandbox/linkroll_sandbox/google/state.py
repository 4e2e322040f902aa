"""What Google itself remembers: which key signs now, and the quota that is spent."""

from dataclasses import dataclass, field


@dataclass
class GoogleState:
    """One project at Google. Kept with the world, so that a reset forgets it."""

    #: Number of the key that signs; `google/keys.py` turns it into a key.
    signing_key: int = 1
    #: Numbers of the keys that the key set still shows, the signing one first.
    published_keys: list[int] = field(default_factory=lambda: [1])
    #: Units spent, keyed by `bucket/Pacific day`.
    spent: dict[str, int] = field(default_factory=dict)

    def rotate(self, *, keep_old: bool) -> None:
        """A new key signs from now on; the one before stays published for a while, or not."""
        before = [self.signing_key] if keep_old else []
        self.signing_key += 1
        self.published_keys = [self.signing_key, *before]
