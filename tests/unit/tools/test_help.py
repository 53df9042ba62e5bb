"""Every tool answers --help at once, without any package, on any console."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ppocr_ext.runtime import REPOSITORY

TOOLS = sorted((REPOSITORY / "tools").glob("*.py"))
TOOLS.append(REPOSITORY / "tests" / "bench" / "__main__.py")


@pytest.mark.parametrize("tool", TOOLS, ids=lambda path: path.name)
def test_help_needs_the_standard_library_only(tool: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", str(tool), "--help"],  # -S: no site-packages
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        encoding="ascii",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: ")


@pytest.mark.parametrize("tool", TOOLS, ids=lambda path: path.name)
def test_a_tool_is_thin_and_ends_through_run_cli(tool: Path) -> None:
    source = tool.read_text(encoding="utf-8")
    assert source.endswith('if __name__ == "__main__":\n    sys.exit(run_cli(main))\n')
    assert "sys.path.insert(0, str(Path(__file__).resolve().parents[1]))" in source


def test_an_old_python_reads_workspace_py_as_far_as_its_message() -> None:
    source = (REPOSITORY / "tools" / "workspace.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 7))
    guard = next(i for i, node in enumerate(tree.body) if isinstance(node, ast.If))
    names = {alias.name for node in tree.body[:guard] for alias in getattr(node, "names", [])}
    assert names == {"argparse", "sys", "Path"}
