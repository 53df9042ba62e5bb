"""Whether the labels of a file are quoted as in CSV, quotes inside them doubled."""

from __future__ import annotations

import re
from collections import Counter

_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_SEPARATORS = re.compile("[\t\n\r,;|]")
_FEWEST = 3  # lines that must all be quoted where nothing else shows that quotes are CSV's


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
        if quoted < _FEWEST or seen["raw"]:
            return False
        return not seen["bare"] or not (seen["plain"] or seen["bare with separator"])

    def text_of(self, text: str, broken: bool = False) -> str:
        """The label itself; quotes are taken off where it is certain that CSV put them there."""
        match = _QUOTED.fullmatch(text.strip())
        if match is None or not (broken or self.is_csv or '""' in match[1].strip('"')):
            return text
        return match[1].replace('""', '"')
