"""The whole test suite: style, types, then pytest, whose closing line stays the last."""

from __future__ import annotations

import os
from pathlib import Path

from ppocr_ext.workspace.browser import how_to_get_it, install_browser
from ppocr_ext.workspace.child import run_child

CHECKS: dict[str, tuple[str, ...]] = {
    "ruff check": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "."),
    "mypy": ("mypy",),
    "pytest": ("pytest",),
}


def run_suite(python: Path, browser: bool = False) -> int:
    """Run every check with ``python``; returns 1 when one fails, else 0.

    browser: install one where there is none, and count the tests that need it as a check, as
    under ``CI=true``. Otherwise pytest's last lines say that they did not run.
    """
    failed = []
    if browser or os.environ.get("CI", "").lower() == "true":
        print("-- browser", flush=True)
        if not install_browser():
            print(f"no browser could be installed; {how_to_get_it()}")
            failed.append("browser")
    for name, arguments in CHECKS.items():
        print(f"-- {name}", flush=True)
        if run_child([python, "-m", *arguments]):
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0
