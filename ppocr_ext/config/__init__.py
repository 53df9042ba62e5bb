"""Configs in PaddleOCR's YAML schema: read, checked, compared, written."""

from __future__ import annotations

from ppocr_ext.config.files import FOR_TRAINING, MissingFile, Role
from ppocr_ext.config.load import check_files, completed, load_config
from ppocr_ext.config.merge import files_of
from ppocr_ext.config.schema import Config, named_steps
from ppocr_ext.config.source import dump_yaml

__all__ = [
    "FOR_TRAINING",
    "Config",
    "MissingFile",
    "Role",
    "check_files",
    "completed",
    "dump_yaml",
    "files_of",
    "load_config",
    "named_steps",
]
