"""How well recognisers read the same labelled lines: ours, its base as shipped, and others."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ppocr_ext.benchmark.run_reader import ASTEROCR, TESSERACT, Engine
from ppocr_ext.data.labels import read_labels
from ppocr_ext.errors import UserError
from ppocr_ext.infer.model import model_folder
from ppocr_ext.metrics import RecognitionMetric, bootstrap, count_line
from ppocr_ext.synth.presets import how_to_make

LABELS = ("val.txt", "test.txt")
_ABSENT = ("not installed", *[""] * 5)  # in place of six scores


ENGINES = (
    Engine("this model", "ours.py"),
    Engine("PP-OCRv6 small as shipped", "rapidocr3_shipped.py"),
    ASTEROCR,
    TESSERACT,
)


class Lines(NamedTuple):
    """A labelled set: its name, absolute image paths and what they say."""

    name: str
    images: list[str]
    truths: list[str]


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


def read_set(path: Path, lines: int | None = None) -> Lines:
    """A label file, or that of a folder; it is called by its folder."""
    found = [path / name for name in LABELS if (path / name).is_file()]
    labels = found[0] if found else path
    if not labels.is_file():
        raise UserError(
            f"{path} is no label file",
            f"a label file, or a folder with a {' or '.join(LABELS)}",
            how_to_make(path.parent if path.suffix else path),
        )
    folder = labels.resolve().parent
    labelled = read_labels(labels, folder)
    chosen = [labelled[index] for index in range(min(lines or len(labelled), len(labelled)))]
    images = [str(folder / line.path) for line in chosen]
    return Lines(folder.name, images, [line.text for line in chosen])


def score_texts(texts: Sequence[str], truths: Sequence[str]) -> dict[str, float]:
    """Scores of :class:`Accuracy`; runs of white space count as one space."""
    pairs = [(_folded(text), _folded(truth)) for text, truth in zip(texts, truths, strict=True)]
    metric, blind = RecognitionMetric(), RecognitionMetric(ignore_space=True)
    metric.update(*zip(*pairs, strict=True))
    blind.update(*zip(*pairs, strict=True))
    scores, spans = metric.summary(), bootstrap([count_line(*pair) for pair in pairs])
    return {
        **{name: scores[name] for name in ("acc", "cer", "wer", "unaccented_acc")},
        **{f"{name}_low": spans[name].low for name in ("acc", "cer")},
        **{f"{name}_high": spans[name].high for name in ("acc", "cer")},
        "acc_without_spaces": blind.summary()["acc"],
    }


def format_table(rows: Sequence[Accuracy]) -> str:
    """Markdown."""
    head = "| data | engine | lines | acc (95 %) | without spaces | accent-blind | CER (95 %) | "
    table = [head + "WER | ms/line |", "|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        scores = _ABSENT if row.acc is None else score_cells(row)
        cells = [row.data, row.engine, str(row.lines), *scores]
        table.append(f"| {' | '.join(cells)} |")
    return "\n".join(table)


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


def score_cells(row: Any) -> list[str]:
    """Of anything with the scores of :class:`Accuracy`, in the order of the table's columns."""
    return [
        f"{row.acc:.3f} ({row.acc_low:.3f} to {row.acc_high:.3f})",
        f"{row.acc_without_spaces:.3f}",
        f"{row.unaccented_acc:.3f}",
        f"{row.cer:.4f} ({row.cer_low:.4f} to {row.cer_high:.4f})",
        f"{row.wer:.3f}",
        f"{row.ms_per_line:.1f}",
    ]


def _folded(text: str) -> str:
    return " ".join(text.split())
