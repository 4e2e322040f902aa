"""The frame around every consent page: one inline stylesheet, nothing from outside, no script."""

from html import escape
from pathlib import Path

_ACCENTS = {
    "facebook": "#0b5fcc",
    "instagram": "#b02a6f",
    "tiktok": "#c2204b",
    "google": "#1a6b3c",
    "control": "#3b3f8f",
}

_STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")


def page(key: str, shown_as: str, title: str, body: str, *, wide: bool = False) -> str:
    """A whole HTML page; *body* is HTML, the rest is plain text."""
    banner = f"<b>SANDBOX</b> · stand-in for {escape(shown_as)} · nobody is really signed in"
    card = f"<section class=card><h1>{escape(title)}</h1>{body}</section>"
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} · sandbox</title>"
        f"<style>:root{{--accent:{_ACCENTS[key]}}}{_STYLE}</style></head>"
        f"<body><div class=banner>{banner}</div>"
        f"<main{' class=wide' if wide else ''}>{card}</main></body></html>"
    )


def hidden(name: str, value: str) -> str:
    """A hidden form field."""
    return f'<input type=hidden name="{escape(name)}" value="{escape(value)}">'


def form(action: str, *parts: str) -> str:
    """A plain POST form to *action*."""
    return f'<form method=post action="{escape(action)}">{"".join(parts)}</form>'
