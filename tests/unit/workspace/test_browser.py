"""A browser for the tests of pages: found, installed, or missing out loud."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.workspace import suite


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Programs of a pretended machine; a successful apt-get install adds to them."""
    programs = {"apt-get"}

    def which(name: str) -> str | None:
        return f"/usr/bin/{name}" if name in programs else None

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        if "install" in command:
            programs.add("chromium")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(suite.shutil, "which", which)
    monkeypatch.setattr(suite.subprocess, "run", run)
    monkeypatch.setattr(suite, "MACINTOSH", "/nowhere")
    for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(suite, "run_child", lambda command: 0)
    return programs


def test_debians_is_installed_in_ci_and_on_request(
    machine: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert suite.run_suite(Path("python")) == 0
    assert suite.find_browser() is None
    assert suite.run_suite(Path("python"), browser=True) == 0
    assert suite.find_browser() == "/usr/bin/chromium"
    machine.remove("chromium")
    monkeypatch.setenv("CI", "true")
    assert suite.run_suite(Path("python")) == 0
    assert suite.find_browser() == "/usr/bin/chromium"


def test_ci_without_a_browser_fails(
    machine: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.clear()
    monkeypatch.setenv("CI", "true")
    assert suite.run_suite(Path("python")) == 1
    printed = capsys.readouterr().out
    assert "no browser could be installed" in printed
    assert printed.endswith("failed: browser\n")


def test_elsewhere_a_line_above_the_closing_one_says_what_did_not_run(tmp_path: Path) -> None:
    (tmp_path / "test_page.py").write_text(
        "import browser\ndef test_page(monkeypatch):\n"
        "    monkeypatch.setattr(browser, 'find_browser', lambda: None)\n"
        "    browser.need_browser()\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-c", REPOSITORY / "pyproject.toml"]
    command += ["-p", "tests.conftest", tmp_path]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, encoding="utf-8")
    *_, last, closing = done.stdout.splitlines()
    assert last == f"not run: 1 tests of pages, as no browser is installed; {suite.how_to_get_it()}"
    assert "1 skipped" in closing
