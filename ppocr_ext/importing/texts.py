"""Text files: PPOCRLabel, ICDAR and its kin, Total-Text, Tesseract, VietOCR, TRDG."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ppocr_ext.data.label_txt import parse_row
from ppocr_ext.data.labels import parse_line
from ppocr_ext.data.repair import ends_as_image
from ppocr_ext.importing.page import (
    Damage,
    Line,
    Page,
    Pages,
    Point,
    Skip,
    Source,
    lines_of,
    numbers,
    pages_of,
)
from ppocr_ext.text.encoding import detect_encoding
from ppocr_ext.text.rows import rows_of

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_RECORD = re.compile(r"(?m)^\s*x:\s*\[\[")
_TOTAL_TEXT = re.compile(
    r"x:\s*\[\[(.*?)\]\],\s*y:\s*\[\[(.*?)\]\].*?transcriptions:\s*(\[.*\])", re.DOTALL
)
_BEFORE = re.compile(r"^(poly_)?gt_(?=.)", re.IGNORECASE)
_BOX_ROW = re.compile(r"(?s)^(.+?) (-?\d+) (-?\d+) (-?\d+) (-?\d+) (\d+)(?: #(.*))?$")
_TRDG = re.compile(r"^(?:(?P<first>.*\D.*)_\d+|\d+_(?P<last>.*\D.*))$", re.DOTALL)
FROM_NAME = "text from the file's name, which lacks / \\ : * ? \" < > |"


def read_ppocrlabel(source: Source) -> Pages:
    """``Label.txt``; ``Cache.cach`` holds what no one looked at: drafts.

    Pages that are missing in ``fileState.txt``, where there is one, are not confirmed.
    """
    is_cache = source.path.suffix == ".cach"
    labelled = _names(source.path.with_name("Label.txt")) if is_cache else None
    confirmed = None if is_cache else _names(source.path.with_name("fileState.txt"))

    def page(source: Source, row: str, place: str) -> Pages:
        if labelled and _tail(row) in labelled:
            return
        name, boxes = parse_row(row)
        skip = Skip.DRAFT if is_cache and not source.take_drafts else ""
        if confirmed is not None and _tail(row) not in confirmed:
            skip = Skip.UNCONFIRMED
        lines = yield from lines_of(source, boxes, lambda each: _box(source, each), "box")
        yield Page((name.replace("\\", "/"), _tail(row)), lines, place, skip=skip)

    return pages_of(source, rows_of(source.path), page)


def _names(path: Path) -> set[str] | None:
    """Files that a list names; ``None`` where there is no list."""
    return {_tail(row) for _, row in rows_of(path)} if path.is_file() else None


def _tail(row: str) -> str:
    """The file's name of a row: what goes before it changes with the machine."""
    return row.partition("\t")[0].replace("\\", "/").rpartition("/")[2]


def _box(source: Source, each: dict[str, Any]) -> Line:
    """``difficult`` says little in files of 2022 to 2026: hand-drawn boxes got it by a fault."""
    note = Skip.DIFFICULT if each.get("difficult") else ""
    skip = "" if source.take_difficult else note
    text = str(each.get("transcription") or "")
    return Line(numbers(each["points"]), text, skip, note=note)


def _beside(path: Path) -> tuple[str, ...]:
    """Names of the picture of a file of boxes: that of ``gt_1.txt`` may be ``im0001.jpg``."""
    stem = path.name.removesuffix(".gt.txt") if path.name.endswith(".gt.txt") else path.stem
    plain = _BEFORE.sub("", stem)
    names = [stem, plain, f"{stem}.bin", f"{stem}.nrm"]
    if plain.isdecimal():
        names += [f"im{int(plain):04d}", f"img_{plain}", f"img{plain}"]
    return tuple(dict.fromkeys(f"{name}.jpg" for name in names))


def read_icdar(source: Source) -> Pages:
    """Eight numbers, or four, and the text, in which commas stay."""
    lines = []
    for number, row in rows_of(source.path):
        try:
            points, text = _icdar_row(row)
        except ValueError:
            yield Damage(f"{source.name}:{number}", "no eight numbers before a text")
        else:
            lines.append(Line(points, text, place=f"row {number}"))
    yield Page(_beside(source.path), lines, source.name)


def _icdar_row(row: str) -> tuple[tuple[Point, ...], str]:
    *corners, text = row.split(",", 8)
    if len(corners) == 8:
        return numbers(corners), text
    found = re.match(r'\s*(-?\d+)[,\s]+(-?\d+)[,\s]+(-?\d+)[,\s]+(-?\d+)[,\s]+"(.*)"\s*$', row)
    if found is None:
        raise ValueError(row)
    return numbers(found.groups()[:4]), _unescaped(found[5])


def _unescaped(text: str) -> str:
    """A backslash stands before quotes and backslashes."""
    return re.sub(r'\\(["\\])', r"\1", text)


def read_icdar_words(source: Source) -> Pages:
    """``name, "text"`` of ICDAR's recognition."""
    return pages_of(source, rows_of(source.path), _icdar_word)


def _icdar_word(source: Source, row: str, place: str) -> Pages:
    name, _, quoted = row.partition(",")
    text = quoted.strip()
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise ValueError("no text in quotes")
    yield _crop(name.strip(), _unescaped(text[1:-1]), place)


def _crop(name: str, text: str, place: str) -> Page:
    return Page(name, [Line((), text)], place, is_crop=True)


def read_total_text(source: Source) -> Pages:
    """Records of Python's literals, which may go over several rows; nothing is run."""
    content = "\n".join(row for _, row in rows_of(source.path))
    starts = [match.start() for match in _RECORD.finditer(content)]
    parts = [content[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
    lines = yield from lines_of(source, ["", *parts], _record, "record")
    yield Page(_beside(source.path), lines, source.name)


def _record(text: str) -> Line | None:
    if not text:  # the first record is number 1
        return None
    found = _TOTAL_TEXT.search(text)
    if found is None:
        raise ValueError("no x, y and transcriptions")
    x, y = (map(float, _NUMBER.findall(found[group])) for group in (1, 2))
    return Line(tuple(zip(x, y, strict=True)), str(ast.literal_eval(found[3].strip())[0]))


def read_tesseract(source: Source) -> Pages:
    """``.box``: lines (WordStr) or characters, which are joined; y counts from the bottom."""
    lines: list[Line] = []
    letters: list[tuple[str, list[float]]] = []

    def finish(number: int) -> None:
        if letters:
            x0, y0, x1, y1 = zip(*(box for _, box in letters), strict=True)
            corners = ((min(x0), min(y0)), (max(x1), max(y1)))
            text = "".join(letter for letter, _ in letters).strip()
            lines.append(Line(corners, text, place=f"row {number}"))
            letters.clear()

    for number, row in rows_of(source.path):
        found = None if row.startswith("\t") else _BOX_ROW.match(row)
        if found is None:
            finish(number)
            if not row.startswith("\t"):
                yield Damage(f"{source.name}:{number}", "no four numbers of a box")
            continue
        box = [float(value) for value in found.groups()[1:5]]
        if found[6] != "0":
            yield Damage(f"{source.name}:{number}", f"of page {found[6]}: only the first is read")
        elif found[7] is not None:
            finish(number)
            lines.append(Line(numbers(box), found[7], place=f"row {number}"))
        else:
            if letters and not _continues(letters[-1][1], box):
                finish(number)
            letters.append((found[1], box))
    finish(number=0)
    yield Page(_beside(source.path), lines, source.name, bottom_up=True)


def _continues(last: list[float], box: list[float]) -> bool:
    """Whether a letter's box may follow another one in a line."""
    return box[0] >= last[0] - (last[3] - last[1]) or (box[1] < last[3] and box[3] > last[1])


def read_gt_txt(source: Source) -> Pages:
    """The text of one picture, which may end with a form feed."""
    text = source.path.read_text(encoding=detect_encoding(source.path), errors="replace")
    line = Line((), text.removeprefix("\ufeff").rstrip("\r\n\f"))
    yield Page(_beside(source.path), [line], source.name, is_crop=True)


def read_lines(source: Source) -> Pages:
    """``path<TAB>text``. A row without a tab is the next row of the text before it, as PPOCRLabel
    writes boxes of several rows."""
    return pages_of(source, _whole_rows(source.path), _lines)


def _whole_rows(path: Path) -> Iterator[tuple[int, str]]:
    last: tuple[int, str] | None = None
    for number, row in rows_of(path):
        if last is not None and "\t" not in row:
            last = last[0], f"{last[1]}\n{row}"
            continue
        if last is not None:
            yield last
        last = number, row
    if last is not None:
        yield last


def _lines(source: Source, row: str, place: str) -> Pages:
    if "\t" not in row:
        raise ValueError("no tab between path and text")
    first, line_break, more = row.partition("\n")
    label = parse_line(first)
    for path in (label.path, *label.others):
        yield _crop(path, label.text + line_break + more, place)


def read_spaced(source: Source) -> Pages:
    """``name text``, as MMOCR and TRDG write it: the name ends with the ending of an image."""
    return pages_of(source, rows_of(source.path), _spaced)


def _spaced(source: Source, row: str, place: str) -> Pages:
    blanks = (place for place, letter in enumerate(row) if letter == " ")
    end = next((place for place in blanks if ends_as_image(row[:place])), None)
    if end is None:
        raise ValueError("no image's name before a space")
    yield _crop(row[:end], row[end + 1 :], place)


def is_trdg(name: str) -> bool:
    """Whether a picture's name is a text and a number, as TRDG writes it."""
    return ends_as_image(name) and _TRDG.match(name.rpartition(".")[0]) is not None


def read_trdg(source: Source) -> Pages:
    """Pictures of a folder, named ``text_7.jpg`` or ``7_text.jpg``."""
    for path in sorted(source.path.iterdir()):
        place = f"{source.name}/{path.name}"
        found = _TRDG.match(path.stem) if ends_as_image(path.name) else None
        if found is not None:
            line = Line((), found["first"] or found["last"] or "", note=FROM_NAME)
            yield Page(path.name, [line], place, is_crop=True)
        elif ends_as_image(path.name):
            yield Damage(place, "its name is no text with a number")
