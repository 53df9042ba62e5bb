"""Types commands as a user does, in this process: those of tools, and of git, pip, cd and cp."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ppocr_ext.errors import UserError, run_cli
from ppocr_ext.runtime import REPOSITORY

COMMAND = re.compile(
    r"(?:python (?:-m pip install|tools/|'?/)|git -C |cd '?/|cp |apt install ).*$", re.MULTILINE
)
_REQUIREMENT = re.compile(r"[A-Za-z0-9-]+(==[\w.]+)?")


def commands(text: str) -> list[str]:
    """The commands in printed text: each ends its line."""
    return COMMAND.findall(text)


class Bench:
    """A folder with a space and Vietnamese letters, which is the current one."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.folder, self.patch, self.capsys = folder, patch, capsys
        self.at_end = ExitStack()
        patch.chdir(folder)

    def main_of(self, tool: str) -> Callable[[], int]:
        """A tool's ``main``; its module is loaded once, so that a test may change it."""
        if tool not in _TOOLS:
            _TOOLS[tool] = runpy.run_path(str(REPOSITORY / "tools" / tool), run_name="tool")["main"]
        return _TOOLS[tool]

    def run(self, tool: str, *words: object) -> str:
        """Run a tool here; what it printed, and its exit code in a last line."""
        script = (REPOSITORY / "tools" / tool).as_posix()
        self.patch.setattr(sys, "argv", [script, *map(str, words)])
        self.capsys.readouterr()
        code = run_cli(self.main_of(tool))
        return "".join(self.capsys.readouterr()) + f"\nexit code {code}"

    def caught(self, action: Callable[[], Any]) -> str:
        """The message of the :class:`UserError` that ``action`` raises; empty without one."""
        try:
            action()
        except UserError as error:
            return f"error: {error}"
        return ""

    def type(self, command: str, *more: object) -> str:
        """Type a printed command, with ``more`` words behind it; what it printed."""
        program, *words = shlex.split(command)
        words += map(str, more)
        if program == "python" and words[0] != "-m":
            script = Path(words[0])
            assert script.samefile(REPOSITORY / "tools" / script.name), command
            return self.run(script.name, *words[1:])
        if program == "cd":
            self.patch.chdir(words[0])
        elif program == "cp":
            shutil.copy(*words)
        elif program == "git":
            assert words[2:4] == ["checkout", "--"], command  # nothing here changes a repository
            listed = [*words[:2], "ls-files", "--error-unmatch", *words[4:]]
            subprocess.run(["git", *listed], check=True, capture_output=True)
        elif program == "python":
            assert words[:3] == ["-m", "pip", "install"] and len(words) > 3, command
            assert all(_REQUIREMENT.fullmatch(word) for word in words[3:]), command
        else:
            raise AssertionError(f"nobody types {command!r} here")
        return ""

    def accepts(self, command: str) -> None:
        """The command is one that a tool of this repository understands; it is not run."""
        program, script, *words = shlex.split(command)
        assert program == "python" and Path(script).samefile(
            REPOSITORY / "tools" / Path(script).name
        )
        self.main_of(Path(script).name).__globals__["parse"](words)


_TOOLS: dict[str, Callable[[], int]] = {}
