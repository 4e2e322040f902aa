"""Every code that a client may branch on has its page: what it means, why it happens, what to do."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from server.services.links.status import StatusReason
from server.services.refusals import BY_CODE

ROOT = Path(__file__).parents[2]
TRANSPORT_CODES = {
    "BAD_REQUEST",
    "BAD_USER_INPUT",
    "BODY_TOO_LARGE",
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "INTERNAL_ERROR",
    "METHOD_NOT_ALLOWED",
    "OPERATION_TOO_COMPLEX",
    "RATE_LIMITED",
}


def codes_of_errors() -> set[str]:
    """The codes that the server's source gives to errors, in `coded(...)` and `error_body(...)`."""
    return {
        node.args[0].value
        for path in (ROOT / "server").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("coded", "error_body")
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


@pytest.mark.parametrize("code", sorted({*BY_CODE, *codes_of_errors(), *TRANSPORT_CODES}))
def test_a_code_has_a_page_that_begins_with_it(code: str) -> None:
    page = ROOT / "docs" / "codes" / f"{code}.md"

    assert page.is_file(), f"{page.relative_to(ROOT)} is missing"
    assert code in page.read_text().splitlines()[0]


@pytest.mark.parametrize("reason", sorted(StatusReason))
def test_a_status_reason_has_a_page_that_begins_with_it(reason: str) -> None:
    page = ROOT / "docs" / "reasons" / f"{reason}.md"

    assert page.is_file(), f"{page.relative_to(ROOT)} is missing"
    assert reason in page.read_text().splitlines()[0]


@pytest.mark.parametrize("folder", ["codes", "reasons"])
def test_no_page_documents_a_code_that_is_gone(folder: str) -> None:
    known = {*BY_CODE, *codes_of_errors(), *TRANSPORT_CODES} if folder == "codes" else set(StatusReason)

    pages = {path.stem for path in (ROOT / "docs" / folder).glob("*.md")} - {"README"}

    assert pages - known == set()
