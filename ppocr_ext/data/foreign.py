"""Files that are given as label files and are something else: which, and what to do with them.

The one home of telling formats apart: :func:`format_of` decides for messages and for
``tools/import_labels.py`` alike, by a file's content.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ppocr_ext.console import tool_command
from ppocr_ext.data.repair import ends_as_image
from ppocr_ext.errors import UserError

# What import_labels.py reads: name of the format → what such a file is.
FORMATS = {
    "ppocrlabel": "for detection (its labels are boxes, as PPOCRLabel writes them)",
    "label_studio": "JSON of Label Studio",
    "label_studio_min": "JSON_MIN of Label Studio",
    "cvat": "XML of CVAT",
    "page_xml": "PAGE XML",
    "alto": "ALTO XML",
    "hocr": "hOCR, XML or HTML",
    "icdar": "a list of boxes (x1,y1,…,x4,y4,text) of ICDAR, SROIE or VinText",
    "icdar_words": 'a list of ICDAR\'s words (name, "text")',
    "total_text": "a list of Total-Text's polygons",
    "labelme": "JSON of labelme or X-AnyLabeling",
    "coco_text": "JSON of COCO-Text or TextOCR",
    "mmocr": "JSON of MMOCR",
    "wildreceipt": "JSON lines of WildReceipt or MMOCR",
    "doctr": "JSON of docTR",
    "rows": "JSON with a row for each image, as of Hugging Face's ImageFolder or MMOCR",
    "csv": "a table (CSV) with a row for each image",
    "mcocr": "a table (CSV) of MC-OCR",
    "parquet": "a parquet file, as of Hugging Face",
    "lmdb": "an LMDB database",
    "tesseract": "a list of Tesseract's boxes",
    "gt_txt": "the text of one line, as Tesseract is trained with",
    "spaced": "a list of image names and texts with a space between",
    "lines": "a label file of text lines",
    "trdg": "a folder of pictures whose names are their texts, as of TRDG",
}
_KEYS = re.compile(r'"([^"\n]+)"\s*:')
_HEAD = 1 << 16  # bytes that tell the format
_RULES = tuple(
    (name, re.compile(rule, re.DOTALL))
    for name, rule in (
        ("cvat", r"\s*<.*<annotations\b"),
        ("cvat", r"\s*<annotations\b"),
        ("page_xml", r"\s*<.*?PcGts\b"),
        ("alto", r"\s*<(.*<)?(\w+:)?alto\b"),
        ("hocr", r"\s*<.*\bocr_(page|line)\b"),
        ("labelme", r'\s*\{.*"shapes"\s*:\s*\['),
        ("labelme", r'\s*\{.*"imagePath"\s*:'),
        ("mmocr", r'\s*\{.*"data_list"\s*:\s*\['),
        ("coco_text", r'\s*\{\s*"(images|annotations|info|licenses|categories)"\s*:\s*[\[{]'),
        ("wildreceipt", r'\s*\{[^\n]*"file_name"[^\n]*"annotations"\s*:\s*\['),
        ("coco_text", r'\s*\{.*"(imgs|anns|imgToAnns)"\s*:\s*\{'),
        ("label_studio", r'\s*\[\s*\{.*"(annotations|predictions|completions)"\s*:\s*\['),
        ("label_studio_min", r'\s*\[\s*\{.*"original_width"'),
        ("doctr", r'\s*\{\s*"[^"\n]+\.\w{2,5}"\s*:\s*["{]'),
        ("rows", r'\s*(\[\s*)?\{\s*"[^"\n]+"\s*:'),
        ("total_text", r"\s*x:\s*\[\["),
        ("icdar", r"\s*-?\d+(\.\d+)?(\s*,\s*-?\d+(\.\d+)?){7}\s*,"),
        ("icdar", r'\s*-?\d+(\s*,?\s+-?\d+){3}\s*,?\s+"'),
        ("icdar_words", r'[^,"\n]+\.\w{2,5},\s+".*?"\s*(\n|$)'),
        ("tesseract", r"WordStr \d+ \d+ \d+ \d+ \d+ #"),
        ("tesseract", r"\S+ \d+ \d+ \d+ \d+ \d+\s*(\n|$)"),
    )
)

BOXES = "boxes of a page, not a line's text"
_JSON = re.compile(r'\s*(\{\s*$|\{\s*"|\[\s*$|\[\s*\{)')
_MARKUP = re.compile(r"\s*<[?!a-zA-Z]")
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
            f"label file {path} is {FORMATS['ppocrlabel']}" + _difficult(path),
            expected=_CROPS,
            cure=import_command(path),
        )
    rows = head[1:] or head  # below the names of columns, if there are any
    if rows and all(_READING.match(line) for line in rows):
        raise UserError(
            f"label file {path} holds readings: a confidence follows each text",
            expected=_CROPS,
            cure="give the labels or the images, not the text that was read from them",
        )
    if path.name == "fileState.txt":
        raise UserError(
            f"label file {path} is PPOCRLabel's list of finished pages",
            expected=_CROPS,
            cure=import_command(path.with_name("Label.txt")),
        )
    what = _format_of(head[0], delimiter) if head else ""
    if what:
        refuse_format(path)
        raise UserError(
            f"label file {path} is {what}",
            expected=_CROPS,
            cure="export the text lines as crops with one `image path<TAB>text` line for each",
        )


def import_command(path: Path) -> str:
    """What to type for crops and label files of a file of another format."""
    output = Path("output", "data", path.stem if path.is_file() else path.name)
    return tool_command("import_labels.py", path, "--output", output.as_posix())


def refuse_format(path: Path) -> None:
    """Raise :class:`UserError` for a file that ``tools/import_labels.py`` reads, by its name."""
    with suppress(OSError):  # whoever reads it says so
        if (found := format_of(path)) not in (None, "lines", "spaced"):
            raise UserError(f"label file {path} is {FORMATS[found]}", _CROPS, import_command(path))


def refuse_database(path: Path) -> None:
    """Raise :class:`UserError` for a parquet file or an LMDB database, whose bytes are no text."""
    with suppress(OSError):
        if format_of(path, is_text=False):
            refuse_format(path)


def format_of(path: Path, is_text: bool = True) -> str | None:
    """The key of :data:`FORMATS` of a file; ``None`` for one that is none of them.

    ``is_text``: otherwise only what is no text is looked for. Raises :class:`OSError`.
    """
    with open(path, "rb") as stream:
        data = stream.read(_HEAD)
    if data.startswith(b"PAR1"):
        return "parquet"
    if path.name == "data.mdb":
        return "lmdb"
    if not is_text or path.name == "fileState.txt":
        return None
    if path.name.endswith(".gt.txt"):
        return "gt_txt"
    head = _decoded(data)
    first = head.lstrip("\ufeff").lstrip().partition("\n")[0].rstrip("\r")
    if "\t" in first and not first.startswith(("{", "[{", "<")):
        label = first.partition("\t")[2]
        if holds_boxes(label) or label == "[]":
            return "ppocrlabel"
        if ends_as_image(first.partition("\t")[0].strip('"[] ')):
            return "lines"
        return "csv" if _is_table(first, "\t") else None
    for name, rule in _RULES:
        if rule.match(head.lstrip("\ufeff")):
            keys = _KEYS.findall(head[: head.find("}")])
            return None if name == "rows" and columns_of(keys) is None else name
    if "anno_polygons" in first:
        return "mcocr"
    if any(_is_table(first, mark) for mark in ",;"):
        return "csv"
    blanks = [place for place, letter in enumerate(first) if letter == " "]
    return "spaced" if any(ends_as_image(first[:place]) for place in blanks) else None


def _decoded(data: bytes) -> str:
    """The beginning of a text file; a letter cut off at its end does not matter."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "replace")


def _is_table(first: str, mark: str) -> bool:
    """Whether a line holds names of columns, or an image's name and a text behind ``mark``."""
    columns = columns_of(first.split(mark))
    is_row = ends_as_image(first.partition(mark)[0].strip(' "')) and mark in first
    return columns is not None or is_row


def has_columns(line: str) -> bool:
    """Whether a line holds names of columns, an image's and a text's, as a table (CSV) begins."""
    return any(columns_of(line.split(mark)) is not None for mark in ",;")


def columns_of(names: Sequence[str]) -> tuple[int, int] | None:
    """Which columns hold images and texts, by their names; ``None`` when no name says so."""
    plain = [_plain(name) for name in names]
    images = [place for place, name in enumerate(plain) if name in _PATHS]
    images = [place for place in images if not plain[place].endswith("id")] or images
    texts = [place for place, name in enumerate(plain) if name in _TEXTS]
    return (images[0], texts[0]) if images and texts else None


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().strip("\"'").casefold()


def refuse_header(
    path: Path, head: Sequence[str], folder: Path, cure: str, delimiter: str = "\t"
) -> None:
    """Raise :class:`UserError` when the first line holds names of columns: it is not a line of
    text.

    ``folder``: where the images lie; one of such a name is an image.
    """
    if not head:
        return
    names = [_plain(name) for name in head[0].split(delimiter)]
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
    return next((FORMATS[name] for name, rule in _RULES if rule.match(line)), "")


def _difficult(path: Path) -> str:
    """How many boxes are marked difficult, which says little: see import_labels.py."""
    count = len(_DIFFICULT.findall(path.read_bytes()))
    return f"; {count} of them are marked difficult" if count else ""
