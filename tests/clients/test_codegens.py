"""
The compilers that frontends use accept the published schema, and what they make of it is strict TypeScript.

They are 230 MB of packages, so they are tried in `make soak` only.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from support.packages import install_node_packages
from support.soak import SOAKING

SCHEMA = Path(__file__).parents[2] / "schema.graphql"
CODEGENS = Path(__file__).parent / "codegens"
SECONDS = 120

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not SOAKING, reason="the compilers are large: make soak"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="session")
def compilers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the compilers, a frontend's operations, and the published schema."""
    folder = tmp_path_factory.mktemp("codegens") / "frontend"
    shutil.copytree(CODEGENS, folder)
    shutil.copy(SCHEMA, folder)
    install_node_packages(folder)
    return folder


def run(folder: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A compiler to its end."""
    return subprocess.run(
        [folder / "node_modules" / ".bin" / name, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_relays_compiler_makes_pages_refetches_changes_and_streams_of_it(compilers: Path) -> None:
    made = compilers / "relay" / "__generated__"
    made.mkdir()

    done = run(compilers, "relay-compiler", "relay.config.json")

    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in made.iterdir()} == {
        "RosterAddMutation.graphql.ts",
        "RosterFollowSubscription.graphql.ts",
        "RosterPageQuery.graphql.ts",
        "RosterProfileQuery.graphql.ts",
        "RosterQuery.graphql.ts",
        "Roster_profile.graphql.ts",
        "Roster_profiles.graphql.ts",
    }


def test_relays_compiler_refuses_a_field_that_the_schema_does_not_have(compilers: Path) -> None:
    """The accepting of the others means something."""
    wrong = compilers / "relay" / "Wrong.ts"
    wrong.write_text("graphql`query WrongQuery { profiles { nodes { password } } }`;\n")

    done = run(compilers, "relay-compiler", "relay.config.json")
    wrong.unlink()

    assert done.returncode != 0
    assert "password" in done.stdout + done.stderr


def test_the_client_presets_types_pass_a_strict_compiler(compilers: Path) -> None:
    made = run(compilers, "graphql-codegen", "--config", "codegen.json")
    checked = run(compilers, "tsc", "--project", "tsconfig.json")

    assert made.returncode == 0, made.stdout + made.stderr
    assert checked.returncode == 0, checked.stdout


def test_a_strict_compiler_misses_a_refusal_that_nobody_handles(compilers: Path) -> None:
    """Unions are told apart by `__typename`, so a member that is added later is noticed."""
    source = compilers / "app" / "roster.ts"
    whole = source.read_text()
    run(compilers, "graphql-codegen", "--config", "codegen.json")
    source.write_text(whole.replace('    case "AccountNotLinked":\n', ""))

    checked = run(compilers, "tsc", "--project", "tsconfig.json")
    source.write_text(whole)

    assert checked.returncode != 0
    assert "lacks ending return" in checked.stdout
