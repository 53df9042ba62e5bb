"""A corrected copy of a label file. The original is never touched."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ppocr_ext.data.labels import parse_line
from ppocr_ext.errors import UserError
from ppocr_ext.files import replacing
from ppocr_ext.text.encoding import detect_encoding
from ppocr_ext.text.unicode import normalize

_SPACES = re.compile(" {2,}")


class Fixed(NamedTuple):
    """The copy, and what was done: change → lines."""

    path: Path
    encoding: str
    changes: Counter[str]


def fix_labels(path: Path, data_dir: Path, delimiter: str = "\t") -> Fixed:
    """Write ``<name>.fixed.txt`` beside ``path``: UTF-8, ``\\n``, normalised labels, single spaces.

    Lines that no training can use (no delimiter, empty label, missing image) are left out.
    Raises :class:`UserError` when the file is missing or not in the encoding it seems to be in.
    """
    if not path.is_file():
        raise UserError(f"label file {path} does not exist", "a label file to correct")
    encoding = detect_encoding(path)
    copy = path.with_name(f"{path.stem}.fixed{path.suffix}")
    changes: Counter[str] = Counter()
    if encoding not in ("utf-8", "utf-8-sig"):
        changes[f"converted from {encoding}"] = 1
    try:
        with replacing(copy) as stream:
            for line in _lines(path, encoding):
                kept = _fix_line(line, data_dir, delimiter, changes)
                if kept is not None:
                    stream.write(kept + "\n")
    except UnicodeError as error:
        raise UserError(
            f"{path} looked like {encoding}, but is not: {error}",
            "text in one encoding",
            "export it again as UTF-8",
        ) from None
    return Fixed(copy, encoding, changes)


def _lines(path: Path, encoding: str) -> Iterator[str]:
    with open(path, encoding=encoding, newline=None) as stream:
        for line in stream:
            text = line.rstrip("\n")
            if text.strip():
                yield text


def _fix_line(line: str, data_dir: Path, delimiter: str, changes: Counter[str]) -> str | None:
    parsed = parse_line(line, delimiter)
    written = line.partition(delimiter)[0]
    if parsed.problem:
        changes[f"left out: {parsed.problem}"] += 1
        return None
    if not (data_dir / parsed.path).is_file():
        changes["left out: image does not exist"] += 1
        return None
    text = normalize(parsed.text)
    if text != parsed.text:
        changes["normalised"] += 1
    single = _SPACES.sub(" ", text).strip()
    if single != text:
        changes["spaces"] += 1
    if not single:
        changes["left out: empty label"] += 1
        return None
    return f"{written}{delimiter}{single}"
