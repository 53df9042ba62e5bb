"""The same page and its eleven boxes as every tool writes them, laid out as its users have them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import lmdb

from ppocr_ext.data.check.fix import Tally
from ppocr_ext.importing.export import export
from ppocr_ext.importing.formats import find_sources
from ppocr_ext.importing.run import Done, Job, import_labels
from ppocr_ext.importing.turned import Checker
from ppocr_ext.narrow import writable
from ppocr_ext.runtime import REPOSITORY

LABELS = REPOSITORY / "tests" / "fixtures" / "labels"
PICTURE, CROPS = LABELS / "trang 1.jpg", sorted((LABELS / "crops").glob("*.jpg"))
PAGES = {  # where each tool's users have the picture
    "alto": "trang 1.jpg",
    "coco_text": "train2014/trang 1.jpg",
    "cvat": "images/trang 1.jpg",
    "hocr": "trang 1.jpg",
    "icdar": "images/trang 1.jpg",
    "label_studio": "images/3f2a91bc-trang_1.jpg",
    "labelme": "trang 1.jpg",
    "mcocr": "train_images/mcocr_public_145013aaaaa.jpg",
    "page_xml": "trang 1.jpg",
    "ppocrlabel": "anh/trang 1.jpg",
    "tesseract": "trang 1.jpg",
    "total_text": "images/trang 1.jpg",
    "vintext": "train_images/im0001.jpg",
    "xanylabeling": "trang 1.jpg",
}
LINES = {  # where they have the crops
    "doctr": "images",
    "easyocr": ".",
    "hf_imagefolder": "train",
    "mmocr": "imgs",
    "vietocr": "img",
}


class Imported(NamedTuple):
    """The rows of what an import wrote."""

    output: Path
    done: Done
    boxes: list[dict[str, Any]]
    skipped: list[dict[str, Any]]

    @property
    def reasons(self) -> dict[str, int]:
        return dict(self.done.labels.skips.counts)

    @property
    def notes(self) -> dict[str, int]:
        return dict(self.done.labels.notes.counts)

    @property
    def texts(self) -> list[str]:
        return [row["text"] for row in self.boxes]


def rows_of(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    return [json.loads(row) for row in path.read_text(encoding="utf-8").split("\n") if row]


def laid_out(name: str, folder: Path) -> Path:
    """The labels and pictures of one tool below ``folder``."""
    if name == "lmdb":
        return database(folder / "train")
    if (LABELS / name).is_dir():
        shutil.copytree(LABELS / name, folder, dirs_exist_ok=True)
    if name in PAGES:
        target = folder / PAGES[name]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PICTURE, target)
    else:
        place = folder / LINES.get(name, ".")
        place.mkdir(parents=True, exist_ok=True)
        for crop in CROPS:
            shutil.copyfile(crop, place / crop.name)
    return folder


def database(folder: Path) -> Path:
    """An LMDB database as PaddleOCR and deep-text-recognition-benchmark have it."""
    texts = json.loads((LABELS / "doctr" / "labels.json").read_text(encoding="utf-8"))
    folder.mkdir(parents=True)
    with writable(folder) as place, lmdb.open(str(place), map_size=1 << 24) as made:
        _fill(made, texts)
    return folder


def _fill(made: lmdb.Environment, texts: dict[str, str]) -> None:
    with made.begin(write=True) as writes:
        for number, crop in enumerate(CROPS, 1):
            writes.put(b"image-%09d" % number, crop.read_bytes())
            writes.put(b"label-%09d" % number, texts[crop.name].encode())
        writes.put(b"num-samples", b"%d" % len(CROPS))


def imported(
    source: Path,
    output: Path,
    format: str | None = None,
    root: Path | None = None,
    val: float = 0.1,
    checker: Checker | None = None,
    join: bool = False,
    **options: bool,
) -> Imported:
    """What an import of ``source`` wrote into ``output``."""
    sources, found = find_sources(source, format, root, **options)
    job = Job(source, sources, found, output, val, 2, checker, join)
    done = import_labels(job, lambda number: None)
    return Imported(
        output, done, rows_of(output / "boxes.jsonl"), rows_of(output / "skipped.jsonl")
    )


def exported(source: Path, output: Path, form: str, val: float = 0.1) -> Tally:
    """What was left out of an export of labels, by way of an import beside it."""
    folder = imported(source, output.with_name(f"{output.name} import"), val=val).output
    return export(folder, output, form, lambda number: None)


QUAD = [[260, 40], [877, 40], [877, 92], [260, 92]]
FLAT = "260,40,877,40,877,92,260,92"
TITLE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"


def page(folder: Path, name: str = "p.jpg") -> Path:
    """A folder with the page's picture."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PICTURE, folder / name)
    return folder


def write(path: Path, content: Any) -> None:
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def box(text: str, difficult: bool = False, points: Any = None) -> dict[str, Any]:
    return {"transcription": text, "points": points or QUAD, "difficult": difficult}
