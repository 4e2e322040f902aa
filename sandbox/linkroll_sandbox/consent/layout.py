"""The frame around every consent page: one inline stylesheet, nothing from outside, no script."""

from html import escape

_ACCENTS = {
    "facebook": "#0b5fcc",
    "instagram": "#b02a6f",
    "tiktok": "#16181d",
    "google": "#1a6b3c",
    "control": "#3b3f8f",
}

STYLE = """
:root{color-scheme:light dark;--paper:#f3f4f7;--card:#fff;--ink:#1c2129;--quiet:#5b6472;--line:#dfe3ea;--warn:#a3261a}
@media(prefers-color-scheme:dark){:root{--paper:#14171c;--card:#1d2128;--ink:#eceff4;--quiet:#a2abb9;--line:#343b46;--warn:#ff9b8e}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
.banner{background:var(--accent);color:#fff;padding:.55rem 1rem;font-size:.85rem;text-align:center;letter-spacing:.02em}
main{max-width:29rem;margin:2.2rem auto;padding:0 1rem}
main.wide{max-width:70rem}
.card{background:var(--card);border:1px solid var(--line);border-top:4px solid var(--accent);border-radius:12px;padding:1.5rem;margin-bottom:1.2rem}
h1{font-size:1.3rem;line-height:1.3;margin:0 0 .3rem}
h2{font-size:.8rem;text-transform:uppercase;letter-spacing:.07em;color:var(--quiet);margin:1.5rem 0 .5rem}
p{margin:.4rem 0}.quiet{color:var(--quiet);font-size:.9rem}.error{color:var(--warn);font-weight:600}
form{margin:0}
.pick,.tick{display:flex;gap:.8rem;align-items:center;width:100%;padding:.7rem .8rem;margin:.45rem 0;border:1px solid var(--line);border-radius:10px;background:transparent;color:inherit;font:inherit;text-align:left}
.pick{cursor:pointer}.pick:hover,.pick:focus-visible{border-color:var(--accent);outline:2px solid var(--accent);outline-offset:-1px}
.tick{align-items:flex-start;cursor:pointer}.tick input{margin:.3rem 0 0;width:1.1rem;height:1.1rem;flex:none;accent-color:var(--accent)}
.face{width:2.4rem;height:2.4rem;border-radius:50%;background:var(--accent);color:#fff;display:grid;place-items:center;font-weight:700;flex:none}
.text{display:block;min-width:0;overflow-wrap:anywhere}.text small{display:block;color:var(--quiet)}
.badge{display:inline-block;border:1px solid currentColor;border-radius:6px;padding:0 .35rem;font-size:.72rem;color:var(--warn)}
.row{display:flex;gap:.7rem;margin-top:1.4rem;flex-wrap:wrap}
.go,.no,.plain{font:inherit;font-weight:600;border-radius:10px;padding:.65rem 1.1rem;cursor:pointer;border:1px solid var(--line);background:transparent;color:inherit}
.go{background:var(--accent);border-color:var(--accent);color:#fff;flex:1}.no{flex:1}
.plain{font-weight:400;font-size:.9rem;padding:.3rem .7rem}
:is(.go,.no,.plain):focus-visible{outline:3px solid var(--quiet);outline-offset:2px}
code{font-size:.85em;overflow-wrap:anywhere}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{text-align:left;padding:.45rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td form{display:inline}select,input[type=text],input[type=number]{font:inherit;padding:.3rem .5rem;border:1px solid var(--line);border-radius:8px;background:transparent;color:inherit}
"""


def page(key: str, shown_as: str, title: str, body: str, *, wide: bool = False) -> str:
    """A whole HTML page; *body* is HTML, the rest is plain text."""
    accent = _ACCENTS[key]
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} · sandbox</title><style>:root{{--accent:{accent}}}{STYLE}</style></head>"
        f"<body><div class=banner><b>SANDBOX</b> · stand-in for {escape(shown_as)} · nobody is really signed in</div>"
        f"<main{' class=wide' if wide else ''}><section class=card><h1>{escape(title)}</h1>{body}</section></main>"
        "</body></html>"
    )


def hidden(name: str, value: str) -> str:
    """A hidden form field."""
    return f'<input type=hidden name="{escape(name)}" value="{escape(value)}">'


def form(action: str, *parts: str) -> str:
    """A plain POST form to *action*."""
    return f'<form method=post action="{escape(action)}">{"".join(parts)}</form>'
