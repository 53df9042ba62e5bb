"""The whole test suite: style, types, then pytest, and the browser that opens pages in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from ppocr_ext.console import tool_command
from ppocr_ext.runtime import usable_processors
from ppocr_ext.workspace.child import run_child

PACKAGE = "chromium"
NAMES = (PACKAGE, "chromium-browser", "google-chrome", "chrome", "msedge")
PLACES = (  # of installers that put nothing on the path
    "Google/Chrome/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
MACINTOSH = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def how_to_get_it() -> str:
    """What to type where :func:`find_browser` finds none."""
    command = tool_command("workspace.py", "test", "--browser")
    return f"install Chrome; on Debian and Ubuntu: {command}"


def find_browser() -> str | None:
    """The program of Chromium or a relative, ``None`` where there is none."""
    found = [path for name in NAMES if (path := shutil.which(name))]
    roots = [os.environ.get(name, "") for name in ("PROGRAMFILES", "PROGRAMFILES(X86)")]
    installed = [Path(root, place) for root in roots if root for place in PLACES]
    found += [str(path) for path in [*installed, Path(MACINTOSH)] if path.is_file()]
    return found[0] if found else None


def install_browser() -> bool:
    """Install Debian's Chromium unless there is a browser; whether there is one then."""
    if find_browser():
        return True
    if not shutil.which("apt-get"):
        return False
    apt = [*["sudo", "-n"] * (os.name != "nt" and os.geteuid() != 0), "apt-get", "-qq"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", PACKAGE]):
        try:
            subprocess.run([*apt, *arguments], env=environment, stdout=subprocess.DEVNULL)
        except OSError:  # no sudo
            return False
    return find_browser() is not None


CHECKS: dict[str, tuple[str, ...]] = {
    "ruff check": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "."),
    "mypy": ("mypy",),
    "pytest": ("pytest", "-n", str(min(usable_processors(), 4))),
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
