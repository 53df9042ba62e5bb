"""The model folder: which files it holds, whether they are as they were written, and the cure."""

from __future__ import annotations

from pathlib import Path

from ppocr_ext.checksums import SUMS_NAME, require_recorded, write_sums
from ppocr_ext.console import tool_command
from ppocr_ext.runs.run import Run

INFERENCE = "inference"  # the folder in a run, or in a published model
SETTINGS_NAME = "inference.yml"
ONNX_FILE = "inference.onnx"
PROGRAM_FILE = "inference.json"
WEIGHTS_FILE = "inference.pdiparams"
FILES = frozenset({SETTINGS_NAME, ONNX_FILE, PROGRAM_FILE, WEIGHTS_FILE, SUMS_NAME})


def is_model_folder(folder: Path) -> bool:
    """Whether ``folder`` is an export, even one that has lost a file."""
    return any((folder / name).is_file() for name in FILES - {SUMS_NAME})


def seal_model(folder: Path) -> None:
    """Record what every file of a finished export is."""
    write_sums(folder, (name for name in FILES - {SUMS_NAME} if (folder / name).is_file()))


def require_intact_model(folder: Path, *names: str) -> None:
    """Raise :class:`UserError` when a file is not what the export wrote.

    Folders without :data:`SUMS_NAME`, of PaddleOCR or of earlier exports, are taken as they are.
    """
    require_recorded(folder, *names, cure=how_to_make(folder))


def how_to_make(folder: Path) -> str:
    """The command that writes ``folder`` again when the run beside it can; else in words."""
    run = folder.parent
    has_weights = any(run.glob("*.pdparams")) and not Run(run).is_published
    if folder.name == INFERENCE and has_weights:
        return tool_command("export_model.py", "--model", run, "--output", folder)
    return f"copy {folder} again from where it came from, or name another model with --model"
