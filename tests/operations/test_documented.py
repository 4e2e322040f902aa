"""What an operator looks up is true: every setting with its default, every chore with its pace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from server.settings import LoginSettings, Settings
from server.worker.queue import add_chores, open_queue
from support.server import Server

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FOR_TESTS = {"LINKROLL_TEST_DATABASE_URL", "LINKROLL_SOAK"}
OPTIONS = "LINKROLL_LOGINS__<LOGIN>__OPTIONS__<NAME>"
DEPENDS = {
    "LINKROLL_DATA_DIR": "`/var/lib/linkroll` for root, else `$XDG_DATA_HOME/linkroll` or `~/.local/share/linkroll`",
    "LINKROLL_IDE": "`true`; `false` in production",
    "LINKROLL_INTROSPECTION": "`anyone`; `callers` in production",
    "LINKROLL_LISTEN_URL": "the database's",
    "LINKROLL_PUBLIC_URL": "`http://host:port`",
    "LINKROLL_VAULT_KEYS": "the file `vault.key` in the data folder",
}
"""Defaults that hang on something else, as they are told."""


def settings_of(model: type[BaseModel], prefix: str = "LINKROLL_") -> Iterator[tuple[str, Any]]:
    """Every variable that the server reads, and its default."""
    for name, field in model.model_fields.items():
        variable = prefix + name.upper()
        if name == "logins":
            yield from settings_of(LoginSettings, f"{variable}__<LOGIN>__")
        elif parts := [part for part in (field.annotation, *get_args(field.annotation)) if _is_model(part)]:
            yield from settings_of(parts[0], f"{variable}__")
        elif name == "options":
            yield OPTIONS, None
        else:
            default = field.get_default(call_default_factory=True)
            yield variable, None if default is PydanticUndefined else default


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def rows_of(page: str, first: str) -> Iterator[list[str]]:
    """The rows of a page's tables whose first cell begins with *first*, cell by cell."""
    for line in (DOCS / page).read_text().splitlines():
        if line.startswith(f"| `{first}"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


REAL = dict(settings_of(Settings))
TOLD = {row[0].strip("`"): row[1] for row in rows_of("reference/settings.md", "LINKROLL_")}


def test_every_setting_is_in_the_reference_and_nothing_else() -> None:
    assert sorted(TOLD) == sorted(REAL)


@pytest.mark.parametrize("name", sorted(set(REAL) - {n for n in REAL if "<LOGIN>" in n}))
def test_a_settings_default_is_the_one_in_the_reference(name: str) -> None:
    default, told = REAL[name], TOLD[name]
    if name in DEPENDS:
        assert told == DEPENDS[name]
    elif default in (None, ()):
        assert told == "none"
    elif isinstance(default, (int, float)):
        assert float(told.strip("`")) == default
    else:
        assert told == f"`{default}`"


def test_defaults_that_depend_on_where_the_server_runs_are_as_told() -> None:
    here, there = Settings(), Settings(env="production", public_url="https://roster.example")

    assert (here.shows_ide, there.shows_ide) == (True, False)
    assert (here.may_introspect, there.may_introspect) == ("anyone", "callers")
    assert here.origin == "http://127.0.0.1:8040"


def test_no_page_names_a_setting_that_is_gone() -> None:
    pages = [DOCS.parent / "README.md", DOCS.parent / "SECURITY.md", *DOCS.rglob("*.md")]
    known = {*REAL, *FOR_TESTS}

    gone = {
        f"{page.name}: {name}"
        for page in pages
        for name in re.findall(r"LINKROLL_[A-Z_]+[A-Z]", page.read_text())
        # Whole names, and beginnings such as `LINKROLL_LOGINS__TIKTOK__…`.
        if name not in known and "LOGINS" not in name
    }

    assert gone == set()


# Chores

EVERY = {"s": r"\* \* \* \* \* \*/(\d+)", "min": r"\*/(\d+) \* \* \* \* 0"}
WHOLE = {"* * * * * 0": "1 min", "0 * * * * 0": "1 h"}


def pace(cron: str) -> str:
    """How often a chore comes, as the guide says it."""
    for unit, pattern in EVERY.items():
        if found := re.fullmatch(pattern, cron):
            return f"{found[1]} {unit}"
    return WHOLE[cron]


def test_every_chore_is_in_the_guide_at_its_pace_and_nothing_else(server: Server, database_url: str) -> None:
    text = (DOCS / "how-to" / "operate.md").read_text()
    table = text[text.index("| chore | every | does |") :].partition("\n\n")[0]
    told = dict(re.findall(r"^\| `([a-z_:<>]+)` \| ([^|]+) \|", table, re.MULTILINE))

    queue = open_queue(database_url)
    add_chores(queue, server.host)
    periodic = queue.periodic_registry.periodic_tasks.values()
    real = {re.sub(r":.*", ":<login>", one.task.name): pace(one.cron) for one in periodic}

    assert told == real


def test_every_file_of_the_server_that_a_page_names_is_there() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    named = {
        (path, page.name) for page in pages for path in re.findall(r"`(server/[\w./]+)`", page.read_text())
    }

    assert named
    assert [one for one in named if not (ROOT / one[0]).exists()] == []
