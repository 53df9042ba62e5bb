"""What a folder holds to label, as rows of the log, so that a line keeps its number for ever."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ppocr_ext.appended import Row
from ppocr_ext.console import tool_command
from ppocr_ext.data.label_txt import HOME, around, label_rows, parse_row, tail
from ppocr_ext.data.labels import read_labels
from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text
from ppocr_ext.importing.journal import header_of
from ppocr_ext.infer.reading import Reasons
from ppocr_ext.infer.sources import in_folder, written
from ppocr_ext.kept_pages import are_pages, new_pages
from ppocr_ext.labelling.lines import Page
from ppocr_ext.labelling.state import State
from ppocr_ext.transforms import IMAGE_SUFFIXES
from ppocr_ext.transforms.documents import PAGE_SUFFIXES

LABEL_TXT, BOXES = "Label.txt", "boxes.jsonl"
LABEL_FILES = ("train.txt", "val.txt", "test.txt")


def require_folder(path: Path) -> tuple[Path, Path | None]:
    """The folder that is meant, and the label file that was named, or :class:`UserError`."""
    if path.is_dir():
        return path, None
    if path.is_file() and path.suffix.lower() == ".txt":
        return path.parent, path
    raise UserError(
        f"{path} {'is a single file' if path.is_file() else 'does not exist'}",
        "a folder of pages, of lines, or a label file",
        tool_command("label.py", path.parent if path.parent.is_dir() else "FOLDER"),
    )


def holds_pages(folder: Path, files: Sequence[str]) -> bool:
    """Whether its pictures are pages and not lines. Raises :class:`UserError` for none."""
    if files or (folder / LABEL_TXT).is_file():
        return LABEL_TXT in files or not files
    found = [*map(Path, _pictures(folder, PAGE_SUFFIXES))]
    if not found:
        wanted = "pages, PDFs, or pictures of lines"
        raise UserError(f"{folder} holds no picture", wanted, tool_command("label.py", "FOLDER"))
    return are_pages(found)


def _pictures(folder: Path, suffixes: frozenset[str]) -> Iterator[str]:
    def is_one(name: str) -> bool:
        return os.path.splitext(name)[1].lower() in suffixes

    return in_folder(str(folder), Reasons(), is_one, without=folder / HOME)


def find_lines(folder: Path, files: Sequence[str], state: State, alone: bool) -> Iterator[Row]:
    """A label file that appears later was made by us, or is another program's. alone: one was
    named, and no picture without a label is added."""
    boxes = _boxes(folder) if (folder / BOXES).is_file() else {}
    numbers = {page.image: page.p for page in state.pages.values()}
    new = [*dict.fromkeys(page for page, _ in boxes.values() if page not in numbers)]
    numbers |= {page: p for p, page in enumerate(new, len(numbers) + 1)}
    if new:
        yield {"kind": "pages", "pages": [[numbers[page], page, "", 1, True] for page in new]}
    first = state.next
    known = {x.image.replace("\\", "/") for x in state.lines.values() if x.kind != "gone"}
    for name in files:
        if name in state.files or (state.lines and not alone):
            continue
        labels = read_labels(folder / name, folder)
        rows: list[list[Any]] = [*map(list, labels.as_written())]
        for row in rows:
            if row[0] in boxes:
                row += [numbers[boxes[row[0]][0]], boxes[row[0]][1]]
        known |= {row[0].replace("\\", "/") for row in rows}
        form = {"bom": labels.has_mark, "end": labels.line_end}
        yield {"kind": "lines", "file": name, "first": first, "rows": rows, **form}
        first += len(rows)
    if not alone and not boxes:
        start = len(os.path.join(folder, ""))
        paths = (path[start:] for path in _pictures(folder, IMAGE_SUFFIXES))
        images = (written(path.replace(os.sep, "/")) for path in paths)
        if new_rows := [[image, None] for image in images if image not in known]:
            yield {"kind": "lines", "file": "", "first": first, "rows": new_rows}


def _boxes(folder: Path) -> dict[str, tuple[str, Any]]:
    """Crop → its page's file and its quad, of an import."""
    root = Path(header_of(folder).get("root", folder))
    rows = map(json.loads, read_text(folder / BOXES).splitlines())
    found = (row for row in rows if row.get("page") and row.get("quad"))
    return {row["crop"]: ((root / row["page"]).as_posix(), row["quad"]) for row in found}


def find_new_pages(folder: Path, state: State) -> Iterator[Row]:
    """Pages of pictures, PDFs and the like that the log does not know yet."""
    found = new_pages(folder, folder / HOME, [page.kept for page in state.pages.values()])
    if pages := [[p, *kept, False] for p, kept in enumerate(found, len(state.pages) + 1)]:
        yield {"kind": "pages", "pages": pages}


def find_labels(folder: Path, state: State, confirmed: Collection[str] | None) -> Iterator[Row]:
    """The boxes of ``Label.txt``, once. Rows of pages that are not there are kept verbatim.
    confirmed: files of pages; the texts of others are drafts, and read again."""
    if LABEL_TXT in state.files or not (folder / LABEL_TXT).is_file():
        return
    pages = {page.image.casefold(): page for page in state.pages.values()}
    n, rest, seen = state.next, [], set()
    for row in label_rows(folder / LABEL_TXT):
        page, boxes = _page_of(row, pages), _boxes_of(row)
        if page is None or boxes is None or page.order or page.p in seen:
            rest.append([row, None])
            continue
        seen.add(page.p)
        is_label = confirmed is None or tail(page.image) in confirmed
        listed = [
            [n + i, around(box["points"]), str(box.get("transcription", "")), box, None, None]
            for i, box in enumerate(boxes)
        ]
        for each in () if is_label else listed:
            each[2] = None
        n += len(listed)
        row_of = {"kind": "boxes", "p": page.p, "w": 0, "h": 0, "file": LABEL_TXT, "row": row}
        yield {**row_of, "confirmed": bool(confirmed and is_label), "boxes": listed}
    yield {"kind": "lines", "file": LABEL_TXT, "first": n, "rows": rest or [["", None]]}


def _page_of(row: str, pages: dict[str, Page]) -> Page | None:
    """Its key is ``folder/name``; below the folder, whatever that is called today."""
    name = row.partition("\t")[0].replace("\\", "/").casefold()
    while name not in pages and "/" in name:
        name = name.partition("/")[2]
    return pages.get(name)


def _boxes_of(row: str) -> list[dict[str, Any]] | None:
    """The boxes of a row; ``None`` for what is not one."""
    with suppress(ValueError, TypeError, KeyError):
        boxes = parse_row(row)[1]
        return boxes if all(around(box["points"]) for box in boxes) else None
    return None
