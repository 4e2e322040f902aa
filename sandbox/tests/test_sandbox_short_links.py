"""Short links lead to canonical addresses, out of the platforms, or round and round."""

import pytest


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("https://vm.tiktok.com/ZExAmPl3/", "https://www.tiktok.com/@marabakes"),
        ("https://vm.tiktok.com/ZMaraV1d", "https://www.tiktok.com/@marabakes/video/7574012345678901234"),
        ("https://vt.tiktok.com/ZSD1na/", "https://www.tiktok.com/@dinatravels"),
        ("https://www.tiktok.com/t/ZTMara/", "https://www.tiktok.com/@marabakes"),
        ("https://fb.me/marabakes", "https://www.facebook.com/marabakes"),
        ("https://www.facebook.com/share/1MaraPage/", "https://www.facebook.com/marabakes"),
        ("https://www.facebook.com/share/r/1DinaReel/", "https://www.facebook.com/reel/880000000000021"),
        ("https://www.instagram.com/share/BAmara", "https://www.instagram.com/mara.bakes/"),
        ("https://www.instagram.com/share/reel/BAryeReel", "https://www.instagram.com/reel/DAbc_12-xYz/"),
        ("https://vm.tiktok.com/ZElsewhere/", "https://elsewhere.example/landing"),
    ],
)
async def test_a_short_link_redirects(sandbox, link, target):
    answer = await sandbox.get(link)

    assert (answer.status, answer.location) == (301, target)


async def test_one_link_never_ends(sandbox):
    first = await sandbox.get("https://vm.tiktok.com/ZRound/")
    second = await sandbox.get(first.location)

    assert second.location == "https://vm.tiktok.com/ZRound/"


async def test_an_unknown_code_leads_nowhere(sandbox):
    assert (await sandbox.get("https://vm.tiktok.com/nothing/")).status == 404


async def test_head_is_enough_to_resolve(sandbox):
    answer = await sandbox.call("HEAD", "https://fb.me/marabakes")

    assert answer.location == "https://www.facebook.com/marabakes"
