"""Pages of a folder, as pictures that stay: of a file with several, a JPEG each beside it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ppocr_ext.data.label_txt import label_rows, tail
from ppocr_ext.data.sizes import image_size
from ppocr_ext.files import replacing
from ppocr_ext.infer.sources import written
from ppocr_ext.outputs import put
from ppocr_ext.pages.sources import find_pages
from ppocr_ext.transforms import HEIF_SUFFIXES, IMAGE_SUFFIXES
from ppocr_ext.transforms.documents import Opening, opened

_LOOKED_AT = 40  # pictures that show whether they are pages or lines
_SIDE, _RATIO = 300, 6  # pixels of the short side, and long side / short side, of a page
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 95]


class KeptPage(NamedTuple):
    """image: its picture below the folder; source: the file that it is a page of, empty for the
    picture itself; number: of the page."""

    image: str
    source: str
    number: int


def are_pages(paths: Sequence[Path]) -> bool:
    """Whether most of the files are pages and not lines, by their suffixes and shapes."""
    if any(path.suffix.lower() not in IMAGE_SUFFIXES for path in paths):
        return True
    sizes = [sorted(image_size(path)) for path in paths[:: -(-len(paths) // _LOOKED_AT)]]
    pages = sum(short >= _SIDE and long < _RATIO * short for short, long in sizes)
    return 2 * pages > len(sizes)


def new_pages(folder: Path, apart: Path, known: Collection[KeptPage]) -> Iterator[KeptPage]:
    """Pages that are not ``known``. apart: a folder below that holds none. Raises
    :class:`UserError` where there are no pages."""
    drawn = {page.image for page in known}
    seen = {(page.source or page.image, page.number) for page in known}
    own = set(map(tail, label_rows(folder / "Label.txt")))  # of read_pages.py: it names pages
    tasks = find_pages([str(folder)], apart, own=own).tasks
    counts = Counter(task.path for task in tasks)
    names = {path: written(path.relative_to(folder).as_posix()) for path in counts}
    taken = {name.casefold() for name in (*drawn, *names.values())}
    for task in tasks:
        name, number = names[task.path], task.number
        is_drawn = (name, 1) not in seen and name in drawn
        if not is_drawn and (name, number) not in seen:
            image = _picture_name(folder, name, number, counts[task.path], taken)
            taken.add(image.casefold())
            yield KeptPage(image, "" if image == name else name, number)


def _picture_name(folder: Path, name: str, number: int, pages: int, taken: set[str]) -> str:
    stem, suffix = os.path.splitext(name)
    if pages == 1 and suffix.lower() not in {".pdf", *HEIF_SUFFIXES}:
        return name
    image = f"{stem}_{number}.jpg"
    while image.casefold() in taken or (folder / image).exists():
        image = f"{image[:-4]}_.jpg"
    return image


def kept_picture(folder: Path, page: KeptPage) -> np.ndarray:
    """uint8 BGR, upright; one that is not there yet is drawn and kept. Raises
    :class:`UnreadableImage`."""
    path = folder / page.image
    is_there = not page.source or path.is_file()
    with opened(path if is_there else folder / page.source, Opening()) as document:
        image = document.picture(1 if is_there else page.number).image
    if not is_there:
        with replacing(path, "wb", put=put) as stream:
            stream.write(cv2.imencode(".jpg", image, _QUALITY)[1].tobytes())
    return image
