"""The control page: the same turns as the API, for a person at a demo."""

from html import escape
from typing import Any

from linkroll_sandbox.cast import Person
from linkroll_sandbox.consent.layout import form, hidden, page
from linkroll_sandbox.control.people import PLATFORMS, accounts_of, names_of
from linkroll_sandbox.control.state import live_grants
from linkroll_sandbox.grants import Grant
from linkroll_sandbox.record import Entry
from linkroll_sandbox.registrations import LOGINS
from linkroll_sandbox.switches import SWITCHES, Switch
from linkroll_sandbox.world import World

_RECENT = 15


def control_page(world: World) -> str:
    """The whole page."""
    body = "".join(
        (
            _clock(world),
            _people(world),
            _grants(world),
            _switches(world),
            _apps(world),
            _requests(world),
            _reset(),
        )
    )
    return page("control", "the platforms: control", "linkroll sandbox", body, wide=True)


def _clock(world: World) -> str:
    now = world.clock.today().strftime("%Y-%m-%d %H:%M UTC")
    days = world.clock.offset_seconds / 86_400
    steps = "".join(
        _button("/_control/clock/advance", f"+{step} days", days=str(step), announced_seconds="1")
        for step in (1, 14, 60, 91)
    )
    ahead = f"<span class=quiet>({days:+.1f} days from real time)</span>"
    return f"<h2>Clock</h2><p><b>{now}</b> {ahead}</p><div class=acts>{steps}</div>"


def _people(world: World) -> str:
    rows = "".join(_person(world, person) for person in world.cast.people.values())
    return _table("People", ("who", "has", "acts"), rows)


def _person(world: World, person: Person) -> str:
    has = "<br>".join(_accounts(world, person, platform) for platform in PLATFORMS)
    root = f"/_control/people/{person.key}"
    acts = [
        _button(f"{root}/change-password", "change password"),
        _button(f"{root}/checkpoint", "checkpoint"),
        _button(f"{root}/switch-to-personal", "Instagram to personal"),
        *(_button(f"{root}/remove-app", f"remove app at {login}", login=login) for login in LOGINS),
    ]
    who = f"<b>{escape(person.name)}</b><br><code>{escape(person.key)}</code>"
    return f"<tr><td>{who}</td><td>{has}</td><td><div class=acts>{''.join(acts)}</div></td></tr>"


def _accounts(world: World, person: Person, platform: str) -> str:
    handles = [f"@{names_of(one)[1]}{_note(one)}" for one in accounts_of(world.cast, person, platform)]
    return f"<span class=quiet>{platform}</span> {escape(', '.join(handles) or '–')}"


def _note(account: Any) -> str:
    """What is unusual about an account."""
    if getattr(account, "account_type", "") == "PERSONAL":
        return " (personal)"
    if getattr(account, "business_id", ""):
        return " (portfolio)"
    return " (brand)" if getattr(account, "is_brand", False) else ""


def _grants(world: World) -> str:
    rows = "".join(_grant(world, grant) for grant in live_grants(world))
    nothing = "<tr><td colspan=4 class=quiet>nobody has consented yet</td></tr>"
    return _table("Live grants", ("login", "person", "scopes", "live tokens"), rows or nothing)


def _grant(world: World, grant: Grant) -> str:
    now, ledger = world.now(), world.ledger
    live = [one.kind for one in ledger.tokens_of(grant) if ledger.why_dead(one, now) is None]
    scopes = " ".join(scope.rsplit("/", 1)[-1] for scope in grant.scopes)
    cells = (grant.login, grant.person, scopes, ", ".join(live) or "none")
    return _row(*map(escape, cells))


def _switches(world: World) -> str:
    rows = "".join(_switch(name, switch, world.switches[name]) for name, switch in SWITCHES.items())
    return _table("Switches", ("name", "changes", "set to"), rows)


def _switch(name: str, switch: Switch, value: str) -> str:
    chooser = f"{_chooser(name, switch, value)} <button class=plain>set</button>"
    return _row(f"<code>{name}</code>", _marked(switch.changes), form("/_control/switches", chooser))


def _chooser(name: str, switch: Switch, value: str) -> str:
    if switch.pattern is not None:
        return f'<input name="{name}" aria-label="{name}" value="{escape(value)}" size=12>'
    options = "".join(
        f"<option{' selected' if one == value else ''}>{escape(one)}</option>" for one in switch.values
    )
    return f'<select name="{name}" aria-label="{name}">{options}</select>'


def _marked(words: str) -> str:
    """Plain words in which backticks mark code."""
    parts = escape(words).split("`")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))


def _apps(world: World) -> str:
    rows = "".join(
        _row(app.login, f"<code>{escape(app.client_id)}</code>", f"<code>{escape(app.client_secret)}</code>")
        for app in world.apps.values()
    )
    return _table("Apps", ("login", "client id", "client secret"), rows)


def _requests(world: World) -> str:
    recent = reversed(world.record.entries[-_RECENT:])
    rows = "".join(_request(entry) for entry in recent)
    nothing = "<tr><td colspan=4 class=quiet>nothing yet</td></tr>"
    return _table("Latest requests", ("#", "request", "status", ""), rows or nothing)


def _request(entry: Entry) -> str:
    what = f"<code>{escape(entry.method)} {escape(entry.host)}{escape(entry.path)}</code>"
    notes = [entry.fault or "", "write refused" if entry.write else ""]
    return _row(str(entry.seq), what, str(entry.status or ""), escape(" ".join(notes)))


def _reset() -> str:
    return f"<h2>Start over</h2>{_button('/_control/reset', 'Reset the sandbox')}"


def _button(action: str, label: str, **fields: str) -> str:
    inputs = "".join(hidden(name, value) for name, value in fields.items())
    return form(action, inputs, f"<button class=plain>{escape(label)}</button>")


def _table(title: str, heads: tuple[str, ...], rows: str) -> str:
    head = "".join(f"<th>{one}</th>" for one in heads)
    return f"<h2>{title}</h2><div class=scroll><table><tr>{head}</tr>{rows}</table></div>"


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
