"""A state file carries a sandbox over a restart."""

import json
import stat

import pytest

from linkroll_sandbox.statefile import StateFile
from linkroll_sandbox.world import NextConsent, World

CALLBACK = "http://127.0.0.1:8000/oauth/callback"


async def test_tokens_clock_and_renames_survive_a_restart(serve, tmp_path):
    path = tmp_path / "sandbox.json"
    async with serve(World(), path) as before:
        callback = await before.consent("facebook", "mara")
        query = {**before.secrets("facebook"), "redirect_uri": CALLBACK, "code": callback["code"]}
        token = (await before.get("https://graph.facebook.com/oauth/access_token", **query)).json[
            "access_token"
        ]
        await before.advance(minutes=10)
        await before.act("mara", "rename", platform="tiktok", handle="marabreads")

    async with serve(World(), path) as after:
        me = await after.get("https://graph.facebook.com/me", access_token=token)
        state = await after.control("GET", "/state")

    assert me.json["name"] == "Mara Linden"
    assert state["clock"]["offset_seconds"] == 600
    assert state["people"]["mara"]["accounts"]["tiktok"][0]["username"] == "marabreads"


async def test_the_file_is_for_its_owner_only(serve, tmp_path):
    path = tmp_path / "sandbox.json"
    async with serve(World(), path) as sandbox:
        await sandbox.advance(days=1)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["sandbox.json"]


async def test_the_record_stays_out_of_the_file(serve, tmp_path):
    path = tmp_path / "sandbox.json"
    async with serve(World(), path) as sandbox:
        await sandbox.bearer("https://graph.facebook.com/me", "EAAGsecret")

    assert "EAAGsecret" not in path.read_text()


async def test_an_unchanged_world_is_not_written_again(tmp_path):
    file = StateFile(tmp_path / "sandbox.json", World())
    file.write()
    file.path.unlink()

    file.write()

    assert not file.path.exists()


async def test_changes_are_gathered_before_they_are_written(tmp_path):
    file = StateFile(tmp_path / "sandbox.json", World(), delay=60)

    file.touch()
    file.touch()

    assert not file.path.exists()
    file.write()
    assert file.path.exists()


def test_a_world_comes_back_as_it_was():
    world = World()
    world.next_consents["google/mara"] = NextConsent(scopes=["openid"])
    world.cast.page("615000111222333").roles.pop("chen")

    restored = World()
    restored.restore(json.loads(json.dumps(world.to_json())))

    assert restored == world


@pytest.mark.parametrize(
    "extra", [{"weather": "fine"}, {"switches": {}}], ids=["unknown key", "missing switches"]
)
def test_a_file_of_another_age_still_opens(extra):
    world = World()

    world.restore(world.to_json() | extra)

    assert world == World()
