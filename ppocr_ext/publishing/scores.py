"""How well a model folder reads labelled lines, with intervals, for the model card."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ppocr_ext.data.labels import read_labels
from ppocr_ext.errors import UserError
from ppocr_ext.infer.recognizer import Recognizer
from ppocr_ext.scores.evaluation import evaluate
from ppocr_ext.scores.pairs import Pair, Pairs
from ppocr_ext.synth.presets import how_to_make

LABELS = ("val.txt", "test.txt")  # of a folder
FLOORS = {"test_no_marks": (0.778, 0.778)}
"""Set → acc, and unaccented acc, of PP-OCRv6 small as shipped, where training began.

Of print without Vietnamese marks it reads more than a model that was taught Vietnamese and nothing
else. ``python tests/bench accuracy`` measures it; the lines never change.
"""


class Lines(NamedTuple):
    """A labelled set: its name, absolute image paths and what they say."""

    name: str
    images: list[str]
    truths: list[str]


class Score(NamedTuple):
    """One set: scores with the ends of their 95 % bootstrap intervals, and milliseconds a line.

    ``plain_``: by the network alone, as PaddleOCR reads with it.
    """

    name: str
    lines: int
    ms_per_line: float
    acc: float
    acc_low: float
    acc_high: float
    acc_without_spaces: float
    unaccented_acc: float
    cer: float
    cer_low: float
    cer_high: float
    wer: float
    plain_acc: float
    plain_cer: float


class _Reading(NamedTuple):
    texts: list[str]
    plain: list[str]
    truths: list[str]
    seconds: float


def below_floor(scores: Iterable[Score]) -> list[str]:
    """A sentence for each set that PP-OCRv6 small as shipped reads better."""
    found = []
    for score in scores:
        acc, unaccented = FLOORS.get(score.name, (0.0, 0.0))
        if score.acc < acc or score.unaccented_acc < unaccented:
            found.append(
                f"{score.name}: acc {score.acc:.3f}, unaccented acc {score.unaccented_acc:.3f}; "
                f"PP-OCRv6 small as shipped: {acc:.3f}, {unaccented:.3f}. The lines that the model "
                "was trained on should have more print without marks (preset thermal)"
            )
    return found


def score_sets(model: Path, sets: Mapping[str, Path], together: str | None = None) -> list[Score]:
    """Each set (name → label file); then, as ``together``, all of their lines."""
    recognizer = Recognizer(model)
    plain = Recognizer(model, language_model=None, reread=False)
    read = {name: [_read(recognizer, plain, labels)] for name, labels in sets.items()}
    if together and sets:
        read[together] = [reading for readings in read.values() for reading in readings]
    return [_score(name, readings) for name, readings in read.items()]


def read_set(path: Path, lines: int | None = None) -> Lines:
    """A label file, or that of a folder; it is called by its folder."""
    found = [path / name for name in LABELS if (path / name).is_file()]
    labels = found[0] if found else path
    if not labels.is_file():
        raise UserError(
            f"{path} is not a label file",
            f"a label file, or a folder with a {' or '.join(LABELS)}",
            how_to_make(path.parent if path.suffix else path),
        )
    folder = labels.resolve().parent
    labelled = read_labels(labels, folder)
    chosen = [labelled[index] for index in range(min(lines or len(labelled), len(labelled)))]
    images = [str(folder / line.path) for line in chosen]
    return Lines(folder.name, images, [line.text for line in chosen])


def score_texts(texts: Sequence[str], truths: Sequence[str]) -> dict[str, float]:
    """The scores of a :class:`Score` without its time; runs of white space count as one space."""
    folded = [[" ".join(text.split()) for text in lines] for lines in (truths, texts)]
    lines = [Pair("", truth, text) for truth, text in zip(*folded, strict=True)]
    found = evaluate(Pairs(lines, 0, 0, []))
    scores, spans = found.scores, found.intervals
    return {
        **{name: scores[name] for name in ("acc", "cer", "wer", "unaccented_acc")},
        **{f"{name}_low": spans[name].low for name in ("acc", "cer")},
        **{f"{name}_high": spans[name].high for name in ("acc", "cer")},
        "acc_without_spaces": scores["paddleocr_acc"],
    }


def score_cells(row: Any) -> list[str]:
    """Of a :class:`Score`, or a row with its names, in the order of a table's columns."""
    return [
        f"{row.acc:.3f} ({row.acc_low:.3f} to {row.acc_high:.3f})",
        f"{row.acc_without_spaces:.3f}",
        f"{row.unaccented_acc:.3f}",
        f"{row.cer:.4f} ({row.cer_low:.4f} to {row.cer_high:.4f})",
        f"{row.wer:.3f}",
        f"{row.ms_per_line:.1f}",
    ]


def _read(recognizer: Recognizer, plain: Recognizer, labels: Path) -> _Reading:
    lines = read_set(labels)
    started = time.perf_counter()
    texts = [reading.text for reading in recognizer.read(lines.images)]
    seconds = time.perf_counter() - started
    return _Reading(texts, [each.text for each in plain.read(lines.images)], lines.truths, seconds)


def _score(name: str, readings: Sequence[_Reading]) -> Score:
    texts = [text for reading in readings for text in reading.texts]
    truths = [truth for reading in readings for truth in reading.truths]
    seconds = sum(reading.seconds for reading in readings)
    plain = score_texts([text for reading in readings for text in reading.plain], truths)
    return Score(
        name,
        len(texts),
        1000 * seconds / len(texts),
        **score_texts(texts, truths),
        plain_acc=plain["acc"],
        plain_cer=plain["cer"],
    )
