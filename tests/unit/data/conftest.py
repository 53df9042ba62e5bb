"""A small folder of labelled line images, in a path with spaces and Vietnamese letters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from ppocr_ext.data.dataset import LineDataset
from ppocr_ext.data.source import FolderSource
from ppocr_ext.text.charset import Charset
from ppocr_ext.transforms.resize import JoinSettings

LINES = 23


def write_image(path: Path, width: int, height: int = 32, seed: int = 0) -> None:
    """A noise image, so that no two are alike."""
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imencode(path.suffix, image)[1].tofile(path)


@pytest.fixture
def charset() -> Charset:
    return Charset.from_characters("abcdeăâđêôơướở0123456789")


@pytest.fixture
def folder(vietnamese_path: Path) -> Path:
    """``train.txt`` with 23 lines ``ảnh/N.png<TAB>N``, 60 to 280 pixels wide."""
    lines = []
    for number in range(LINES):
        write_image(vietnamese_path / f"ảnh/{number}.png", 60 + 10 * number, seed=number)
        lines.append(f"ảnh/{number}.png\t{number}")
    write_lines(vietnamese_path / "train.txt", lines)
    return vietnamese_path


@pytest.fixture
def draw() -> Callable[..., None]:
    """``draw(path, width, height=32, seed=0)`` writes an image."""
    return write_image


def write_lines(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    return path


@pytest.fixture
def make_dataset(folder: Path, charset: Charset) -> Callable[..., LineDataset]:
    """``make_dataset(lines=[…], train=False, join=0.5)`` over the folder's label file."""

    def make(
        lines: list[str] | None = None, *, train: bool = True, seed: int = 7, join: float = 0.0
    ) -> LineDataset:
        path = folder / "train.txt"
        if lines is not None:
            path = write_lines(folder / "other.txt", lines)
        source = FolderSource(path, folder)
        settings = JoinSettings(probability=join)
        return LineDataset([source], charset, train=train, seed=seed, join=settings)

    return make
