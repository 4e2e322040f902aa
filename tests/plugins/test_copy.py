"""The copy test: a plugin's folder, copied elsewhere and renamed, is a working plugin."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"
DISTRIBUTIONS = [file.parent for file in sorted(PLUGINS.glob("*/pyproject.toml"))]
TEXT = {".py", ".toml", ".md"}
NAMED = re.compile(r"^linkroll-\w+")
IMPORTED = re.compile(r"^\s*(?:from|import) (linkroll_\w+)", re.MULTILINE)
REPORT = """
import json
from server.cli.plugin_report import report
from server.settings import Settings
print(json.dumps(report(Settings())))
"""


@pytest.fixture
def chirp(tmp_path: Path) -> Path:
    """A copy of the TikTok plugin."""
    return _copied("tiktok", tmp_path)


def _copied(plugin: str, folder: Path) -> Path:
    """A copy of *plugin*, renamed and installed beside what it needs, away from the repository."""
    copy = folder / "chirp"
    shutil.copytree(PLUGINS / plugin, copy, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    (copy / f"linkroll_{plugin}").rename(copy / "linkroll_chirp")
    for file in (f for f in copy.rglob("*") if f.suffix in TEXT):
        text = file.read_text()
        text = text.replace(f"linkroll_{plugin}", "linkroll_chirp")
        file.write_text(text.replace(f"linkroll-{plugin}", "linkroll-chirp"))
    _install(copy, folder / "site")
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
@pytest.mark.parametrize("plugin", ["tiktok", "instagram"])
def test_a_copied_and_renamed_plugin_passes_its_own_tests(plugin: str, tmp_path: Path) -> None:
    """Instagram's needs a library of its own beside the sdk."""
    copy = _copied(plugin, tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]

    said = _run(command, copy, PYTHONPATH=str(tmp_path / "site"))

    assert " passed" in said


@pytest.mark.parametrize("folder", DISTRIBUTIONS, ids=lambda folder: folder.name)
def test_a_distribution_names_what_it_imports_of_linkroll(folder: Path) -> None:
    """Here everything is installed beside everything; elsewhere only what is named comes along."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    files = (folder / project["name"].replace("-", "_")).rglob("*.py")
    imported = {name for file in files for name in IMPORTED.findall(file.read_text())}

    named = {name.replace("-", "_") for one in project["dependencies"] for name in NAMED.findall(one)}
    assert imported - {project["name"].replace("-", "_")} == named


def test_two_plugins_with_one_platform_are_refused_by_name(chirp: Path) -> None:
    """The copy still brings `tiktok`: of two, the later in the alphabet stays out and says why."""
    rows = json.loads(_run([sys.executable, "-c", REPORT], chirp, PYTHONPATH=str(chirp.parent / "site")))

    tiktoks = [row for row in rows if row["distribution"] in ("linkroll-tiktok", "linkroll-chirp")]
    assert len(tiktoks) == 2
    refused = [row for row in tiktoks if row["problems"]]
    assert len(refused) == 1 and "already brought by linkroll-" in refused[0]["problems"][0]
