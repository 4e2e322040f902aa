"""Loading plugins: what is wrong with one keeps it out, by name, and hurts no other."""

from __future__ import annotations

import dataclasses
import sys
import types
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, entry_points

import pytest
from linkroll_sdk import Operation, Platform, Purpose, Scope, hookimpl

from server.platforms import Platforms, load_platforms

MakeEntry = Callable[..., EntryPoint]


@pytest.fixture
def entry() -> Iterator[MakeEntry]:
    """Entry points to modules that are made on the spot, and forgotten afterwards."""
    made: list[str] = []

    def make(name: str, hook: object, called: str = "linkroll_platforms") -> EntryPoint:
        module = types.ModuleType(f"linkroll_made_{name}")
        if hook is not None:
            setattr(module, called, hook)
        sys.modules[module.__name__] = module
        made.append(module.__name__)
        return EntryPoint(name, module.__name__, "linkroll")

    yield make
    for name in made:
        del sys.modules[name]


def tiktok() -> Platform:
    """A real platform, to be spoilt."""
    return load_platforms([e for e in entry_points(group="linkroll") if e.name == "tiktok"]).by_key["tiktok"]


def bringing(*platforms: object) -> Callable[[], object]:
    """A hook that brings these."""

    @hookimpl
    def linkroll_platforms() -> object:
        return platforms

    return linkroll_platforms


def with_login(**changes: object) -> Platform:
    """TikTok with its login's declaration changed."""
    platform = tiktok()
    login = platform.logins[0]
    changed = type("Spoilt", (type(login),), changes)
    return dataclasses.replace(platform, logins=(changed(),))


def problems(platforms: Platforms, name: str) -> str:
    """What is noted against a plugin."""
    (plugin,) = [p for p in platforms.plugins if p.name == name]
    return " ".join(plugin.problems)


def test_the_four_first_party_plugins_load_through_entry_points() -> None:
    platforms = load_platforms()

    assert set(platforms.by_key) == {"facebook", "instagram", "tiktok", "youtube"}
    assert all(not plugin.problems for plugin in platforms.plugins)
    assert {p.distribution for p in platforms.plugins} == {f"linkroll-{key}" for key in platforms.by_key}


def test_a_plugin_that_fails_to_import_hurts_no_other(entry: MakeEntry) -> None:
    broken = EntryPoint("broken", "linkroll_that_is_not_there", "linkroll")

    platforms = load_platforms([broken, entry("good", bringing(tiktok()))])

    assert "tiktok" in platforms
    assert "ModuleNotFoundError" in problems(platforms, "broken")


def test_a_plugin_that_raises_hurts_no_other(entry: MakeEntry) -> None:
    @hookimpl
    def linkroll_platforms() -> object:
        raise RuntimeError("no reason")

    platforms = load_platforms([entry("broken", linkroll_platforms), entry("good", bringing(tiktok()))])

    assert "tiktok" in platforms
    assert "RuntimeError: no reason" in problems(platforms, "broken")


@pytest.mark.parametrize("answer", [None, 5, "tiktok"], ids=["none", "number", "text"])
def test_nonsense_from_the_hook_is_a_problem(entry: MakeEntry, answer: object) -> None:
    platforms = load_platforms([entry("odd", bringing(answer))])

    assert problems(platforms, "odd") and not platforms.by_key


def test_a_module_without_the_hook_is_a_problem(entry: MakeEntry) -> None:
    platforms = load_platforms([entry("empty", None)])

    assert "does not implement linkroll_platforms" in problems(platforms, "empty")


def test_a_misspelt_hook_is_a_problem(entry: MakeEntry) -> None:
    """pluggy would accept it and never call it."""

    @hookimpl
    def linkroll_platform() -> object:
        return ()

    platforms = load_platforms([entry("misspelt", linkroll_platform, "linkroll_platform")])

    assert problems(platforms, "misspelt")


def test_a_scope_that_writes_keeps_the_plugin_out(entry: MakeEntry) -> None:
    writing = Scope("video.publish", "posts", "Post videos", read_only=False)
    spoilt = with_login(scopes=(*tiktok().logins[0].scopes, writing))

    platforms = load_platforms([entry("spoilt", bringing(spoilt))])

    assert "video.publish" in problems(platforms, "spoilt") and "tiktok" not in platforms


def test_a_scope_on_the_refused_list_keeps_the_plugin_out(entry: MakeEntry) -> None:
    refused = sorted(tiktok().logins[0].refused_scopes)[0]
    spoilt = with_login(scopes=(Scope(refused, "reads, honestly", "…"),))

    platforms = load_platforms([entry("spoilt", bringing(spoilt))])

    assert "refused list" in problems(platforms, "spoilt")


@pytest.mark.parametrize(
    "operation",
    [
        Operation("POST", "elsewhere.example", "/x", Purpose.TOKEN),
        Operation("PUT", "open.tiktokapis.com", "/v2/x", Purpose.QUERY),
        Operation("DELETE", "open.tiktokapis.com", "/v2/video", Purpose.QUERY),
    ],
    ids=["undeclared host", "PUT", "DELETE that is no revocation"],
)
def test_an_operation_that_could_write_keeps_the_plugin_out(entry: MakeEntry, operation: Operation) -> None:
    spoilt = with_login(operations=(*tiktok().logins[0].operations, operation))

    platforms = load_platforms([entry("spoilt", bringing(spoilt))])

    assert problems(platforms, "spoilt") and "tiktok" not in platforms


def test_the_later_of_two_plugins_with_one_key_is_refused_by_name(entry: MakeEntry) -> None:
    platforms = load_platforms([entry("first", bringing(tiktok())), entry("second", bringing(tiktok()))])

    assert platforms.plugin_of_platform("tiktok").name == "first"
    assert "'tiktok' is already brought by" in problems(platforms, "second")
