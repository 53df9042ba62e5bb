"""Imports into a folder of the test's own, and what is right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from importing_cases import LABELS, Imported, imported


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Imported]:
    """``run(source, …)`` imports into a folder of its own."""

    def start(source: Path, name: str = "out", **options: Any) -> Imported:
        return imported(source, tmp_path / name, **options)

    return start


@pytest.fixture(scope="session")
def truth() -> list[dict[str, Any]]:
    """The lines of the page, with their rows."""
    return list(json.loads((LABELS / "truth.json").read_text(encoding="utf-8"))["lines"])
