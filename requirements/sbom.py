"""
The bill of materials: what a running linkroll is made of, as CycloneDX JSON on stdout (`make sbom`).

Made from the lock file, not from what happens to be installed, and always the same for the same lock: no time,
no random number. Hashes stand in the lock file, one for each file that an index offers.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")


def pins(lock: Path) -> dict[str, str]:
    """The version of every package in a lock file."""
    found = (PIN.match(line) for line in lock.read_text().splitlines())
    return {match[1]: match[2] for match in found if match}


def ours(root: Path) -> dict[str, str]:
    """The packages of this repository that run in production, with their versions."""
    files = [root / "pyproject.toml", root / "sdk" / "pyproject.toml", *root.glob("plugins/*/pyproject.toml")]
    projects = [tomllib.loads(file.read_text())["project"] for file in files]
    return {project["name"]: project["version"] for project in projects}


def bill(root: Path, lock: Path) -> str:
    """The bill of materials of this repository under a lock file."""
    own, others = ours(root), pins(lock)
    server = _component("linkroll", own.pop("linkroll"), ComponentType.APPLICATION)
    parts = [_component(name, version) for name, version in {**own, **others}.items()]
    bom = Bom(
        # The same parts, the same number.
        serial_number=uuid5(NAMESPACE_URL, "\n".join(sorted(str(part.purl) for part in parts))),
        metadata=BomMetaData(component=server),
        components=parts,
    )
    bom.register_dependency(server, parts)
    bom.metadata.timestamp = None  # type: ignore[assignment]
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)


def _component(name: str, version: str, kind: ComponentType = ComponentType.LIBRARY) -> Component:
    purl = PackageURL("pypi", name=name, version=version)
    return Component(name=name, version=version, type=kind, purl=purl, bom_ref=str(purl))


if __name__ == "__main__":
    print(bill(ROOT, ROOT / "requirements" / (sys.argv[1] if sys.argv[1:] else "runtime.txt")))
