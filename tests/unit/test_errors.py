"""How a tool ends when nobody reads what it prints."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest

from ppocr_ext.errors import EXIT_CLOSED_PIPE, missing_package, run_cli
from ppocr_ext.runtime import REPOSITORY

PRINTS = """
import sys
from ppocr_ext.errors import run_cli

def main():
    for number in range(100_000):
        print("line", number, file=sys.{stream})

sys.exit(run_cli(main))
"""


def end_of(command: Sequence[str], closed: str = "", unbuffered: str = "") -> tuple[int, bytes]:
    """Exit code and readable errors of a child; nobody reads its stream ``closed``."""
    nobody, pipe = os.pipe()
    os.close(nobody)
    child = subprocess.Popen(
        [sys.executable, *command],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        stdout=pipe if closed == "stdout" else subprocess.DEVNULL,
        stderr=pipe if closed == "stderr" else subprocess.PIPE,
    )
    os.close(pipe)
    _, err = child.communicate(timeout=60)
    return child.returncode, err or b""


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_closed_pipe_ends_a_tool_quietly(closed: str, unbuffered: str) -> None:
    command = ["-c", PRINTS.format(stream=closed)]
    assert end_of(command, closed, unbuffered) == (EXIT_CLOSED_PIPE, b"")


def test_help_into_a_closed_pipe_is_quiet_too() -> None:
    assert end_of(["tools/eval.py", "--help"], "stdout") == (EXIT_CLOSED_PIPE, b"")
    assert end_of(["tools/eval.py", "--help"]) == (0, b"")


def test_other_pipes_that_break_are_not_hidden() -> None:
    def main() -> None:
        raise BrokenPipeError(errno.EPIPE, "a child process has died")

    with pytest.raises(BrokenPipeError, match="a child process"):
        run_cli(main)


def test_a_path_that_is_too_long_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> None:
        raise OSError(errno.ENAMETOOLONG, "File name too long", "aaa")  # as Path.is_dir does

    assert run_cli(main) == 2
    assert "error: aaa: a name in this path is too long" in capsys.readouterr().err


def test_windows_says_invalid_argument(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    class Closed:
        def __init__(self, stream) -> None:
            self.fileno = stream.fileno

        def write(self, text: str) -> None:
            raise OSError(errno.EINVAL, "Invalid argument")

        def flush(self) -> None:
            self.write("")

    with open(tmp_path / "out", "wb") as stream:
        monkeypatch.setattr(sys, "stdout", Closed(stream))
        assert run_cli(lambda: print("line")) == EXIT_CLOSED_PIPE


CLOSED = """
import os, sys
from ppocr_ext.errors import run_cli

def main():
    with open(sys.argv[1], "w", encoding="utf-8") as stream:
        stream.write("kept")
        stream.flush()
        print("for people")
        print("a warning", file=sys.stderr)
        sys.stdout.flush()
        os.write(1, b"from a library")
        assert sys.stdin.read() == ""

sys.exit(run_cli(main))
"""


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
def test_closed_streams_take_no_file_into_their_place(tmp_path) -> None:
    """With ``>&-`` the first file that is opened gets the number of standard output."""
    path = tmp_path / "file"
    words = [sys.executable, "-c", CLOSED, str(path)]
    for closed in ("<&- >&- 2>&-", ">&-", "<&- 2>&-"):
        command = ["sh", "-c", f'exec "$@" {closed}', "sh", *words]
        done = subprocess.run(
            command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert path.read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize("tool", sorted((REPOSITORY / "tools").glob("*.py")), ids=lambda p: p.name)
@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
def test_every_tool_runs_without_a_standard_output(tool) -> None:
    command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, str(tool), "--help"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_missing_package_is_bad_input_and_a_missing_part_of_ours_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def lacks(name: str) -> Callable[[], int]:
        def main() -> int:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

        return main

    assert run_cli(lacks("paddle.nn")) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: the package paddle is not installed\n")
    assert said.endswith(f"  cure:     {missing_package('paddle').cure}\n")
    for name in ("ppocr_ext.absent", "json.absent"):
        with pytest.raises(ModuleNotFoundError):
            run_cli(lacks(name))
