"""A recogniser's script of ``readers/``, run as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

READERS = Path(__file__).with_name("readers")


def run_reader(
    script: str, listed: Path, folder: Path, python: str = sys.executable
) -> dict[str, Any]:
    """Its best setting: settings, lines_per_second, processor_ms_per_line, texts.

    Args:
        listed: a file with the path of an image on each line.
        folder: the exported model, for the scripts that read with ours.
    """
    command = [python, str(READERS / script), str(listed), str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode:
        raise RuntimeError(f"{script} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])
