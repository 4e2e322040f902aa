"""
The pages of a consent: who is here, as which account, what is allowed.

Plain forms that a person can click and a program can walk. Every form carries its `step`; the
consent form says with `scopes_shown`, `pages_shown` and `instagram_shown` which boxes it really
showed, so that an unticked box counts only then.
"""

from html import escape

from linkroll_sandbox.cast import Person
from linkroll_sandbox.consent.answers import Answers
from linkroll_sandbox.consent.layout import form, hidden, page
from linkroll_sandbox.consent.login import Ask, Asset, Choice, Login, Offer, ScopeLine

#: Google's scopes are addresses; the part that tells them apart is the last one.
_LONG_PREFIX = "https://www.googleapis.com/auth/"
_CANCEL = "<button class=plain name=decision value=deny>Cancel</button>"


def person_page(login: Login, ask: Ask, action: str, people: list[Person]) -> str:
    """There are no passwords here, so the page asks who is at the browser."""
    faces = "".join(_pick("person", one.key, one.name, one.email) for one in people)
    body = (
        f"<p class=quiet>{escape(ask.app.name)} wants to connect to {escape(login.shown_as)}.</p>"
        + form(action, hidden("step", "person"), faces)
        + form(action, hidden("step", "person"), f"<div class=row>{_CANCEL}</div>")
    )
    return page(login.key, login.shown_as, "Who is signed in at this browser?", body)


def account_page(login: Login, action: str, person: Person, choices: list[Choice]) -> str:
    """For somebody with several accounts or channels."""
    faces = "".join(_pick(login.account_word, one.id, one.title, one.detail) for one in choices)
    body = (
        f"<p class=quiet>Signed in as {escape(person.name)}.</p>"
        + form(action, hidden("step", "account"), hidden("person", person.key), faces)
        + _somebody_else(action)
    )
    return page(login.key, login.shown_as, f"Choose a {login.account_word}", body)


def consent_page(
    login: Login, ask: Ask, action: str, person: Person, choice: Choice, offer: Offer, ticked: Answers
) -> str:
    """What the app asks for, each with its box, and the two buttons."""
    fields = [
        hidden("step", "consent"),
        hidden("person", person.key),
        hidden(login.account_word, choice.id),
        _scopes(offer.scopes, ticked.scopes),
        _assets("page", "Pages", offer.pages, ticked.pages),
        _assets("instagram", "Instagram accounts", offer.instagram, ticked.instagram),
        _everything(offer),
        _buttons(),
    ]
    body = _who(person, choice) + form(action, *fields) + _somebody_else(action)
    return page(login.key, login.shown_as, f"{ask.app.name} would like access", body)


def _who(person: Person, choice: Choice) -> str:
    acting = "" if choice.title == person.name else f", as <b>{escape(choice.title)}</b>"
    return f"<p class=quiet>You are {escape(person.name)}{acting}.</p>"


def dead_end_page(login: Login, action: str, person: Person, problem: str) -> str:
    """This person cannot consent here; the platform says why and offers the way back."""
    body = (
        f"<p class=error>{escape(problem)}</p><p class=quiet>Signed in as {escape(person.name)}.</p>"
        + form(action, hidden("step", "person"), f"<div class=row>{_CANCEL}</div>")
        + _somebody_else(action)
    )
    return page(login.key, login.shown_as, "This does not work with this account", body)


def _pick(name: str, value: str, title: str, detail: str) -> str:
    face = f"<span class=face aria-hidden=true>{escape(title[:1])}</span>"
    text = f"<span class=text>{escape(title)}<small>{escape(detail)}</small></span>"
    return f'<button class=pick name="{name}" value="{escape(value)}">{face}{text}</button>'


def _scopes(lines: list[ScopeLine], ticked: list[str] | None) -> str:
    if not lines:
        return ""
    boxes = "".join(_scope(line, ticked is None or line.name in ticked) for line in lines)
    return f"<h2>What it may do</h2>{hidden('scopes_shown', '1')}{boxes}"


def _scope(line: ScopeLine, ticked: bool) -> str:
    badge = " <span class=badge>can change things</span>" if line.writes else ""
    name = escape(line.name.removeprefix(_LONG_PREFIX))
    detail = f"<code>{name}</code>{' · always included' if line.fixed else ''}"
    return _box(
        "scope", line.name, f"{escape(line.wording)}{badge}", detail, ticked or line.fixed, line.fixed
    )


def _assets(name: str, heading: str, assets: list[Asset], ticked: list[str] | None) -> str:
    if not assets:
        return ""
    boxes = "".join(
        _box(name, one.id, escape(one.title), escape(one.detail), ticked is None or one.id in ticked)
        for one in assets
    )
    marker = "pages_shown" if name == "page" else "instagram_shown"
    return f"<h2>{heading}</h2>{hidden(marker, '1')}{boxes}"


def _everything(offer: Offer) -> str:
    if not offer.pages:
        return ""
    title, detail = "All current and future Pages and accounts", "Then the ticks above do not count."
    return "<h2>Or simply</h2>" + _box("assets", "all", title, detail, ticked=False)


def _box(name: str, value: str, title: str, detail: str, ticked: bool, fixed: bool = False) -> str:
    flags = (" checked" if ticked else "") + (" disabled" if fixed else "")
    return (
        f'<label class=tick><input type=checkbox name="{name}" value="{escape(value)}"{flags}>'
        f"<span class=text>{title}<small>{detail}</small></span></label>"
    )


def _buttons() -> str:
    return (
        "<div class=row><button class=go name=decision value=allow>Allow</button>"
        "<button class=no name=decision value=deny>Not now</button></div>"
    )


def _somebody_else(action: str) -> str:
    button = "<div class=row><button class=plain>Use another person</button></div>"
    return form(action, hidden("step", "switch"), button)
