"""Pictures of an evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ppocr_ext.files import replacing
from ppocr_ext.scores.evaluation import Evaluation
from ppocr_ext.text.letters import SHAPES, TONES

if TYPE_CHECKING:
    from matplotlib.figure import Figure


FILES = ("tones.png", "shapes.png", "reliability.png")


def write_plots(evaluation: Evaluation, folder: Path) -> list[Path]:
    """``tones.png``, ``shapes.png`` and, with confidences, ``reliability.png``."""
    confusion = evaluation.confusion
    written = [
        _matrix(confusion.tones(), TONES, "Tones", folder / FILES[0]),
        _matrix(confusion.shapes(), SHAPES, "Shapes", folder / FILES[1]),
    ]
    if evaluation.bins:
        written.append(_reliability(evaluation, folder / FILES[2]))
    return written


def _matrix(matrix: np.ndarray, names: tuple[str, ...], title: str, path: Path) -> Path:
    """Shares of each row; the counts are written into the cells."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4.4), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1), cmap="Blues", vmax=1)
    axes.set(title=title, xlabel="read", ylabel="true")
    axes.set_xticks(range(len(names)), names, rotation=45)
    axes.set_yticks(range(len(names)), names)
    for (row, column), count in np.ndenumerate(matrix):
        shade = "white" if row == column and count else "black"
        axes.text(column, row, str(count), ha="center", va="center", color=shade, fontsize=8)
    return _save(figure, path)


def _reliability(evaluation: Evaluation, path: Path) -> Path:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4.4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], "--", color="grey", linewidth=1)
    total = sum(each.characters for each in evaluation.bins)
    sizes = [20 + 200 * each.characters / total for each in evaluation.bins]
    across, up = [b.confidence for b in evaluation.bins], [b.right for b in evaluation.bins]
    axes.scatter(across, up, s=sizes)
    axes.set(
        title=f"ECE {evaluation.scores['ece']:.3f}", xlabel="confidence", ylabel="characters right"
    )
    axes.set(xlim=(0, 1.02), ylim=(-0.02, 1.02))
    return _save(figure, path)


def _save(figure: Figure, path: Path) -> Path:
    with replacing(path, "wb") as stream:
        figure.savefig(stream, format="png", dpi=110)
    return path
