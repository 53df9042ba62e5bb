"""Recognisers as scripts of ``readers/``, each run as a process of its own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

from bench.child import run_script
from bench.environments import python_with

READERS = Path(__file__).with_name("readers")


class Engine(NamedTuple):
    """script in ``readers/``; package: what its own environment holds, empty for ours; program:
    what must be installed on the machine; choice: the script's third argument."""

    name: str
    script: str
    package: str = ""
    program: str = ""
    choice: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether its program is there; packages are installed when they are needed."""
        return not self.program or shutil.which(self.program) is not None

    def read(self, listed: Path, folder: Path) -> dict[str, Any]:
        """As :func:`run_reader`, in its own environment."""
        return run_reader(self.script, listed, folder, python_with(self.package), self.choice)


ASTEROCR = Engine("AsterOCR 1.0.2", "asterocr1.py", package="asterocr==1.0.2")
TESSERACT = Engine("Tesseract vie", "tesseract5.py", program="tesseract")


def run_reader(
    script: str, listed: Path, folder: Path, python: str = sys.executable, choice: str = ""
) -> dict[str, Any]:
    """Its best setting: settings, lines_per_second, processor_ms_per_line, texts.

    Args:
        listed: a file with the path of an image on each line.
        folder: the exported model, for the scripts that read with ours.
    """
    return run_script(python, READERS / script, str(listed), str(folder), choice)
