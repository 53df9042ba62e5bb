"""Text files: PPOCRLabel, ICDAR and its kin, Total-Text, Tesseract, VietOCR, TRDG."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ppocr_ext.data.label_txt import confirmed_names, parse_row, tail
from ppocr_ext.data.labels import parse_line
from ppocr_ext.data.repair import ends_as_image
from ppocr_ext.importing.page import Damage, Line, Page, Rows, Skip, Source, reads, whole
from ppocr_ext.text.rows import literal, rows_of
from ppocr_ext.transforms.quads import points_of

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_RECORD = re.compile(r"(?m)^\s*x:\s*\[\[")
_TOTAL_TEXT = re.compile(
    r"x:\s*\[\[(.*?)\]\],\s*y:\s*\[\[(.*?)\]\].*?transcriptions:\s*(\[.*\])", re.DOTALL
)
_BEFORE = re.compile(r"^(poly_)?gt_(?=.)", re.IGNORECASE)
_EIGHT = re.compile(r"\s*(-?[\d.]+)" + r"\s*,\s*(-?[\d.]+)" * 7 + ",(.*)")
_FOUR = re.compile(r'\s*(-?\d+)[,\s]+(-?\d+)[,\s]+(-?\d+)[,\s]+(-?\d+)[,\s]+"(.*)"\s*$')
_BOX_ROW = re.compile(r"(?s)^(.+?) (-?\d+) (-?\d+) (-?\d+) (-?\d+) (\d+)(?: #(.*))?$")
_TRDG = re.compile(r"^(?:(?P<first>.*\D.*)_\d+|\d+_(?P<last>.*\D.*))$", re.DOTALL)
FROM_NAME = "text from the file's name, which lacks / \\ : * ? \" < > |"


def _labelled(path: Path) -> Rows:
    """Rows and why they are no labels. ``Cache.cach`` holds what no one looked at: drafts.
    ``fileState.txt``, where there is one, names the confirmed pages of ``Label.txt``."""
    named = confirmed_names(path)
    for number, row in rows_of(path):
        skip = Skip.UNCONFIRMED if named is not None and tail(row) not in named else ""
        yield number, (row, Skip.DRAFT if path.suffix == ".cach" else skip)


@reads("ppocrlabel", _labelled)
def ppocrlabel(source: Source, row: tuple[str, str], place: str) -> Page:
    """``Label.txt``, whose ``difficult`` a fault gave to boxes drawn by hand from 2022 to 2026."""
    (name, boxes), skip = parse_row(row[0]), row[1]

    def line(box: dict[str, Any]) -> Line:
        text = str(box.get("transcription") or "")
        return source.judged(points_of(box["points"]), text, bool(box.get("difficult")))

    skip = "" if source.take_drafts and skip == Skip.DRAFT else skip
    return Page((name, tail(name)), source.lines(boxes, line, "box"), place, skip=skip)


def _beside(path: Path) -> tuple[str, ...]:
    """Names of the picture of a file of boxes: that of ``gt_1.txt`` may be ``im0001.jpg``."""
    stem = path.name.removesuffix(".gt.txt") if path.name.endswith(".gt.txt") else path.stem
    plain = _BEFORE.sub("", stem)
    names = [stem, plain, f"{stem}.bin", f"{stem}.nrm"]
    if plain.isdecimal():
        names += [f"im{int(plain):04d}", f"img_{plain}", f"img{plain}"]
    return tuple(dict.fromkeys(f"{name}.jpg" for name in names))


@reads("icdar", whole)
def icdar(source: Source, path: Path, place: str) -> Page:
    """Eight or four, and the text, in which commas stay."""
    lines = []
    for number, row in rows_of(path):
        found = _EIGHT.match(row) or _FOUR.match(row)
        if found is None:
            why = "no eight numbers before a text"
            source.damages.append(Damage(f"{source.name}:{number}", why))
            continue
        *corners, text = (each for each in found.groups() if each is not None)
        text = text if len(corners) == 8 else _unescaped(text)
        lines.append(Line(points_of(corners), text, place=f"row {number}"))
    return Page(_beside(path), lines, place)


def _unescaped(text: str) -> str:
    """A backslash stands before quotes and backslashes."""
    return re.sub(r'\\(["\\])', r"\1", text)


@reads("icdar_words", rows_of)
def icdar_words(source: Source, row: str, place: str) -> Page:
    """``name, "text"`` of ICDAR's recognition."""
    name, _, quoted = row.partition(",")
    text = quoted.strip()
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise ValueError("no text in quotes")
    return Page(name.strip(), [Line((), _unescaped(text[1:-1]))], place, is_crop=True)


@reads("total_text", whole)
def total_text(source: Source, path: Path, place: str) -> Page:
    """Records of Python's literals, which may go over several rows; nothing is run."""
    content = "\n".join(row for _, row in rows_of(path))
    starts = [match.start() for match in _RECORD.finditer(content)]
    parts = [content[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
    return Page(_beside(path), source.lines(["", *parts], _record, "record"), place)


def _record(text: str) -> Line | None:
    if not text:  # the first record is number 1
        return None
    found = _TOTAL_TEXT.search(text)
    if found is None:
        raise ValueError("no x, y and transcriptions")
    x, y = (map(float, _NUMBER.findall(found[group])) for group in (1, 2))
    return Line(tuple(zip(x, y, strict=True)), str(literal(found[3].strip())[0]))


@reads("tesseract", whole)
def tesseract(source: Source, path: Path, place: str) -> Page:
    """``.box``: lines (WordStr) or characters, which are joined; y counts from the bottom."""
    lines, last = list[Line](), list[float]()
    for number, row in rows_of(path):
        found = None if row.startswith("\t") else _BOX_ROW.match(row)
        if found is None or found[6] != "0":
            last = []
            if not row.startswith("\t"):
                what = f"of page {found[6]}: only the first is read" if found else "no box"
                source.damages.append(Damage(f"{source.name}:{number}", what))
            continue
        box, text = [float(value) for value in found.groups()[1:5]], found[7]
        if last and text is None:  # a line ends where a box begins before it
            is_back = box[0] < last[0] - (last[3] - last[1])
            last = [] if is_back and (box[1] >= last[3] or box[3] <= last[1]) else last
        if last and text is None:
            (x0, y0), (x1, y1) = lines[-1].points
            points = (min(x0, box[0]), min(y0, box[1])), (max(x1, box[2]), max(y1, box[3]))
            lines[-1] = Line(points, lines[-1].text + found[1], place=lines[-1].place)
        else:
            letter = found[1] if text is None else text
            lines.append(Line(points_of(box), letter, place=f"row {number}"))
        last = box if text is None else []
    return Page(_beside(path), lines, place, bottom_up=True)


@reads("gt_txt", whole)
def gt_txt(source: Source, path: Path, place: str) -> Page:
    """The text of one picture, which may end with a form feed."""
    text = "\n".join(row for _, row in rows_of(path)).rstrip("\f\n")
    return Page(_beside(path), [Line((), text)], place, is_crop=True)


def _crops(path: Path) -> Rows:
    """(number, (path, text)). A row without a tab is the next row of the text before it, as
    PPOCRLabel writes boxes of several rows."""
    held: list[tuple[int, tuple[str, str]]] = []
    for number, row in rows_of(path):
        if "\t" in row:
            yield from held
            label = parse_line(row)
            held = [(number, (each, label.text)) for each in (label.path, *label.others)]
        elif held:
            held = [(first, (each, f"{text}\n{row}")) for first, (each, text) in held]
        else:
            yield number, ValueError("no tab between path and text")
    yield from held


def _spaced(path: Path) -> Rows:
    """``name text``, as MMOCR and TRDG write it: the name ends with the ending of an image."""
    for number, row in rows_of(path):
        blanks = (place for place, letter in enumerate(row) if letter == " ")
        end = next((place for place in blanks if ends_as_image(row[:place])), None)
        no_name = ValueError("no image's name before a space")
        yield number, no_name if end is None else (row[:end], row[end + 1 :])


@reads("lines", _crops)
@reads("spaced", _spaced)
def crop(source: Source, row: tuple[str, str], place: str) -> Page:
    """``path<TAB>text``, or with a space between."""
    return Page(row[0], [Line((), row[1])], place, is_crop=True)


def is_trdg(name: str) -> bool:
    """Whether a picture's name is a text and a number, as TRDG writes it."""
    return ends_as_image(name) and _TRDG.match(name.rpartition(".")[0]) is not None


def _pictures(folder: Path) -> Rows:
    return ((path.name, path) for path in sorted(folder.iterdir()) if ends_as_image(path.name))


@reads("trdg", _pictures)
def trdg(source: Source, path: Path, place: str) -> Page:
    """Pictures of a folder, named ``text_7.jpg`` or ``7_text.jpg``."""
    found = _TRDG.match(path.stem)
    if found is None:
        raise ValueError("its name is no text with a number")
    line = Line((), found["first"] or found["last"], note=FROM_NAME)
    return Page(path.name, [line], place, is_crop=True)
