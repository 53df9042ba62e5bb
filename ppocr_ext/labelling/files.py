"""What the label files are to hold, by the state."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from ppocr_ext.appended import Row
from ppocr_ext.data.label_txt import around, new_box, write_row
from ppocr_ext.data.split import CropGroups, box_row, is_validation, label_row
from ppocr_ext.labelling.lines import UNREADABLE, WRITTEN, Line
from ppocr_ext.labelling.scan import BOXES, LABEL_TXT
from ppocr_ext.labelling.state import State

FILE_STATE, CROPS = "fileState.txt", "crops"
_OF_PAGES = ("train.txt", "val.txt", BOXES, LABEL_TXT, FILE_STATE)


def _part(group: str, val: float) -> str:
    """The label file of a page or document that has none: the same one that an import chooses."""
    return "val.txt" if is_validation(group, val) else "train.txt"


def file_of(state: State, val: float) -> Callable[[Line], str]:
    """Line → its label file. Crops of one document stay together."""
    groups = CropGroups()
    for line in state.lines.values():
        groups.look_at(line.image)
    return lambda line: line.file or _part(groups.of(line.image), val)


def contents(state: State, folder: Path, is_pages: bool, val: float) -> dict[str, bytes]:
    """Name of a file → its bytes; what nobody changed is as it was."""
    rows: dict[str, list[str]] = {name: [] for name in state.files}
    rows |= _of_pages(state, folder, val) if is_pages else {}
    name = file_of(state, val)
    for line in state.lines.values():
        if line.kind == "raw" and line.image:
            rows[line.file].append(line.image)
        elif line.kind in WRITTEN and not is_pages:
            rows.setdefault(name(line), []).append(f"{line.image}\t{line.now.text}")
    return {name: _joined(found, state.files.get(name, {})) for name, found in rows.items()}


def _joined(rows: list[str], form: Row) -> bytes:
    text = "".join(row.removesuffix("\n") + form.get("end", "\n") for row in rows)
    mark = codecs.BOM_UTF8 if form.get("bom") else b""
    return mark + text.encode("utf-8", "surrogatepass")


def _of_pages(state: State, folder: Path, val: float) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {name: [] for name in _OF_PAGES}
    shown = [page for page in state.pages.values() if page.order]
    for page in shown:
        lines = [state.lines[n] for n in page.order]
        name = f"{folder.resolve().name}/{page.image}"
        rows[LABEL_TXT] += _label_row(name, lines) if page.row is None else [page.row]
        kinds = {line.kind for line in lines}
        if page.is_confirmed or kinds.isdisjoint(("todo", "labelled", "conflict")):
            rows[FILE_STATE].append(f"{name}\t1")
        part = _part(PurePosixPath(page.image).name, val) if len(shown) > 1 else "train.txt"
        for line in lines:
            if line.kind in WRITTEN and (text := line.now.text):
                crop, where = f"{CROPS}/{crop_name(line)}", f"{LABEL_TXT}, line {line.n}"
                quad, split = line.now.quad, part.removesuffix(".txt")
                rows[part].append(label_row(crop, text))
                rows[BOXES].append(box_row(crop, f"../{page.image}", quad, text, where, split))
    return rows


def _label_row(name: str, lines: Iterable[Line]) -> list[str]:
    """Boxes that somebody decided, and those that the file had; drafts are no labels."""
    boxes = [_label_box(line) for line in lines if line.kind != "todo" or line.extra]
    return [write_row(name, boxes)] if boxes else []


def _label_box(line: Line) -> dict[str, Any]:
    """Keys that are not ours stay."""
    text = line.now.text if line.kind in ("ok", "labelled", "unsure") else UNREADABLE
    new = new_box(line.label or "" if line.kind == "todo" else text, line.now.quad or ())
    box = {**new, **(line.extra or {}), "transcription": new["transcription"]}
    return box if around(box["points"]) == line.now.quad else {**box, "points": new["points"]}


def crop_name(line: Line) -> str:
    """Another one after its corners moved."""
    mark = hashlib.sha256(repr(line.now.quad).encode()).hexdigest()[:8]
    return f"{line.image.rpartition('.')[0].replace('/', '_')}/{line.n}_{mark}.jpg"


def missing_crops(state: State, home: Path) -> Iterator[tuple[Path, Line]]:
    """Crops that the label files name, or soon will, and that are not there."""
    for line in state.lines.values():
        path = home / CROPS / crop_name(line) if line.p and line.kind in WRITTEN else None
        if path is not None and line.now.text and not path.exists():
            yield path, line
