"""The copy test: a plugin's folder, copied elsewhere and renamed, is a working plugin."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"
TEXT = {".py", ".toml", ".md"}
REPORT = """
import json
from server.plugin_report import report
from server.settings import Settings
print(json.dumps(report(Settings())))
"""


@pytest.fixture
def chirp(tmp_path: Path) -> Path:
    """A copy of the TikTok plugin, renamed and installed beside the sdk, away from the repository."""
    copy = tmp_path / "chirp"
    shutil.copytree(PLUGINS / "tiktok", copy, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    (copy / "linkroll_tiktok").rename(copy / "linkroll_chirp")
    for file in (f for f in copy.rglob("*") if f.suffix in TEXT):
        text = file.read_text()
        file.write_text(
            text.replace("linkroll_tiktok", "linkroll_chirp").replace("linkroll-tiktok", "linkroll-chirp")
        )
    _install(copy, tmp_path / "site")
    return copy


def _install(folder: Path, target: Path) -> None:
    """Build a wheel of *folder* and unpack it into *target*, without any network."""
    wheels = target.parent / "wheels"
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)], folder)
    for wheel in wheels.glob("*.whl"):
        shutil.unpack_archive(wheel, target, "zip")


def _run(command: list[str], folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(180)
def test_a_copied_and_renamed_plugin_passes_its_own_tests(chirp: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]

    said = _run(command, chirp, PYTHONPATH=str(chirp.parent / "site"))

    assert " passed" in said


def test_two_plugins_with_one_platform_are_refused_by_name(chirp: Path) -> None:
    """The copy still brings `tiktok`: of two, the later in the alphabet stays out and says why."""
    rows = json.loads(_run([sys.executable, "-c", REPORT], chirp, PYTHONPATH=str(chirp.parent / "site")))

    tiktoks = [row for row in rows if row["distribution"] in ("linkroll-tiktok", "linkroll-chirp")]
    assert len(tiktoks) == 2
    refused = [row for row in tiktoks if row["problems"]]
    assert len(refused) == 1 and "already brought by linkroll-" in refused[0]["problems"][0]
