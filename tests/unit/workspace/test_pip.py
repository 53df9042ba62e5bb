from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.workspace.pip import PipProgress, StatusLine, pip_install


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Collecting rich==15.0.0 (from -r x.txt (line 1))", "collecting rich · 1 packages"),
        (
            "  Downloading rich-15.0.0-py3-none-any.whl.metadata (18 kB)",
            "downloading rich 15.0.0 (18 kB) · 0 packages",
        ),
        (
            "Using cached docopt-0.6.2.tar.gz (25 kB)",
            "downloading docopt 0.6.2 (25 kB) · 0 packages",
        ),
        ("  Building wheel for docopt (setup.py): started", "building docopt · 0 packages"),
        ("WARNING: Retrying (Retry(total=4))", "waiting for the network · 0 packages"),
        ("Installing collected packages: a, b, c", "installing 0 of 3 packages"),
        ("Something else", "looking for packages · 0 packages"),
    ],
)
def test_a_line_of_pip_is_reported_in_words(line: str, told: str) -> None:
    progress = PipProgress(lambda: 7)
    progress.read(line + "\n")
    assert str(progress) == told


def test_installed_packages_are_counted_from_where_pip_began() -> None:
    held = [40]
    progress = PipProgress(lambda: held[0])
    progress.read("Installing collected packages: a, b, c\n")
    held[0] = 42
    assert str(progress) == "installing 2 of 3 packages"
    held[0] = 39  # an old version was removed first
    assert str(progress) == "installing 0 of 3 packages"


def test_a_pipe_gets_plain_lines_and_few(capsys: pytest.CaptureFixture[str]) -> None:
    status = StatusLine("environment")
    for number in range(100):
        status.show(f"package {number}")
    status.show("ready", last=True)
    assert capsys.readouterr().out == "environment 0:00 package 0\nenvironment 0:00 ready\n"


def test_a_package_is_installed(
    vietnamese_path: Path, make_wheel: Callable[[Path, str], Path]
) -> None:
    target = vietnamese_path / "site-packages"
    local = make_wheel(vietnamese_path, "tiny")
    pip_install(Path(sys.executable), ["--no-index", "--target", target, local], target)
    assert (target / "tiny.py").is_file()


def test_a_failure_shows_what_pip_said_and_a_cure(tmp_path: Path) -> None:
    with pytest.raises(UserError) as failure:
        pip_install(Path(sys.executable), ["--no-index", "no-such-package-here"], tmp_path)
    assert "No matching distribution found for no-such-package-here" in failure.value.found
    assert "pip config list" in failure.value.cure
