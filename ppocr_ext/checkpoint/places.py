"""Whether two folders are the same place, whatever their names: links, junctions, nesting."""

from __future__ import annotations

import os
from pathlib import Path


def overlap(run: Path, mirror: Path) -> str:
    """How ``mirror`` lies to ``run``, in words; empty when they are apart."""
    run, mirror = _real(run), _real(mirror)
    if _same(run, mirror):
        return "the same folder as"
    if any(_same(run, parent) for parent in mirror.parents):
        return "inside"
    if any(_same(mirror, parent) for parent in run.parents):
        return "around"
    return ""


def _real(path: Path) -> Path:
    """Absolute, links and Windows junctions followed; the last parts need not exist yet."""
    return Path(os.path.realpath(path))


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)  # also through another mount, or in another case
    except OSError:
        return os.path.normcase(one) == os.path.normcase(other)
