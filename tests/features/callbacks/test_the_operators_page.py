"""The page for operators names exactly the addresses that the installed plugins listen at."""

from __future__ import annotations

import re
from pathlib import Path

from server.platforms import load_platforms

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "callbacks.md"


def test_the_page_lists_each_callback_of_the_installed_plugins_and_no_other() -> None:
    logins = load_platforms().logins.values()
    listening = {f"{login.key}/{callback.key}" for login in logins for callback in login.callbacks}

    listed = set(re.findall(r"`https://linkroll\.example/callbacks/([a-z/-]+)`", PAGE.read_text()))

    assert listed == listening and listening
