"""What the people of the cast write under their posts."""

from linkroll_sandbox.content.accounts import Account

_LINES = {
    "mara": (
        "Rye starter, day {n}.",
        "Crumb shot of loaf {n}.",
        "Cold oven, hot pot.",
        "Seeds on everything.",
    ),
    "ben": (
        "Ride number {n}.",
        "A wheel, trued.",
        "Rain again, and out again.",
        "This chain has seen hills.",
    ),
    "chen": (
        "Bowl {n} out of the kiln.",
        "Glaze test, still wet.",
        "Clay day.",
        "Handles are the hard part.",
    ),
    "dina": (
        "Night train {n}.",
        "A platform with a view.",
        "Lunch between two borders.",
        "Slow, on purpose.",
    ),
    "emil": ("Sketch {n}.", "Ink everywhere.", "A hand, again.", "Page {n} of the notebook."),
}
#: A campaign that several of them take part in.
_CAMPAIGN, _IN_CAMPAIGN = "#ryeweek", ("mara", "chen", "dina")


def caption(account: Account, slot: int) -> str:
    """The text of a post: every fourth is part of the campaign, every sixth thanks Mara."""
    number = slot // 2
    lines = _LINES[account.owner]
    parts = [lines[number % len(lines)].format(n=number)]
    if account.owner in _IN_CAMPAIGN and number % 4 == 1:
        parts.append(_CAMPAIGN)
    if account.owner != "mara" and number % 6 == 3:
        parts.append("With @mara.bakes.")
    return " ".join(parts)
