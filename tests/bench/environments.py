"""Environments of their own for programs whose packages do not go beside ours."""

from __future__ import annotations

import subprocess
import sys
import venv

from ppocr_ext.runtime import REPOSITORY

FOLDER = REPOSITORY / "output" / "benchmark_environments"


def python_with(packages: str) -> str:
    """The interpreter of an environment with ``packages`` (``name==version …``), made the first
    time and named after the first of them; this interpreter for none."""
    if not packages:
        return sys.executable
    folder = FOLDER / packages.split()[0].replace("==", "-")
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (folder / "complete").is_file():
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages.split()], check=True)
        (folder / "complete").touch()
    return str(python)
