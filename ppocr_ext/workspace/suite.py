"""The whole test suite: style, types, then pytest, whose closing line stays the last."""

from __future__ import annotations

from pathlib import Path

from ppocr_ext.workspace.child import run_child

CHECKS: dict[str, tuple[str, ...]] = {
    "ruff check": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "."),
    "mypy": ("mypy",),
    "pytest": ("pytest",),
}


def run_suite(python: Path) -> int:
    """Run every check with ``python``; returns 1 when one fails, else 0."""
    failed = []
    for name, arguments in CHECKS.items():
        print(f"-- {name}", flush=True)
        if run_child([python, "-m", *arguments]):
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0
