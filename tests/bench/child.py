"""A script that measures in a process of its own and prints what it found as its last JSON line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def run_script(
    python: str, script: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What it printed; ``RuntimeError`` with the end of its errors when it failed."""
    command = [python, str(script), *arguments]
    done = subprocess.run(
        command, env=environment, capture_output=True, encoding="utf-8", errors="replace"
    )
    if done.returncode:
        raise RuntimeError(f"{script.name} failed:\n{done.stderr[-2000:]}")
    lines = done.stdout.splitlines()
    return json.loads(next(line for line in reversed(lines) if line.startswith("{")))
