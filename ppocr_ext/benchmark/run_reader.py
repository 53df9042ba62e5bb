"""A recogniser's script of ``readers/``, run as a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ppocr_ext.benchmark.child import run_script

READERS = Path(__file__).with_name("readers")


def run_reader(
    script: str, listed: Path, folder: Path, python: str = sys.executable
) -> dict[str, Any]:
    """Its best setting: settings, lines_per_second, processor_ms_per_line, texts.

    Args:
        listed: a file with the path of an image on each line.
        folder: the exported model, for the scripts that read with ours.
    """
    return run_script(python, READERS / script, str(listed), str(folder))
