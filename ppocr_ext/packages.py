"""Installed packages, found without importing them, and what is left out without one."""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ppocr_ext.console import setup_command
from ppocr_ext.errors import missing_package


def require_package(name: str) -> None:
    """Raises the :class:`UserError` of :func:`missing_package` before any work is done."""
    if find_spec(name) is None:
        raise missing_package(name)


def package_folder(name: str) -> Path:
    """The folder of an installed package. Raises :class:`UserError`."""
    spec = find_spec(name.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise missing_package(name.replace("_", "-"))
    return Path(spec.submodule_search_locations[0])


@cache
def can_draw() -> bool:
    """Whether plots can be drawn; where not, a line on stderr says so, once."""
    if find_spec("matplotlib") is not None:
        return True
    print(f"no plots without matplotlib; to draw them: {setup_command('report')}", file=sys.stderr)
    return False
