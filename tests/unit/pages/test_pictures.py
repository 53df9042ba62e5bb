"""Pictures with boxes, and what PPOCRLabel and a training read."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from ppocr_ext.pages.formats import FORMATS
from ppocr_ext.pages.page import Page, PageLine, PageText
from ppocr_ext.pages.pictures import (
    drawn,
    label_paths,
    write_label_set,
)
from ppocr_ext.pages.sources import PageTask, Pictures
from ppocr_ext.transforms.documents import Opening

QUAD = ((20.4, 10.0), (80.0, 10.0), (80.0, 29.6), (20.0, 30.0))
HARD = 'nói "false" true\\null 5 < 6'  # words that PPOCRLabel replaces, what JSON escapes


def line(order: int, text: str, confidence: float = 0.99, is_text: bool = True) -> PageLine:
    moved = tuple((x, y + 40 * order) for x, y in QUAD)
    return PageLine(moved, text, confidence, 0, 0, order, "\n", is_text)  # type: ignore[arg-type]


LINES = (line(0, HARD), line(1, "phở", 0.7), line(2, "~~", 0.3, is_text=False))


def pages(folder: Path) -> list[tuple[PageTask, PageText]]:
    """A page that lay on its side, one that is blank, one of the same name in another folder."""
    image = np.full((140, 100, 3), 255, np.uint8)
    for number in range(3):
        image[10 + 40 * number : 30 + 40 * number, 20:80] = (0, 0, 40 * (number + 1))
    found = []
    for part in ("a", "b"):
        path = folder / part / "đơn.png"
        path.parent.mkdir()
        Image.fromarray(np.rot90(image)[:, :, ::-1]).save(path)
        task = PageTask(str(path), path, folder / "read" / part / "đơn", 1)
        found.append((task, PageText(Page(str(path), 1, 100, 140, 90), LINES)))
    blank = PageText(Page("", 2, 0, 0), (), "no text found")
    found.insert(1, (PageTask("x", folder / "x.png", folder / "read" / "x", 2), blank))
    return found


def as_ppocrlabel_loads(path: Path) -> dict[str, Any]:
    """By the rules of its ``loadLabelFile``: a row is split at tabs and evaluated as Python."""
    labels = {}
    for row in path.read_text(encoding="utf-8").splitlines(keepends=True):
        name, label = row.split("\t")
        for word, python in (("false", "False"), ("true", "True"), ("null", "None")):
            label = label.replace(word, python)
        labels[name] = ast.literal_eval(label.strip())
    return labels


def test_ppocrlabel_opens_the_set(tmp_path: Path) -> None:
    found = pages(tmp_path)
    home = tmp_path / "read" / "label"
    pictures = Pictures(Opening())
    written = write_label_set(tmp_path / "read", found, pictures, label=True, crops=True)
    pictures.close()
    labels = as_ppocrlabel_loads(home / "Label.txt")
    assert labels == as_ppocrlabel_loads(home / "Cache.cach")
    assert list(labels) == ["label/đơn_1.jpg", "label/đơn_2.jpg"]
    for name, boxes in labels.items():
        picture = cv2.imdecode(np.fromfile(home.parent / name, np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape == (140, 100, 3)  # upright, as the points are
        assert abs(int(picture[60, 50, 2]) - 80) < 4
        assert boxes == [
            {
                "transcription": HARD,
                "points": [[20, 10], [80, 10], [80, 30], [20, 30]],
                "difficult": False,
            },
            {
                "transcription": "phở",
                "points": [[20, 50], [80, 50], [80, 70], [20, 70]],
                "difficult": False,
            },
        ]
    assert (home / "fileState.txt").read_bytes() == b""  # nobody confirmed a page
    rows = (home / "rec_gt.txt").read_text(encoding="utf-8").splitlines()
    assert rows[:2] == [f"crop_img/đơn_1_crop_0.png\t{HARD}", "crop_img/đơn_1_crop_1.png\tphở"]
    cut = np.asarray(Image.open(home / "crop_img" / "đơn_1_crop_1.png"))
    assert cut.shape == (20, 60, 3) and (cut[2:-2, 2:-2] == (80, 0, 0)).all()
    tasks = [task for task, _ in found]
    expected = label_paths(tmp_path / "read", tasks, label=True, crops=True)
    assert set(written) <= set(expected)
    assert label_paths(tmp_path / "read", tasks, label=False, crops=True) == [home / "rec_gt.txt"]
    assert label_paths(tmp_path / "read", tasks, label=False, crops=False) == []
    (home / "rec_gt.txt").unlink()
    (home / ".rec_gt.txt.sha256").unlink()  # whose crops are those that are there?
    foreign = label_paths(tmp_path / "read", tasks, label=False, crops=True)[1:]
    assert [path.name for path in foreign] == [row.split("\t")[0][9:] for row in rows]


@pytest.mark.skipif(os.name == "nt", reason="names of POSIX")
def test_a_name_breaks_no_row_of_labels(tmp_path: Path) -> None:
    Image.new("L", (100, 140), 255).save(tmp_path / "a\tb\nc.png")
    path = tmp_path / "a\tb\nc.png"
    task = PageTask(str(path), path, path.with_suffix(""), 1)
    found = [(task, PageText(Page(str(path), 1, 100, 140), LINES[1:2]))]
    pictures = Pictures(Opening())
    write_label_set(tmp_path, found, pictures, label=True, crops=True)
    pictures.close()
    home = tmp_path / "label"
    assert list(as_ppocrlabel_loads(home / "Label.txt")) == ["label/a_b_c_1.jpg"]
    assert (home / "a_b_c_1.jpg").exists() and (home / "crop_img" / "a_b_c_1_crop_0.png").exists()
    gold = (home / "rec_gt.txt").read_text(encoding="utf-8")
    assert gold == "crop_img/a_b_c_1_crop_0.png\tphở\n"


def test_an_overlay_shows_what_is_sure_doubtful_and_left_out(tmp_path: Path) -> None:
    image = np.full((140, 100, 3), 255, np.uint8)
    found = drawn(image, LINES)
    assert (image == 255).all()
    colours = [tuple(int(c) for c in found[row, 50]) for row in (30, 70, 110)]  # lower edges
    assert colours == [(60, 160, 40), (0, 130, 255), (60, 60, 220)]
    assert (found[:, :14] != 255).any() or (found[:10] != 255).any()  # the numbers
    stem, overlay = tmp_path / "đơn", FORMATS["overlay"]
    assert overlay.paths(stem, 1) == [tmp_path / "đơn.overlay.jpg"]
    pictures = Pictures(Opening())
    written = overlay.write(overlay.paths(stem, 3), pages(tmp_path), pictures)
    pictures.close()
    assert written == [tmp_path / "đơn_1.overlay.jpg", tmp_path / "đơn_3.overlay.jpg"]
    assert Image.open(written[0]).size == (100, 140)
