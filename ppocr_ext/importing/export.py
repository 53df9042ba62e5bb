"""Labels written back for other tools: PPOCRLabel, Label Studio, PAGE XML, ImageFolder."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from lxml import etree

from ppocr_ext.errors import UserError
from ppocr_ext.files import rename
from ppocr_ext.importing import crops
from ppocr_ext.importing.crops import Cut
from ppocr_ext.importing.label_studio import OWN
from ppocr_ext.importing.page import Damage
from ppocr_ext.importing.pictures import Pictures
from ppocr_ext.importing.run import Found, Job, found_pages
from ppocr_ext.importing.split import Kinds, is_validation
from ppocr_ext.infer.recognizer import ordered
from ppocr_ext.locks import beside, only_writer
from ppocr_ext.outputs import instead, other_name
from ppocr_ext.transforms.image import UnreadableImage

_PAGE_SPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no XML may hold them
_WORDS = re.compile(r"true|false|null")
_STRAIGHT = 1.0  # pixels by which a quad may differ from a turned rectangle


class Ready(NamedTuple):
    """A page to be written. name: of its picture in the export; size: width, height, upright."""

    found: Found
    name: str
    size: tuple[int, int]
    data: bytes
    image: np.ndarray
    cuts: Sequence[Cut]


@dataclass
class Exported:
    """How many pages were written, and what was left out."""

    pages: int = 0
    skips: Kinds = field(default_factory=Kinds)
    damages: list[Damage] = field(default_factory=list)

    @property
    def is_partial(self) -> bool:
        return bool(self.skips.counts or self.damages)

    def lines(self) -> Iterator[str]:
        """What was left out, for people."""
        yield from (f"left out: {row}" for row in self.skips.lines())
        yield from (f"damaged: {each.place}: {each.reason}" for each in self.damages)


def export(job: Job, form: str, progress: Callable[[int], None]) -> Exported:
    """Write every page and box, ``###`` and empty ones, too. The folder appears when it is whole.

    ``form``: a key of :data:`FORMS`. Raises :class:`UserError` when the folder holds files.
    """
    if job.output.exists() and not (job.output.is_dir() and not any(job.output.iterdir())):
        free = instead("--output", other_name(job.output))
        raise UserError(
            f"--output {job.output} is there and not empty", "a folder to be made", free
        )
    done, used = Exported(), set[str]()
    found = found_pages(job.sources, Pictures(job.root), done.damages)

    def work(each: Found) -> Ready | tuple[Found, str]:
        if each.problem:
            return each, each.problem
        try:
            data = crops.load(each.page, each.path)
            image, cuts = crops.cut_page(each.page, data, job.checker, split=form == "imagefolder")
        except UnreadableImage as error:
            return each, str(error)
        return Ready(each, "", (image.shape[1], image.shape[0]), data, image, cuts)

    staging = job.output.with_name(f".{job.output.name}.partial")
    with only_writer(job.output, beside(job.output), "wait for it"):
        shutil.rmtree(staging, ignore_errors=True)  # of a run that was killed
        with ExitStack() as stack:
            writer = FORMS[form](staging, job, stack)
            for number, ready in enumerate(ordered(work, found, job.threads), 1):
                progress(number)
                if not isinstance(ready, Ready):
                    done.skips.add(ready[1], ready[0].page.place)
                    continue
                writer.send(ready._replace(name=_free_name(ready, used)))
                done.pages += 1
        if not done.pages:
            shutil.rmtree(staging)
            reasons = "".join(f"\n  {row}" for row in done.lines())
            raise UserError(f"no page can be exported{reasons}", "labels with their pictures")
        if job.output.exists():
            job.output.rmdir()
        rename(staging, job.output)
    return done


def _free_name(ready: Ready, used: set[str]) -> str:
    """The picture's own name; a number parts two of one name."""
    path, place = ready.found.path, ready.found.page.place
    own = re.sub(r"\W+", "_", place) + (crops.file_suffix(ready.data) or ".img")
    name = own if path is None else path.name
    stem, dot, suffix = name.rpartition(".")
    free, number = name, 2
    while free.casefold() in used:
        free, number = f"{stem}_{number}{dot}{suffix}", number + 1
    used.add(free.casefold())
    return free


class _Writer:
    """Takes page after page; what it opens is closed by ``stack``."""

    def __init__(self, folder: Path, job: Job, stack: ExitStack) -> None:
        self.folder, self.job, self.stack = folder, job, stack
        self._files: dict[str, IO[str]] = {}
        folder.mkdir(parents=True)

    def send(self, ready: Ready) -> None:
        raise NotImplementedError

    def write(self, name: str, text: str) -> None:
        """Add to a text file."""
        if name not in self._files:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            self._files[name] = self.stack.enter_context(
                open(path, "w", encoding="utf-8", newline="\n", errors="replace")  # noqa: SIM115
            )
        self._files[name].write(text)

    def save(self, name: str, data: bytes) -> None:
        """Make a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


class _PPOCRLabel(_Writer):
    """``Label.txt`` as its loader wants it: whole numbers, no tab, and none of the words that it
    replaces in the whole row, which JSON may as well write by their numbers."""

    def send(self, ready: Ready) -> None:
        self.save(ready.name, ready.data)
        boxes = [
            {
                "transcription": cut.label.replace("\t", " "),
                "points": [[round(float(v)) for v in p] for p in cut.quad.corners],
                "difficult": False,
            }
            for cut in ready.cuts
            if cut.quad is not None
        ]
        for box in boxes:
            text = json.dumps(box["transcription"], ensure_ascii=False)
            box["transcription"] = _WORDS.sub(lambda m: f"\\u{ord(m[0][0]):04x}{m[0][1:]}", text)
        listed = ", ".join(
            f'{{"transcription": {box["transcription"]}, "points": {json.dumps(box["points"])}, '
            '"difficult": false}'
            for box in boxes
        )
        name = f"{self.job.output.name}/{ready.name}"
        self.write("Label.txt", f"{name}\t[{listed}]\n")
        self.write("fileState.txt", f"{name}\t1\n")


class _LabelStudio(_Writer):
    """Tasks with predictions, which Label Studio shows as drafts to confirm."""

    _is_first = True

    def send(self, ready: Ready) -> None:
        self.save(f"images/{ready.name}", ready.data)
        result = [part for n, cut in enumerate(ready.cuts) for part in _studio(n, cut, ready.size)]
        task = {
            "data": {"ocr": f"/data/local-files/?d=images/{ready.name}"},
            "predictions": [{"model_version": OWN, "result": result}],
        }
        text = json.dumps(task, ensure_ascii=False)
        self.write("tasks.json", ("[\n" if self._is_first else ",\n") + text)
        if self._is_first:  # after the file, which is closed after what is called last
            self.stack.callback(self.write, "tasks.json", "\n]\n")
        self._is_first = False


def _studio(number: int, cut: Cut, size: tuple[int, int]) -> Iterator[dict[str, Any]]:
    """A shape and its text, of one ``id``; what is no turned rectangle is a polygon."""
    if cut.quad is None:
        return
    corners, (width, height) = cut.quad.corners.astype(float), size
    along, down = corners[1] - corners[0], corners[3] - corners[0]
    turn = math.degrees(math.atan2(along[1], along[0]))
    across, high = float(np.hypot(*along)), float(np.hypot(*down))
    square = np.array([-along[1], along[0]]) / max(across, 1e-6) * high
    is_straight = np.abs(corners[0] + along + square - corners[2]).max() <= _STRAIGHT
    value: dict[str, Any]
    if is_straight and np.abs(square - down).max() <= _STRAIGHT:
        value = {
            "x": float(corners[0][0]) * 100 / width,
            "y": float(corners[0][1]) * 100 / height,
            "width": across * 100 / width,
            "height": high * 100 / height,
            "rotation": turn % 360,
        }
        kind = "rectangle"
    else:
        value = {"points": [[x * 100 / width, y * 100 / height] for x, y in corners.tolist()]}
        kind = "polygon"
    shared = {"id": f"line{number}", "original_width": width, "original_height": height}
    shared |= {"image_rotation": 0, "to_name": "image"}
    yield {**shared, "from_name": "bbox", "type": kind, "value": value}
    if cut.label:
        text = {**value, "text": [cut.label]}
        yield {**shared, "from_name": "transcription", "type": "textarea", "value": text}


class _PageXml(_Writer):
    """A file a page in ``page/``, the picture one folder up."""

    def send(self, ready: Ready) -> None:
        self.save(ready.name, ready.data)
        root = etree.Element(f"{{{_PAGE_SPACE}}}PcGts", nsmap={None: _PAGE_SPACE})
        metadata = _below(root, "Metadata")
        for name, text in (("Creator", "ppocr_ext"), ("Created", _DATE), ("LastChange", _DATE)):
            _below(metadata, name).text = text
        width, height = ready.size
        page = _below(root, "Page", imageFilename=ready.name)
        page.set("imageWidth", str(width))
        page.set("imageHeight", str(height))
        region = _below(page, "TextRegion", id="region")
        frame = np.array([[0, 0], [width, 0], [width, height], [0, height]])
        _below(region, "Coords", points=_joined(frame))
        for number, cut in enumerate(ready.cuts):
            if cut.quad is None:
                continue
            line = _below(region, "TextLine", id=f"line{number}")
            _below(line, "Coords", points=_joined(cut.quad.corners))
            _below(line, "Baseline", points=_joined(cut.quad.corners[[3, 2]]))
            if cut.label:
                equivalent = _below(line, "TextEquiv")
                _below(equivalent, "Unicode").text = _CONTROLS.sub(" ", cut.label)
        data = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
        name = f"{ready.name.rpartition('.')[0]}.xml"
        self.save(f"page/{name}", data)


_DATE = "2026-01-01T00:00:00"  # the schema wants one; the same labels give the same bytes


def _below(parent: Any, name: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{_PAGE_SPACE}}}{name}", **attributes)


def _joined(corners: np.ndarray) -> str:
    return " ".join(f"{round(float(x))},{round(float(y))}" for x, y in corners)


class _ImageFolder(_Writer):
    """``train/`` and ``validation/`` of crops with ``metadata.jsonl``, for Hugging Face."""

    def send(self, ready: Ready) -> None:
        part = ready.found.part or ("val" if is_validation(ready.name, self.job.val) else "train")
        folder = {"val": "validation"}.get(part, part)
        for number, cut in enumerate(ready.cuts):
            if cut.skip or cut.quad is None:
                continue
            data, suffix = crops.encoded(ready.found.page, ready.image, ready.data, cut)
            name = f"{ready.name.rpartition('.')[0]}_{number}{suffix}"
            self.save(f"{folder}/{name}", data)
            row = json.dumps({"file_name": name, "text": cut.label}, ensure_ascii=False)
            self.write(f"{folder}/metadata.jsonl", row + "\n")


FORMS: dict[str, type[_Writer]] = {
    "ppocrlabel": _PPOCRLabel,
    "label_studio": _LabelStudio,
    "page_xml": _PageXml,
    "imagefolder": _ImageFolder,
}
