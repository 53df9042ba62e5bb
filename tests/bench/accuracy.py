"""How well recognisers read the same labelled lines: ours, its base as shipped, and others."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.run_reader import ASTEROCR, TESSERACT, Engine
from ppocr_ext.infer.model import model_folder
from ppocr_ext.publishing.scores import Lines, read_set, score_cells, score_texts
from ppocr_ext.show.tables import markdown_table

_ABSENT = ("not installed", *[""] * 5)  # in place of six scores


ENGINES = (
    Engine("this model", "ours.py"),
    Engine("PP-OCRv6 small as shipped", "rapidocr3_shipped.py"),
    ASTEROCR,
    TESSERACT,
)


class Accuracy(NamedTuple):
    """One engine on one set. acc, cer: with the ends of their 95 % bootstrap intervals. ``None``
    scores: the engine is not installed."""

    data: str
    engine: str
    lines: int
    acc: float | None = None
    acc_low: float | None = None
    acc_high: float | None = None
    acc_without_spaces: float | None = None
    unaccented_acc: float | None = None
    cer: float | None = None
    cer_low: float | None = None
    cer_high: float | None = None
    wer: float | None = None
    ms_per_line: float | None = None


def measure(model: str | Path, data: Sequence[Path], lines: int | None = None) -> list[Accuracy]:
    """Every engine on every set, the first ``lines`` lines of each (all without).

    Args:
        data: label files, or folders with a ``val.txt`` or ``test.txt``.
    """
    model_folder(model)  # exported now, not while it is timed
    path = Path(model).resolve()  # a language model may lie beside it
    sets = [read_set(each, lines) for each in data]
    return [_measure(engine, each, path) for each in sets for engine in ENGINES]


def format_table(rows: Sequence[Accuracy]) -> str:
    """Markdown."""
    head = (
        "data",
        "engine",
        "lines",
        "acc (95 %)",
        "without spaces",
        "unaccented acc",
        "CER (95 %)",
    )
    cells = [
        [row.data, row.engine, str(row.lines), *(_ABSENT if row.acc is None else score_cells(row))]
        for row in rows
    ]
    return markdown_table([*head, "WER", "ms/line"], cells, is_markdown=True)


def _measure(engine: Engine, lines: Lines, model: Path) -> Accuracy:
    row = Accuracy(lines.name, engine.name, len(lines.images))
    if not engine.is_installed:
        return row
    with tempfile.TemporaryDirectory() as name:
        listed = Path(name) / "images.txt"
        listed.write_text("\n".join(lines.images), encoding="utf-8", newline="\n")
        result = engine.read(listed, model)
    scores = score_texts(result["texts"], lines.truths)
    return row._replace(**scores, ms_per_line=1000 / result["lines_per_second"])
