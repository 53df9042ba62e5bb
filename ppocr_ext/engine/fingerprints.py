"""Whether a run still reads the labels that it was trained with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ppocr_ext.checksums import sha256_of
from ppocr_ext.engine.build import Readers


def data_fingerprints(readers: Readers) -> dict[str, str]:
    """Label file → SHA-256 of its content; other sources are known by their size alone."""
    loaders = (readers.train, readers.eval, *readers.sets.values())
    names = [source.name for loader in loaders for source in loader.dataset.sources]
    return {name: sha256_of(Path(name)) for name in names if Path(name).is_file()}


def changed_data(saved: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """A note about each label file whose content is another one than at the checkpoint."""
    return [
        f"{name} has changed since the checkpoint: its lines are read as they are now"
        for name, digest in now.items()
        if saved.get(name, digest) != digest
    ]
