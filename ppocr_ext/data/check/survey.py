"""What only a damaged label file as a whole shows: how it is quoted, where its texts are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ppocr_ext.data.check.records import Record
from ppocr_ext.data.dataset import CTC_STRIDE
from ppocr_ext.data.sizes import image_size
from ppocr_ext.transforms.resize import HEIGHT

_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_SEPARATORS = re.compile("[\t\n\r,;|]")
_ALL_OF = 3  # lines that must all be quoted where nothing else shows that quotes are CSV's


class Quoting:
    """Counts labels, then says which are quoted.

    Quotes are CSV's where a path is quoted, too, where quotes inside a label are doubled, where
    only labels with a separator are quoted, or all. A single quote or one that is not doubled
    shows that a program which knows no quoting wrote the file.
    """

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def count(self, text: str, quoted_path: bool = False, broken: bool = False) -> None:
        """broken: a line ended inside the quotes, which only CSV's may hold."""
        text = text.strip()
        match = _QUOTED.fullmatch(text)
        self._seen["path"] += quoted_path
        if match is None:
            self._seen["bare"] += 1
            self._seen["raw"] += '"' in text
            self._seen["bare with separator"] += _SEPARATORS.search(text) is not None
        elif '""' in match[1]:
            self._seen["doubled"] += 1
        elif broken or _SEPARATORS.search(match[1]):
            self._seen["with separator"] += 1
        else:
            self._seen["plain"] += 1

    @property
    def is_csv(self) -> bool:
        """Whether every quoted label of the file is quoted as in CSV."""
        seen = self._seen
        if seen["path"] or (seen["doubled"] and not seen["raw"]):
            return True
        quoted = seen["doubled"] + seen["with separator"] + seen["plain"]
        if quoted < _ALL_OF or seen["raw"]:
            return False
        return not seen["bare"] or not (seen["plain"] or seen["bare with separator"])

    def text_of(self, text: str, broken: bool = False) -> str:
        """The label itself; quotes are taken off where it is certain that CSV put them there."""
        match = _QUOTED.fullmatch(text.strip())
        if match is None or not (broken or self.is_csv or '""' in match[1].strip('"')):
            return text
        return match[1].replace('""', '"')


_SAMPLE = 200  # lines that show how many letters an image holds
_FEWEST = 10  # lines that must be known for it
_MORE = 1.2  # times as many letters as nearly all lines of the file have

Records = Callable[[], Iterator[Record]]


class Survey:
    """Reads the records of a file, and once more where images were found under other paths."""

    def __init__(self, records: Records, data_dir: Path) -> None:
        self.quoting = Quoting()
        self._data_dir = data_dir
        self._claimed: set[str] = set()
        moved: dict[str, str] = {}  # image → the path it was found for
        sample: list[Record] = []
        for record in records():
            if record.reason:
                continue
            self.quoting.count(record.text, record.quoted, record.broken_quote)
            for path in record.paths if record.moved else ():
                if moved.setdefault(path, record.written) != record.written:
                    self._claimed.add(path)
            if len(sample) < _SAMPLE and not record.joined:
                sample.append(record)
        for record in records() if moved else ():
            if not record.moved:
                self._claimed.update(path for path in record.paths if path in moved)
        self._most = self._most_letters(sample)

    def is_claimed(self, record: Record) -> bool:
        """Whether its image was found under another path and belongs to another line, too."""
        return record.moved and any(path in self._claimed for path in record.paths)

    def is_crowded(self, record: Record) -> bool:
        """Whether its image is too narrow for its text, beside the other lines of the file."""
        return self._letters(record) > self._most

    def _most_letters(self, sample: list[Record]) -> float:
        ctc = HEIGHT / CTC_STRIDE  # one letter a step
        letters = [self._letters(record) for record in sample] if sample else []
        if len(letters) < _FEWEST:
            return ctc
        return min(ctc, _MORE * float(np.quantile(letters, 0.95)))

    def _letters(self, record: Record) -> float:
        """Letters on as much width as the image is high; infinite for an unreadable image."""
        width, height = image_size(self._data_dir / record.paths[0])
        return len(record.text) * height / width if width else float("inf")
