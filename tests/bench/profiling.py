"""Where the processor's time goes while lines are read: milliseconds a line of each step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ppocr_ext.infer.doubt import is_one_colour, lines_in
from ppocr_ext.infer.images import load_image
from ppocr_ext.infer.language import stretch, widened
from ppocr_ext.infer.lines import Piece, prepare
from ppocr_ext.infer.reading import read_output
from ppocr_ext.infer.recognizer import CHUNK, Recognizer, chunks
from ppocr_ext.publishing.scores import read_set
from ppocr_ext.show.tables import markdown_table

HEADER = ("set", "lines", "pixels", "read twice")
STEPS = ("decode", "resize", "checks", "network", "second reading", "greedy CTC", "language model")


class Row(NamedTuple):
    """pixels: mean width that the network computes; steps: milliseconds a line, those of
    :data:`STEPS` and of everything, from paths to readings."""

    name: str
    lines: int
    pixels: float
    twice: float
    steps: list[float]


def measure(model: str | Path, sets: Sequence[Path], engine: str, lines: int | None) -> list[Row]:
    """A row for each labelled set; one thread, the second of two rounds: widths are compiled."""
    recognizer = Recognizer(model, engine, threads=1)
    return [_measure(recognizer, path, lines) for path in sets]


def _measure(recognizer: Recognizer, path: Path, lines: int | None) -> Row:
    found = read_set(path, lines)
    list(recognizer.stream(found.images))
    _, whole = _timed(lambda: list(recognizer.stream(found.images)))
    count, sums, width, twice = len(found.images), [0.0] * len(STEPS), 0, 0
    for images in chunks(found.images, CHUNK):
        pieces, times = _read(recognizer, images)
        sums = [total + each for total, each in zip(sums, times, strict=True)]
        width += sum(piece.padded_width for piece in pieces)
        twice += len(pieces) - len(images)
    steps = [each / count for each in (*sums, whole)]
    return Row(found.name, count, width / count, twice / count, steps)


def _read(recognizer: Recognizer, paths: Sequence[str]) -> tuple[list[Piece], list[float]]:
    """Step by step what the recogniser does with a chunk; the pieces, those drawn wider too."""
    images, decode = _timed(lambda: [load_image(path) for path in paths])
    lines, resize = _timed(lambda: [prepare(image, "auto") for image in images])
    _, checks = _timed(lambda: [(is_one_colour(image), lines_in(image)) for image in images])
    pieces = [piece for line in lines for piece in line]
    outputs, network = _timed(lambda: recognizer._compute(pieces))
    wider, second = _timed(lambda: list(_wider(pieces, outputs)))
    again, computing = _timed(lambda: recognizer._compute(wider))
    places = iter(again)
    outputs = [
        next(places) if stretch(*each) > 1 else each[1]
        for each in zip(pieces, outputs, strict=True)
    ]

    def texts(language: Any) -> list[str]:
        return [read_output([each], [""], recognizer.charset, 0, language).text for each in outputs]

    _, greedy = _timed(lambda: texts(None))
    _, searched = _timed(lambda: texts(recognizer.language))
    times = [decode, resize, checks, network, second + computing, greedy, searched - greedy]
    return [*pieces, *wider], times


def _wider(pieces: Sequence[Piece], outputs: Sequence[Any]) -> Iterator[Piece]:
    for piece, output in zip(pieces, outputs, strict=True):
        if (ratio := stretch(piece, output)) > 1:
            yield widened(piece, ratio)


def _timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """The result, and milliseconds of processor."""
    began = time.process_time()
    return function(), (time.process_time() - began) * 1000


def format_table(rows: Sequence[Row]) -> str:
    """Milliseconds of processor a line; the last column is the whole, measured by itself."""
    cells = [
        [row.name, str(row.lines), f"{row.pixels:.0f}", f"{row.twice:.0%}"]
        + [f"{each:.2f}" for each in row.steps]
        for row in rows
    ]
    return markdown_table((*HEADER, *STEPS, "whole"), cells, is_markdown=True)
