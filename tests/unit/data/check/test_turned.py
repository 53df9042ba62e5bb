"""Turned images are found by what is read from them; upright ones are never reported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from ppocr_ext.data.check import pixels as module
from ppocr_ext.data.check.images import ImageFacts
from ppocr_ext.data.check.pixels import find_turned
from ppocr_ext.data.labels import LabelFile, read_labels

# What the reader sees: a code in the top left corner when the picture stands upright.
TEXTS = {40: "Tổng cộng", 80: "Số lượng 12", 120: "24", 160: "đò đò", 200: "Đ"}


def read(images: Sequence[np.ndarray]) -> list[str]:
    found = [TEXTS.get(int(image[2, 2, 0]), "oauouIA") for image in images]
    read.count += len(images)
    return found


def picture(text: str, shape: tuple[int, int], turns: int = 0) -> np.ndarray:
    """A dark bar, heavier above, on white; the code of ``text`` in its top left corner."""
    image = np.full((*shape, 3), 255, np.uint8)
    image[shape[0] // 3 : shape[0] // 2, 8:-8:3] = 0
    image[:5, :5] = next(code for code, each in TEXTS.items() if each == text)
    return np.ascontiguousarray(np.rot90(image, turns))


@pytest.fixture
def found(tmp_path: Path):
    def run(lines: list[tuple[str, np.ndarray]], reader=read) -> dict[int, str]:
        read.count = 0
        for number, (_, image) in enumerate(lines):
            cv2.imwrite(str(tmp_path / f"{number}.png"), image)
        rows = [f"{number}.png\t{text}\n" for number, (text, _) in enumerate(lines)]
        (tmp_path / "train.txt").write_text("".join(rows), encoding="utf-8")
        labels: LabelFile = read_labels(tmp_path / "train.txt", tmp_path)
        facts = ImageFacts.empty(len(lines))
        facts.sizes[:] = [image.shape[1::-1] for _, image in lines]
        facts.edges[:] = 1
        length = np.array([len(text) for text, _ in lines])
        return find_turned(labels, length, facts, reader)

    return run


def test_upright_lines_are_not_reported(found) -> None:
    lines = [(text, picture(text, (32, 160))) for text in TEXTS.values()]
    assert found(lines) == {}


def test_turned_lines_are(found) -> None:
    lines = [
        ("Tổng cộng", picture("Tổng cộng", (32, 160), 2)),
        ("Số lượng 12", picture("Số lượng 12", (32, 160))),
        ("Tổng cộng", picture("Tổng cộng", (32, 160), 1)),
        ("24", picture("24", (60, 30), 3)),
        ("Đ", picture("Đ", (60, 30), 1)),
        ("đò đò", picture("Tổng cộng", (32, 160), 2)),  # read as another text: no proof
    ]
    assert found(lines) == {
        0: "is upside down",
        2: "is rotated by 90 degrees",
        3: "is rotated by 90 degrees",
        4: "is rotated by 90 degrees",
    }
    assert found(lines, None) == {}


def test_where_one_is_upside_down_more_are_read(found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_READ", 2)
    upright = [("Tổng cộng", picture("Tổng cộng", (32, 160)))] * 6
    assert found(upright) == {} and read.count == 2
    turned = [("Tổng cộng", picture("Tổng cộng", (32, 160), 2))] * 6
    assert len(found(turned)) == 6


def test_an_image_that_is_gone_is_left_to_others(found, tmp_path: Path) -> None:
    lines = [("Tổng cộng", picture("Tổng cộng", (32, 160), 2))]

    def gone(images: Sequence[np.ndarray]) -> list[str]:
        raise AssertionError("nothing to read")

    (tmp_path / "0.png").mkdir()
    assert found(lines, gone) == {}
