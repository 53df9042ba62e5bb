"""Files of rows and lists, read one by one in any encoding, whatever their size."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ppocr_ext.text.encoding import encoding_of_most

_CHUNK = 1 << 20
_GAP = re.compile(r"[\s,]*")
_LONGEST = 1 << 26  # characters of a field: MC-OCR holds all polygons of a page in one


def rows_of(path: Path) -> Iterator[tuple[int, str]]:
    """(number, row) of those that are not blank; a tab at the start stays."""
    with open(path, encoding=encoding_of_most(path), newline="\n", errors="replace") as stream:
        for number, row in enumerate(stream, 1):
            if row.strip():
                yield number, row.rstrip("\r\n").removeprefix("\ufeff")


def cells_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(number, cells) of a CSV. Quotes are doubled, always: ``csv.Sniffer`` thinks otherwise."""
    csv.field_size_limit(_LONGEST)
    with open(path, encoding=encoding_of_most(path), newline="", errors="replace") as stream:
        first = stream.readline()
        stream.seek(0)
        reader = csv.reader(stream, delimiter=max(",;\t", key=first.count))
        for row in reader:
            if row:
                row[0] = row[0].removeprefix("\ufeff")
                yield reader.line_num, row


def objects_of(path: Path) -> Iterator[tuple[int, Any]]:
    """(number, object) of a JSON list or of JSON lines; the error for a damaged line."""
    is_list = next((row for _, row in rows_of(path)), "").lstrip().startswith("[")
    if is_list:
        yield from elements_of(path)
    for number, row in rows_of(path) if not is_list else ():
        try:
            yield number, json.loads(row)
        except (ValueError, RecursionError) as error:
            yield number, error


def load(path: Path) -> Any:
    """The whole of a JSON file. Raises ValueError with the line of what is damaged."""
    with open(path, encoding=encoding_of_most(path), errors="replace") as stream:
        try:
            return json.loads(stream.read().removeprefix("\ufeff"))
        except json.JSONDecodeError as error:
            raise ValueError(f"line {error.lineno}: {error.msg}") from None
        except RecursionError:
            raise ValueError("nested too deep") from None


def elements_of(path: Path) -> Iterator[tuple[int, Any]]:
    """(number, element) of a JSON list. Raises ValueError with the number of a damaged one."""
    decoder, place, number = json.JSONDecoder(), 0, 0
    with open(path, encoding=encoding_of_most(path), errors="replace") as stream:
        buffer = stream.read(_CHUNK).lstrip("\ufeff \t\r\n")
        if not buffer.startswith("["):
            raise ValueError("is no list of tasks")
        place = 1
        while True:
            place = _GAP.match(buffer, place).end()  # type: ignore[union-attr]
            if buffer.startswith("]", place):
                if (buffer[place + 1 :] + stream.read(_CHUNK)).strip():
                    raise ValueError(f"more behind the list's end, after element {number - 1}")
                return
            try:
                element, place = decoder.raw_decode(buffer, place)
            except ValueError as error:  # cut off here, or damaged
                more = stream.read(max(_CHUNK, len(buffer) - place))
                buffer, place = buffer[place:] + more, 0
                if not more:
                    raise ValueError(f"element {number}: {error}") from None
                continue
            yield number, element
            number += 1


def literal(text: str) -> Any:
    """A Python literal, which nothing runs. Raises ValueError."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise ValueError(f"no Python literal: {text[:40]!r}") from None
