"""Why images were not read, counted: each reason is told once, with the first images of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ppocr_ext.console import visible

_NAMED = 3  # images of one reason
_TOLD = 20  # reasons


class Reasons:
    """``add`` one image after the other, then ``lines``; a million images cost no more than ten."""

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()
        self._names: dict[str, list[str]] = {}

    @property
    def total(self) -> int:
        """How many images were added."""
        return self._times.total()

    def add(self, reason: str, name: str) -> None:
        self._times[reason] += 1
        names = self._names.setdefault(reason, [])
        if len(names) < _NAMED:
            names.append(name)

    def lines(self, what: str) -> Iterator[str]:
        """``what: a.png, b.png and 7 more: reason``, the commonest reason first."""
        for reason, times in self._times.most_common(_TOLD):
            names = self._names[reason]
            more = f" and {times - len(names):,} more" if times > len(names) else ""
            yield visible(f"{what}: {', '.join(names)}{more}: {reason}")
        if (others := len(self._times) - _TOLD) > 0:
            yield f"{what}: images with {others:,} other reasons"
