"""Packages of others, installed apart from our own environment; a test is skipped where that cannot be."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SECONDS = 120


def install_node_packages(folder: Path) -> None:
    """Install what the folder's package.json names, at exactly those versions."""
    if not (shutil.which("node") and (npm := shutil.which("npm"))):
        pytest.skip("node and npm are not installed")
    install([npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"], folder)


def install(command: list[str], folder: Path) -> None:
    """Have an installer do its work in *folder*."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip("the package registry does not answer")
    if done.returncode:
        pytest.skip(f"the packages cannot be installed: {done.stderr.strip()[-200:]}")
