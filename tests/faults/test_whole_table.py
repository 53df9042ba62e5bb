"""The README's table of faults is what the other modules of this folder have just injected."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Ledger

# How many file operations there are depends on the system and on Python's own library.
COUNTED_ON = ("linux", (3, 11))


@pytest.mark.skipif(
    (sys.platform, sys.version_info[:2]) != COUNTED_ON, reason="counted on another system"
)
def test_the_readme_of_the_tests_holds_the_table(
    ledger: Ledger, request: pytest.FixtureRequest, repository: Path
) -> None:
    modules = {item.path for item in request.session.items}
    if request.config.option.keyword or not modules.issuperset(
        Path(__file__).parent.glob("test_*")
    ):
        pytest.skip("only a part of the faults was injected")
    readme = (repository / "tests" / "README.md").read_text(encoding="utf-8").splitlines()
    start = readme.index("| fault | tried | survived | lost |")
    assert readme[start:] == ledger.table()
