"""What tests share: the processor's fast path, awkward folders, the tools as child processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

from ppocr_ext.runtime import REPOSITORY, prepare_cpu

prepare_cpu(threads=1)  # before any test imports paddle

# The same examples on every machine, and no example fails for being slow.
settings.register_profile("repository", deadline=None, derandomize=True, database=None)
settings.load_profile("repository")


class ToolResult(NamedTuple):
    """What a tool's child process left."""

    code: int
    out: str
    err: str


@pytest.fixture
def repository() -> Path:
    """The repository's root."""
    return REPOSITORY


@pytest.fixture
def vietnamese_path(tmp_path: Path) -> Path:
    """An empty folder whose name holds spaces and Vietnamese letters."""
    path = tmp_path / "Thư mục tiếng Việt"
    path.mkdir()
    return path


@pytest.fixture
def run_tool() -> Callable[..., ToolResult]:
    """``run_tool("train.py", "-c", path, env={"PYTHONIOENCODING": "cp1252"})`` → code, out, err.

    Runs ``tools/<name>`` with this interpreter, from the repository's root unless ``cwd`` is given,
    on one thread. ``env`` is added to the environment; output is decoded as ``PYTHONIOENCODING``
    says, else as UTF-8.
    """

    def run(
        name: str,
        *arguments: str | Path,
        env: Mapping[str, str] | None = None,
        cwd: Path = REPOSITORY,
        timeout: float = 300,
    ) -> ToolResult:
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **(env or {})}
        done = subprocess.run(
            [sys.executable, str(REPOSITORY / "tools" / name), *map(str, arguments)],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding=environment["PYTHONIOENCODING"].split(":")[0],
            errors="replace",
            timeout=timeout,
        )
        return ToolResult(done.returncode, done.stdout, done.stderr)

    return run
