"""How often which character followed a history, parsed a history at a time, as it is looked up.

The counts as JSON, one history a line, sorted by their bytes: any JSON parser reads it whole, and
a start pays for the few hundred histories that its lines need, not for 190,000.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

Counts = Mapping[str, int]
_MOST = 1 << 53  # that a float holds
_BEGIN, _END = b',"followers":{', b"}}"  # of the first line, and the last one


class Followers(Mapping[str, Counts]):
    """History → character → count.

    ``lines``: ``"history":{"character":count,…},`` each, sorted; a damaged one is found when it is
    looked up, and ``refusal`` makes the exception.
    """

    def __init__(self, lines: list[bytes], refusal: Callable[[Exception], Exception]) -> None:
        self._lines, self._refusal = lines, refusal
        self._parsed: dict[str, Counts] = {}

    def __getitem__(self, history: str) -> Counts:
        if (counts := self.get(history)) is None:
            raise KeyError(history)
        return counts

    def get(self, history: str, default: Any = None) -> Any:
        """As that of a ``dict``."""
        if (counts := self._parsed.get(history)) is not None:
            return counts
        key = _compact(history).encode() + b":"
        place = bisect_left(self._lines, key)
        if place == len(self._lines) or not self._lines[place].startswith(key):
            return default
        found = self._parsed[history] = self._parse(self._lines[place])[history]
        return found

    def _parse(self, line: bytes) -> dict[str, Counts]:
        try:
            found = json.loads(b"{%s}" % line.removesuffix(b","))
            require_counts(found)
        except (ValueError, RecursionError) as error:
            raise self._refusal(error) from None
        return found

    def __iter__(self) -> Iterator[str]:
        return (history for line in self._lines for history in self._parse(line))

    def __len__(self) -> int:
        return len(self._lines)


def require_counts(followers: Any) -> None:
    """Raise ``ValueError`` unless it is history → character → count; in a few passes at C's speed,
    for there may be hundreds of thousands."""
    each: list[Any] = list(followers.values()) if isinstance(followers, dict) else [None]
    if not set(map(type, each)) - {dict} and all(each):
        counts = list(chain.from_iterable(map(dict.values, each)))
        is_number = not set(map(type, counts)) - {int}
        if is_number and min(counts, default=1) > 0 and max(counts, default=1) < _MOST:
            return
    raise ValueError("followers are not counts of characters")


def _compact(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def written(facts: Mapping[str, Any], followers: Mapping[str, Counts]) -> bytes:
    """JSON of ``facts``, and of ``followers`` a line each under that name."""
    rows = sorted(f"{_compact(key)}:{_compact(dict(followers[key]))}".encode() for key in followers)
    head = _compact(facts).removesuffix("}").encode() + _BEGIN
    return b"\n".join([head, b",\n".join(rows), _END])


def read(data: bytes, refusal: Callable[[Exception], Exception]) -> Any:
    """What :func:`written` wrote, its followers as :class:`Followers`; other JSON as it is.

    Raises ``ValueError`` for what is no JSON, or holds no counts under that name.
    """
    head, *lines = data.split(b"\n")
    if head.endswith(_BEGIN) and lines[-1:] == [_END] and lines == sorted(lines):
        facts = json.loads(head.removesuffix(_BEGIN) + b"}")
        return {**facts, "followers": Followers(lines[:-1], refusal)}
    content = json.loads(data)
    require_counts(content.get("followers") if isinstance(content, dict) else None)
    return content
