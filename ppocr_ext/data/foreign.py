"""Files that are given as label files and are something else: which, and what to do with them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from ppocr_ext.errors import UserError

BOXES = "boxes of a page, not a line's text"
_JSON = re.compile(r'\s*(\{\s*$|\{\s*"|\[\s*$|\[\s*\{)')
_MARKUP = re.compile(r"\s*<[?!a-zA-Z]")
_CORNERS = re.compile(r"-?\d+(\.\d+)?(\s*,\s*-?\d+(\.\d+)?){7}\s*,")  # ICDAR: x1,y1,…,x4,y4,text
_DIFFICULT = re.compile(rb'"difficult"\s*:\s*true')
# path, text and confidence, as infer_rec.py and PaddleOCR write them, or as CSV
_READING = re.compile(
    "|".join(
        rf"[^{mark}\t]*{mark}{rest}*{mark}(0?\.\d\d+|1\.0+)({mark}{rest}*)?$"
        for mark, rest in (("\t", "."), (",", r"[^\t]"), (";", r"[^\t]"))
    )
)
_PATHS = frozenset(
    {
        *("file", "filename", "file_name", "filepath", "image", "images", "image_name"),
        *("image_path", "imagename", "imagepath", "img", "img_name", "img_path", "name", "path"),
        *("id", "image_id", "hình", "hình ảnh", "tên ảnh", "tên tệp", "tệp", "ảnh", "đường dẫn"),
    }
)
_TEXTS = frozenset(
    {
        *("caption", "content", "ground_truth", "groundtruth", "gt", "label", "labels", "sentence"),
        *("string", "text", "transcript", "transcription", "truth", "value", "word", "words"),
        *("chữ", "nhãn", "nội dung", "văn bản"),
    }
)
_CROPS = "`image path<TAB>text` lines of cropped text lines"


def holds_boxes(text: str) -> bool:
    """Whether a label is the list of boxes of a page, as PPOCRLabel writes it."""
    return text.startswith("[{") and ('"points"' in text or '"transcription"' in text)


def refuse_foreign(path: Path, head: Sequence[str], delimiter: str = "\t") -> None:
    """Raise :class:`UserError` when the file's first lines are not ``path<TAB>text`` lines but
    boxes of pages (``Label.txt``, ICDAR), readings, JSON, or XML.

    ``head``: the lines without their ends, and without blank ones.
    """
    labels = [line.partition(delimiter)[2] for line in head]
    boxes = sum(map(holds_boxes, labels))
    if boxes and 2 * boxes >= len(labels) - labels.count("[]"):
        raise UserError(
            f"label file {path} is for detection (its labels are boxes)" + _difficult(path),
            expected=_CROPS,
            cure="in PPOCRLabel choose File > Export Recognition Result, and use rec_gt.txt",
        )
    rows = head[1:] or head  # below the names of columns, if there are any
    if rows and all(_READING.match(line) for line in rows):
        raise UserError(
            f"label file {path} holds readings: a confidence follows each text",
            expected=_CROPS,
            cure="give the labels or the images, not the text that was read from them",
        )
    what = _format_of(head[0], delimiter) if head else ""
    what = "PPOCRLabel's list of finished pages" if path.name == "fileState.txt" else what
    if what:
        raise UserError(
            f"label file {path} is {what}",
            expected=_CROPS,
            cure="export the text lines as crops with one `image path<TAB>text` line for each",
        )


def refuse_header(
    path: Path, head: Sequence[str], folder: Path, cure: str, delimiter: str = "\t"
) -> None:
    """Raise :class:`UserError` when the first line holds names of columns: it is not a line of
    text.

    ``folder``: where the images lie; one of such a name is an image.
    """
    if not head:
        return
    columns = unicodedata.normalize("NFC", head[0]).split(delimiter)
    names = [name.strip().strip("\"'").casefold() for name in columns]
    is_header = names[0] in _PATHS and (len(names) == 1 or not _TEXTS.isdisjoint(names[1:]))
    if is_header and not (folder / head[0].partition(delimiter)[0]).is_file():
        raise UserError(
            f"{path}, line 1, holds names of columns: {head[0][:80]!r}",
            "an image in every line, including the first",
            cure,
        )


def _format_of(line: str, delimiter: str) -> str:
    """What a file is that begins with ``line``; empty: perhaps a label file."""
    if delimiter in line and not line.lstrip().startswith(("{", "[{")):
        return ""
    if _JSON.match(line):
        return "JSON"
    if _MARKUP.match(line):
        return "XML or HTML"
    if _CORNERS.match(line):
        return "a list of boxes (x1,y1,…,x4,y4,text)"
    return ""


def _difficult(path: Path) -> str:
    """What PPOCRLabel's export leaves out."""
    count = len(_DIFFICULT.findall(path.read_bytes()))
    return f"; {count} of them are marked difficult, which its export leaves out" if count else ""
