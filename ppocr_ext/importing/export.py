"""An import written for another tool: PPOCRLabel, Label Studio, PAGE XML, ImageFolder."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain, count
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from ppocr_ext.data.check.fix import Tally
from ppocr_ext.data.label_txt import new_box, write_row
from ppocr_ext.errors import UserError
from ppocr_ext.files import rename
from ppocr_ext.importing.journal import PAGES, entries_of, header_of
from ppocr_ext.importing.json_sets import OWN
from ppocr_ext.locks import beside, only_writer
from ppocr_ext.outputs import instead, other_name

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # no XML holds them
_STRAIGHT = 1.0  # pixels by which a quad may differ from a turned rectangle
_PAGE_XML = """<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
<Metadata><Creator>ppocr_ext</Creator><Created>2026-01-01T00:00:00</Created>\
<LastChange>2026-01-01T00:00:00</LastChange></Metadata>
<Page imageFilename={name} imageWidth="{width}" imageHeight="{height}">
<TextRegion id="region"><Coords points="0,0 {width},0 {width},{height} 0,{height}"/>
{lines}</TextRegion>
</Page>
</PcGts>
"""
Entry = dict[str, Any]


def export(folder: Path, output: Path, form: str, progress: Callable[[int], None]) -> Tally:
    """Write every page and box of an import, ``###`` and empty ones, too; gives what was left out.
    The output appears when it is whole.

    ``form``: a key of :data:`FORMS`. Raises :class:`UserError` when the output holds files.
    """
    if not output.name or (output.exists() and not (output.is_dir() and not any(output.iterdir()))):
        found = f"--output {output} is {'there and not empty' if output.name else 'this folder'}"
        raise UserError(found, "a folder to be made", instead("--output", other_name(output)))
    staging, left_out = output.with_name(f".{output.name}.partial"), Tally()
    with only_writer(output, beside(output), "wait for it"):
        shutil.rmtree(staging, ignore_errors=True)  # of a run that was killed
        staging.mkdir(parents=True)
        pages = FORMS[form](folder, staging, output.name, left_out)
        written = 0
        for written, _ in enumerate(pages, 1):
            progress(written)
        if not written:
            shutil.rmtree(staging)
            reasons = "".join(f"\n  {row}" for row in left_out.counted())
            cure = instead("--to", Path("imagefolder"))  # of the crops
            raise UserError(f"no page can be exported{reasons}", "labels with their pictures", cure)
        if output.exists():
            output.rmdir()
        rename(staging, output)
    return left_out


def _pictures(folder: Path, to: Path, left_out: Tally) -> Iterator[tuple[str, Entry]]:
    """Each page whose picture can be copied ``to`` a folder, and its name there."""
    to.mkdir(exist_ok=True)
    root, used = Path(header_of(folder)["root"]), set[str]()
    for entry in entries_of(folder / PAGES):
        if entry["size"] is None or not entry["page"]:
            left_out.add("no picture of its own", entry["source"])
            continue
        own, _, suffix = entry["page"].rpartition("/")[2].rpartition(".")
        numbered = (f"{own}_{number}" for number in count(2))
        stem = next(each for each in chain([own], numbered) if each.casefold() not in used)
        try:
            shutil.copyfile(root / entry["page"], to / f"{stem}.{suffix}")
        except FileNotFoundError:
            left_out.add("its picture is gone", entry["source"])
            continue
        used.add(stem.casefold())
        yield f"{stem}.{suffix}", entry


def _boxes(entry: Entry) -> Iterator[tuple[int, str, list[list[float]]]]:
    """(number, text, quad) of every line with a quad."""
    for number, line in enumerate(entry["lines"]):
        if line["quad"]:
            yield number, line["text"], line["quad"]


def _ppocrlabel(folder: Path, to: Path, name: str, left_out: Tally) -> Iterator[None]:
    """``Label.txt`` and ``fileState.txt``, in which every page is confirmed."""
    with _text(to / "Label.txt") as labels, _text(to / "fileState.txt") as states:
        for picture, entry in _pictures(folder, to, left_out):
            boxes = (new_box(text, quad) for _, text, quad in _boxes(entry))
            labels.write(write_row(f"{name}/{picture}", boxes))
            states.write(f"{name}/{picture}\t1\n")
            yield


def _text(path: Path) -> Any:
    return open(path, "w", encoding="utf-8", newline="\n", errors="replace")


def _label_studio(folder: Path, to: Path, name: str, left_out: Tally) -> Iterator[None]:
    """Tasks with predictions, which Label Studio shows as drafts to confirm."""
    with _text(to / "tasks.json") as tasks:
        before = "[\n"
        for picture, entry in _pictures(folder, to / "images", left_out):
            result = [part for box in _boxes(entry) for part in _results(*box, entry["size"])]
            task = {
                "data": {"ocr": f"/data/local-files/?d=images/{picture}"},
                "predictions": [{"model_version": OWN, "result": result}],
            }
            tasks.write(before + json.dumps(task, ensure_ascii=False))
            before = ",\n"
            yield
        tasks.write("\n]\n")


def _results(number: int, label: str, quad: Any, size: tuple[int, int]) -> Iterator[Entry]:
    """A shape and its text, of one ``id``; what is no turned rectangle is a polygon."""
    corners, (width, height) = np.array(quad), size
    along, down = corners[1] - corners[0], corners[3] - corners[0]
    across, high = math.hypot(*along), math.hypot(*down)
    square = np.array([-along[1], along[0]]) / across * high
    straight = corners[0] + [along, along + square, square]
    value: Entry = {"points": (corners * 100 / size).tolist()}
    is_straight = np.abs(straight - corners[1:]).max() <= _STRAIGHT
    if is_straight:
        x, y = (corners[0] * 100 / size).tolist()
        value = {"x": x, "y": y, "width": across * 100 / width, "height": high * 100 / height}
        value["rotation"] = math.degrees(math.atan2(along[1], along[0])) % 360
    shared = {"id": f"line{number}", "original_width": width, "original_height": height}
    shared |= {"image_rotation": 0, "to_name": "image"}
    kind = "rectangle" if is_straight else "polygon"
    yield {**shared, "from_name": "bbox", "type": kind, "value": value}
    if label:
        value = {**value, "text": [label]}
        yield {**shared, "from_name": "transcription", "type": "textarea", "value": value}


def _page_xml(folder: Path, to: Path, name: str, left_out: Tally) -> Iterator[None]:
    """A file a page in ``page/``, the picture one folder up."""
    (to / "page").mkdir()
    for picture, entry in _pictures(folder, to, left_out):
        width, height = entry["size"]
        lines = "".join(_text_line(*box) for box in _boxes(entry))
        name, stem = quoteattr(picture), picture.rpartition(".")[0]
        with _text(to / "page" / f"{stem}.xml") as stream:
            stream.write(_PAGE_XML.format(name=name, width=width, height=height, lines=lines))
        yield


def _text_line(number: int, text: str, quad: list[list[float]]) -> str:
    points = [f"{round(x)},{round(y)}" for x, y in quad]
    text = escape(_CONTROLS.sub(" ", text))
    return (
        f'<TextLine id="line{number}"><Coords points="{" ".join(points)}"/>'
        f'<Baseline points="{points[3]} {points[2]}"/>'
        + (f"<TextEquiv><Unicode>{text}</Unicode></TextEquiv>" if text else "")
        + "</TextLine>\n"
    )


def _imagefolder(folder: Path, to: Path, name: str, left_out: Tally) -> Iterator[None]:
    """``train/``, ``validation/`` and ``test/`` of crops with ``metadata.jsonl``."""
    with ExitStack() as stack, open(folder / "boxes.jsonl", encoding="utf-8") as rows:
        files: dict[str, Any] = {}
        for row in map(json.loads, rows):
            part = "validation" if row["split"] == "val" else row["split"]
            if part not in files:
                (to / part).mkdir()
                files[part] = stack.enter_context(_text(to / part / "metadata.jsonl"))
            picture = row["crop"].partition("/")[2].replace("/", "_")
            shutil.copyfile(folder / row["crop"], to / part / picture)
            held = {"file_name": picture, "text": row["text"]}
            files[part].write(json.dumps(held, ensure_ascii=False) + "\n")
            yield


FORMS: dict[str, Callable[[Path, Path, str, Tally], Iterator[None]]] = {
    "ppocrlabel": _ppocrlabel,
    "label_studio": _label_studio,
    "page_xml": _page_xml,
    "imagefolder": _imagefolder,
}
