"""Text files: PPOCRLabel, ICDAR and its kin, Total-Text, Tesseract, VietOCR, TRDG."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ppocr_ext.data.labels import parse_line
from ppocr_ext.data.repair import ends_as_image
from ppocr_ext.importing.page import Damage, Line, Page, Point, Skip, Source, numbers
from ppocr_ext.text.encoding import detect_encoding

_FAULTS = (TypeError, ValueError, KeyError, AttributeError, SyntaxError)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_RECORD = re.compile(r"(?m)^\s*x:\s*\[\[")
_TOTAL_TEXT = re.compile(
    r"x:\s*\[\[(.*?)\]\],\s*y:\s*\[\[(.*?)\]\].*?transcriptions:\s*(\[.*\])", re.DOTALL
)
_BEFORE = re.compile(r"^(poly_)?gt_(?=.)", re.IGNORECASE)
_BOX_ROW = re.compile(r"(?s)^(.+?) (-?\d+) (-?\d+) (-?\d+) (-?\d+) (\d+)(?: #(.*))?$")
_TRDG = re.compile(r"^(?:(?P<first>.*\D.*)_\d+|\d+_(?P<last>.*\D.*))$", re.DOTALL)
FROM_NAME = "text from the file's name, which lacks / \\ : * ? \" < > |"


def rows_of(path: Path) -> Iterator[tuple[int, str]]:
    """(number, row) of those that are not blank, in any encoding; a tab at the start stays."""
    with open(path, encoding=detect_encoding(path), newline="\n", errors="replace") as stream:
        for number, row in enumerate(stream, 1):
            if row.strip():
                yield number, row.rstrip("\r\n").removeprefix("\ufeff")


def read_ppocrlabel(source: Source) -> Iterator[Page | Damage]:
    """``Label.txt``; ``Cache.cach`` holds what no one looked at: drafts.

    Pages that are missing in ``fileState.txt``, where there is one, are not confirmed.
    """
    state = source.path.with_name("fileState.txt")
    confirmed = {_tail(row) for _, row in rows_of(state)} if state.is_file() else None
    is_cache = source.path.suffix == ".cach"
    labelled: set[str] = set()
    if is_cache and (labels := source.path.with_name("Label.txt")).is_file():
        labelled = {_tail(row) for _, row in rows_of(labels)}
    for number, row in rows_of(source.path):
        place = f"{source.name}:{number}"
        name, _, boxes = row.partition("\t")
        if _tail(row) in labelled:
            continue
        skip = Skip.DRAFT if is_cache and not source.take_drafts else ""
        if not is_cache and confirmed is not None and _tail(row) not in confirmed:
            skip = Skip.UNCONFIRMED
        try:
            lines = [_box(source, each, n) for n, each in enumerate(json.loads(boxes))]
        except _FAULTS as error:
            yield Damage(place, f"not as PPOCRLabel writes it: {type(error).__name__} {error}")
            continue
        names = (name.replace("\\", "/"), _tail(row))
        yield Page(names, lines, place, source.path.parent, skip=skip)


def _tail(row: str) -> str:
    """The file's name of a row: what goes before it changes with the machine."""
    return row.partition("\t")[0].replace("\\", "/").rpartition("/")[2]


def _box(source: Source, each: dict[str, Any], number: int) -> Line:
    """``difficult`` says little in files of 2022 to 2026: hand-drawn boxes got it by a fault."""
    note = Skip.DIFFICULT if each.get("difficult") else ""
    skip = note if not source.take_difficult else ""
    text = str(each.get("transcription") or "")
    return Line(numbers(each["points"]), text, skip, None, f"box {number}", note)


def _beside(path: Path) -> tuple[str, ...]:
    """Names of the picture of a file of boxes: that of ``gt_1.txt`` may be ``im0001.jpg``."""
    stem = path.name.removesuffix(".gt.txt") if path.name.endswith(".gt.txt") else path.stem
    plain = _BEFORE.sub("", stem)
    names = [stem, plain, f"{stem}.bin", f"{stem}.nrm"]
    if plain.isdecimal():
        names += [f"im{int(plain):04d}", f"img_{plain}", f"img{plain}"]
    return tuple(dict.fromkeys(f"{name}.jpg" for name in names))


def read_icdar(source: Source) -> Iterator[Page | Damage]:
    """Eight numbers, or four, and the text, in which commas stay."""
    lines = []
    for number, row in rows_of(source.path):
        try:
            points, text = _icdar_row(row)
        except ValueError:
            yield Damage(f"{source.name}:{number}", "no eight numbers before a text")
            continue
        lines.append(Line(points, text, "", None, f"row {number}"))
    yield Page(_beside(source.path), lines, source.name, source.path.parent)


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


def read_icdar_words(source: Source) -> Iterator[Page | Damage]:
    """``name, "text"`` of ICDAR's recognition."""
    for number, row in rows_of(source.path):
        name, _, quoted = row.partition(",")
        text, place = quoted.strip(), f"{source.name}:{number}"
        if len(text) < 2 or text[0] != '"' or text[-1] != '"':
            yield Damage(place, "no text in quotes")
            continue
        yield _crop(source, name.strip(), _unescaped(text[1:-1]), place)


def _crop(source: Source, name: str, text: str, place: str, note: str = "") -> Page:
    return Page(name, [Line((), text, note=note)], place, source.path.parent, is_crop=True)


def read_total_text(source: Source) -> Iterator[Page | Damage]:
    """Records of Python's literals, which may go over several rows; nothing is run."""
    content = "\n".join(row for _, row in rows_of(source.path))
    starts = [match.start() for match in _RECORD.finditer(content)]
    lines = []
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], None], strict=True)):
        place = f"record {number + 1}"
        found = _TOTAL_TEXT.search(content[start:end].strip())
        try:
            if found is None:
                raise ValueError("no x, y and transcriptions")
            x, y = (_NUMBER.findall(found[group]) for group in (1, 2))
            points = tuple((float(a), float(b)) for a, b in zip(x, y, strict=True))
            text = str(ast.literal_eval(found[3].strip())[0])
        except (*_FAULTS, IndexError, MemoryError, RecursionError) as error:
            yield Damage(f"{source.name}, {place}", f"{type(error).__name__}: {error}")
            continue
        lines.append(Line(points, text, "", None, place))
    yield Page(_beside(source.path), lines, source.name, source.path.parent)


def read_tesseract(source: Source) -> Iterator[Page | Damage]:
    """``.box``: lines (WordStr) or characters, which are joined; y counts from the bottom."""
    lines: list[Line] = []
    letters: list[tuple[str, list[float]]] = []

    def finish(number: int) -> None:
        if letters:
            x0, y0, x1, y1 = zip(*(box for _, box in letters), strict=True)
            corners = ((min(x0), min(y0)), (max(x1), max(y1)))
            text = "".join(letter for letter, _ in letters).strip()
            lines.append(Line(corners, text, "", None, f"row {number}"))
            letters.clear()

    for number, row in rows_of(source.path):
        if row.startswith("\t"):
            finish(number)
            continue
        found = _BOX_ROW.match(row)
        if found is None:
            yield Damage(f"{source.name}:{number}", "no four numbers of a box")
            continue
        box = [float(value) for value in found.groups()[1:5]]
        if found[6] != "0":
            yield Damage(f"{source.name}:{number}", f"of page {found[6]}: only the first is read")
        elif found[7] is not None:
            finish(number)
            lines.append(
                Line(((box[0], box[1]), (box[2], box[3])), found[7], "", None, f"row {number}")
            )
        else:
            if letters and not _goes_on(letters[-1][1], box):
                finish(number)
            letters.append((found[1], box))
    finish(number=0)
    yield Page(_beside(source.path), lines, source.name, source.path.parent, bottom_up=True)


def _goes_on(last: list[float], box: list[float]) -> bool:
    """Whether a letter's box may follow another one in a line."""
    return box[0] >= last[0] - (last[3] - last[1]) or (box[1] < last[3] and box[3] > last[1])


def read_gt_txt(source: Source) -> Iterator[Page | Damage]:
    """The text of one picture, which may end with a form feed."""
    text = source.path.read_text(encoding=detect_encoding(source.path), errors="replace")
    text = text.removeprefix("\ufeff").rstrip("\r\n\f")
    yield Page(
        _beside(source.path), [Line((), text)], source.name, source.path.parent, is_crop=True
    )


def read_lines(source: Source) -> Iterator[Page | Damage]:
    """``path<TAB>text``. A row without a tab is the next row of the text before it, as PPOCRLabel
    writes boxes of several rows."""
    last: tuple[str, str, str] | None = None
    for number, row in rows_of(source.path):
        place = f"{source.name}:{number}"
        if "\t" not in row:
            if last is None:
                yield Damage(place, "no tab between path and text")
            else:
                last = (last[0], f"{last[1]}\n{row}", last[2])
            continue
        if last is not None:
            yield _crop(source, *last)
        label = parse_line(row)
        for other in label.others:
            yield _crop(source, other, label.text, place)
        last = (label.path, label.text, place)
    if last is not None:
        yield _crop(source, *last)


def read_spaced(source: Source) -> Iterator[Page | Damage]:
    """``name text``, as MMOCR and TRDG write it: the name ends with the ending of an image."""
    for number, row in rows_of(source.path):
        blanks = [place for place, letter in enumerate(row) if letter == " "]
        end = next((place for place in blanks if ends_as_image(row[:place])), None)
        if end is None:
            yield Damage(f"{source.name}:{number}", "no image's name before a space")
            continue
        yield _crop(source, row[:end], row[end + 1 :], f"{source.name}:{number}")


def is_trdg(name: str) -> bool:
    """Whether a picture's name is a text and a number, as TRDG writes it."""
    return ends_as_image(name) and _TRDG.match(name.rpartition(".")[0]) is not None


def read_trdg(source: Source) -> Iterator[Page | Damage]:
    """Pictures named ``text_7.jpg`` or ``7_text.jpg``. ``path`` is their folder."""
    for path in sorted(source.path.iterdir()):
        found = _TRDG.match(path.stem) if ends_as_image(path.name) else None
        if found is not None:
            text = found["first"] or found["last"] or ""
            line = Line((), text, note=FROM_NAME)
            place = f"{source.name}/{path.name}"
            yield Page(path.name, [line], place, source.path, is_crop=True)
        elif ends_as_image(path.name):
            yield Damage(f"{source.name}/{path.name}", "its name is no text with a number")
