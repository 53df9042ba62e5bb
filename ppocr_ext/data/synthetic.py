"""Lines drawn as they are read, never written to disk: new ones in every epoch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ppocr_ext.data.labels import LabelLine
from ppocr_ext.data.scan import Facts
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.text.charset import Charset
from ppocr_ext.transforms.resize import HEIGHT, MAX_WIDTH, resize_to_height


class SyntheticSource:
    """``lines`` lines an epoch of a factory's endless row: a function of its seed and the number.

    Line ``number`` is drawn by the reader that wants it, 2 to 3 milliseconds each. Widths, which
    batches are made of before, are estimates: a batch then holds 30 % of padding, not 5 %.
    """

    endless = True

    def __init__(
        self, factory: LineFactory, lines: int, height: int = HEIGHT, max_width: int = MAX_WIDTH
    ) -> None:
        self.factory, self.lines = factory, lines
        self.name = f"synthetic/{factory.split}"
        self.height, self.max_width = height, max_width
        self._last: tuple[int, np.ndarray, str] | None = None

    def __len__(self) -> int:
        return self.lines

    def line(self, index: int) -> LabelLine:
        return LabelLine(f"{self.name}/{index}", self._draw(index)[1])

    def image(self, index: int, path: str) -> np.ndarray:
        return resize_to_height(self._draw(index)[0], self.height, self.max_width)

    def widths(self, epoch: int = 0) -> np.ndarray:
        first = epoch * self.lines
        numbers = range(first, first + self.lines)
        aspects = np.fromiter(map(self.factory.expected_aspect, numbers), dtype=np.float64)
        return np.clip(np.ceil(aspects * self.height), 1, self.max_width).astype(np.int32)

    def facts(self, charset: Charset) -> Iterator[Facts]:
        """Nothing to look at in advance: labels are right as they are made."""
        return iter(())

    def _draw(self, index: int) -> tuple[np.ndarray, str]:
        """Image and text; kept until another is wanted, because both are asked for in turn."""
        last = self._last
        if last is None or last[0] != index:
            last = self._last = (index, *self.factory.line(index))
        return last[1:]
