"""What is drawn on pages and cut from them: pictures with boxes, a set for PPOCRLabel, lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import cv2
import numpy as np

from ppocr_ext.data.label_txt import new_box, write_row
from ppocr_ext.files import replacing
from ppocr_ext.outputs import announce, announced, put
from ppocr_ext.pages.page import PageLine, PageText
from ppocr_ext.pages.sources import PageTask, Pictures
from ppocr_ext.transforms.quads import crop, rotated

LABEL_FOLDER = "label"
_LABEL, _STATE, _CACHE, _CROPS = "Label.txt", "fileState.txt", "Cache.cach", "rec_gt.txt"
_DOUBTFUL = 0.9  # confidence below which a line is marked
_SURE_COLOUR, _DOUBT_COLOUR, _LEFT_OUT = (60, 160, 40), (0, 130, 255), (60, 60, 220)  # BGR


def write_overlays(
    paths: Sequence[Path], pages: Iterable[tuple[PageTask, PageText]], pictures: Pictures
) -> list[Path]:
    """Each page that was read, with its boxes numbered in reading order: green ones are sure,
    orange ones doubtful, red ones left out of the text."""
    written = []
    for path, (task, page) in zip(paths, pages, strict=True):
        if page.lines:
            _write_picture(path, drawn(_upright(task, page, pictures), page.lines))
            written.append(path)
    return written


def drawn(image: np.ndarray, lines: Iterable[PageLine]) -> np.ndarray:
    """A copy of uint8 BGR [H, W, 3] with the boxes of lines."""
    image, size = image.copy(), max(0.4, max(image.shape[:2]) / 2500)
    width = max(1, round(2 * size))
    for line in lines:
        sure = _SURE_COLOUR if line.confidence >= _DOUBTFUL else _DOUBT_COLOUR
        colour = sure if line.is_text else _LEFT_OUT
        cv2.polylines(image, [np.round(line.quad).astype(np.int32)], True, colour, width)
        x, y = (round(each) for each in line.quad[0])
        place = (max(0, x), max(round(22 * size), y - width))
        text, face = str(line.order + 1), cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(image, text, place, face, size, (255, 255, 255), 4 * width, cv2.LINE_AA)
        cv2.putText(image, text, place, face, size, colour, width, cv2.LINE_AA)
    return image


def label_paths(folder: Path, tasks: Iterable[PageTask], label: bool, crops: bool) -> list[Path]:
    """What :func:`write_label_set` writes; of single crops, which belong to ``rec_gt.txt``, those
    that are there without it and would be replaced."""
    home, pictures = folder / LABEL_FOLDER, list(_picture_names(tasks))
    names = [_LABEL, _STATE, _CACHE, *pictures] * label + [_CROPS] * crops
    paths = [home / name for name in names]
    if crops and not announced(home / _CROPS):
        begins = tuple(f"{Path(name).stem}_crop_" for name in pictures)
        found = sorted((home / "crop_img").glob("*_crop_*.png"))
        paths += [path for path in found if path.name.startswith(begins)]
    return paths


def write_label_set(
    folder: Path,
    pages: Sequence[tuple[PageTask, PageText]],
    pictures: Pictures,
    label: bool,
    crops: bool,
) -> list[Path]:
    """``label/``: pages, ``Label.txt`` and ``fileState.txt`` for PPOCRLabel, or the lines cut out
    with ``rec_gt.txt``, or both. One page is in memory at a time.

    No page counts as confirmed: ``fileState.txt`` is empty until a person confirms one there.
    PPOCRLabel drops unconfirmed rows of ``Label.txt`` when it saves; ``Cache.cach`` keeps them.
    """
    home, written = folder / LABEL_FOLDER, []
    if crops:
        announce(home / _CROPS)
        for left in list((home / "crop_img").glob(".*_crop_*.tmp")):  # by a kill
            left.unlink()
    with ExitStack() as files:
        kinds = [_LABEL, _CACHE] * label + [_STATE] * label + [_CROPS] * crops
        rows = {kind: files.enter_context(replacing(home / kind, put=put)) for kind in kinds}
        names = _picture_names(task for task, _ in pages)
        for name, (task, page) in zip(names, pages, strict=True):
            lines = [line for line in page.lines if line.is_text]
            if not lines:
                continue
            image = _upright(task, page, pictures)
            if label:
                _write_picture(home / name, image)
                written.append(home / name)
                for kind in (_LABEL, _CACHE):
                    rows[kind].write(_row(name, lines))
            for number, line in enumerate(lines) if crops else ():
                part = f"crop_img/{Path(name).stem}_crop_{number}.png"
                cut = crop(image, np.array(line.quad, np.float32))
                _write_picture(home / part, cut, with_record=False)
                rows[_CROPS].write(f"{part}\t{line.text}\n")
    return [*(home / kind for kind in rows), *written]


def _row(name: str, lines: Sequence[PageLine]) -> str:
    """A row of ``Label.txt``; no corner lies outside."""
    inside = ([(max(0.0, x), max(0.0, y)) for x, y in line.quad] for line in lines)
    boxes = (new_box(line.text, quad) for line, quad in zip(lines, inside, strict=True))
    return write_row(f"{LABEL_FOLDER}/{name}", boxes)


def _upright(task: PageTask, page: PageText, pictures: Pictures) -> np.ndarray:
    """uint8 BGR [height, width, 3]: what the quads of the page lie on."""
    return rotated(pictures.picture(task).image, page.page.turn)


def _picture_names(tasks: Iterable[PageTask]) -> Iterator[str]:
    """``scan_3.jpg`` for its third page; with another number where that is taken. What would break
    a row of labels, as a tab, is ``_``."""
    taken: set[str] = set()
    for task in tasks:
        stem = "".join(each if each.isprintable() else "_" for each in task.stem.name)
        numbers = (f"{stem}_{number}.jpg" for number in count(task.number))
        name = next(each for each in numbers if each.casefold() not in taken)
        taken.add(name.casefold())
        yield name


def _write_picture(path: Path, image: np.ndarray, with_record: bool = True) -> None:
    quality = [cv2.IMWRITE_JPEG_QUALITY, 95] if path.suffix == ".jpg" else []
    _, data = cv2.imencode(path.suffix, image, quality)
    with replacing(path, "wb", put if with_record else None) as stream:
        stream.write(data.tobytes())
