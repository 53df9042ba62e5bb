"""The files of an evaluation: Markdown, JSON, plots, and a gallery that is the report card's."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ppocr_ext.data.labels import read_labels
from ppocr_ext.data.sizes import image_sizes
from ppocr_ext.files import replacing, write_text
from ppocr_ext.packages import can_draw
from ppocr_ext.records.history import History
from ppocr_ext.records.jsonl import feed_json
from ppocr_ext.report.gallery import FILE as ERRORS
from ppocr_ext.report.gallery import read_mistakes
from ppocr_ext.report.render.html import render_html
from ppocr_ext.report.report import Report
from ppocr_ext.report.trends import trend_rows
from ppocr_ext.runs.logs import Source
from ppocr_ext.scores.breakdown import Group
from ppocr_ext.scores.evaluation import Evaluation
from ppocr_ext.scores.pairs import Pairs
from ppocr_ext.show.formats import counted
from ppocr_ext.show.tables import escape, markdown_table
from ppocr_ext.text.letters import SHAPES, TONES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PLOTS = ("tones.png", "shapes.png", "reliability.png")
PAGE, DATA, GALLERY = (f"evaluation.{suffix}" for suffix in ("md", "json", "html"))
FILES = (PAGE, DATA, ERRORS, GALLERY, *PLOTS)
HEIGHT = 48  # pixels of height that widths refer to
_MEANINGS = {
    "acc": "lines read exactly",
    "norm_edit_dis": "1 − mean of each line's edits / its length",
    "cer": "edits / characters",
    "wer": "word edits / words",
    "unaccented_acc": "lines right except for shape and tone marks",
    "tone_errors": "vowels with a wrong tone, of those whose base letter is right",
    "case_blind_acc": "lines right except for case",
    "paddleocr_acc": "lines right for PaddleOCR's RecMetric: spaces do not count, and with --dict "
    "characters that the network cannot write do not either",
    "paddleocr_norm_edit_dis": "norm_edit_dis of the same",
    "ece": "how far confidences are from the share of right characters",
}
_SHOWN = 20


def write_evaluation(
    evaluation: Evaluation,
    pairs: Pairs,
    folder: Path,
    title: str,
    plots: bool,
    images: Path = Path(),
) -> list[Path]:
    """``evaluation.md``, ``.json`` and ``.html`` (the gallery), ``errors.jsonl``, which the report
    card shows when it lies in a run's folder, and the plots; returns what was written.

    Args:
        images: the folder that paths of images start from.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page, data, errors, gallery = (folder / name for name in (PAGE, DATA, ERRORS, GALLERY))
    write_text(page, to_markdown(evaluation, title))
    content = json.dumps(evaluation.to_dict(), ensure_ascii=False, indent=1)
    write_text(data, content + "\n")
    with replacing(errors) as stream:
        for pair in pairs.lines:
            if pair.truth != pair.prediction:
                entry = pair._replace(image=(images / pair.image).as_posix())._asdict()
                stream.write(json.dumps(entry, ensure_ascii=False) + "\n")
    write_text(gallery, render_page(evaluation, folder))
    drawn = write_plots(evaluation, folder) if plots and can_draw() else []
    return [page, data, errors, gallery, *drawn]


def render_page(evaluation: Evaluation, folder: Path) -> str:
    """HTML of a report whose only record is this evaluation; mistakes are those in ``folder``."""
    now = time.time()
    record = {"kind": "eval", "time": now, "global_step": 0, **evaluation.scores}
    history = History()
    feed_json(json.dumps(record), history)
    rows, mistakes = trend_rows(history, "eval"), read_mistakes(folder, {})
    return render_html(Report(Source(folder, ()), now, history, rows, mistakes=mistakes))


def widths_of(labels: Path) -> Mapping[str, float]:
    """Image → width at a height of 48, of the images that are there."""
    file = read_labels(labels, labels.parent)
    sizes = image_sizes(file, keep=False)  # labels that are scored are only read
    return {
        line.path: HEIGHT * int(width) / int(height)
        for line, (width, height) in zip(file, sizes, strict=True)
        if height
    }


def to_markdown(evaluation: Evaluation, title: str) -> str:
    """The whole page; every text from the files is escaped."""
    sections = [f"# {escape(title)}", _summary(evaluation), *_confusions(evaluation)]
    sections += [_groups(what, groups) for what, groups in evaluation.groups.items()]
    sections += [_reliability(evaluation), _worst(evaluation)]
    return "\n\n".join(section for section in sections if section) + "\n"


def _summary(evaluation: Evaluation) -> str:
    rows = []
    for name, meaning in _MEANINGS.items():
        if name in evaluation.scores:
            interval = evaluation.intervals.get(name)
            span = f"{interval.low:.4f} to {interval.high:.4f}" if interval else ""
            rows.append((name, f"{evaluation.scores[name]:.4f}", span, meaning))
    table = markdown_table(("score", "value", "95 % interval", "what"), rows)
    spaces = evaluation.confusion.spaces()
    notes = [counted(evaluation.scores["n"], "line")]
    if evaluation.missing:
        notes.append(f"{evaluation.missing} of them without a reading, counted as empty")
    if evaluation.unused:
        notes.append(f"{counted(evaluation.unused, 'reading')} of other images ignored")
    dropped, added = spaces["dropped"], spaces["inserted"]
    notes.append(f"of {spaces['true']} spaces {dropped} were dropped, and {added} were added")
    notes.append(
        f"{counted(evaluation.only_paddleocr, 'line')} right as PaddleOCR counts, and wrong here"
    )
    return f"{table}\n\n{'; '.join(notes)}."


def _confusions(evaluation: Evaluation) -> list[str]:
    confusion = evaluation.confusion
    parts = [
        "## Tones, true in rows, read in columns\n\n" + _matrix(TONES, confusion.tones()),
        "## Shapes\n\n" + _matrix(SHAPES, confusion.shapes()),
    ]
    tables = {
        "Characters read as others": confusion.characters(),
        "Base letters": confusion.bases(),
        "Digits": confusion.digits(),
        "Case": confusion.case(),
    }
    for title, counts in tables.items():
        rows = [(true, read, str(times)) for (true, read), times in counts.most_common(_SHOWN)]
        if rows:
            parts.append(f"## {title}\n\n" + markdown_table(("true", "read", "times"), rows))
    for title, marks in (
        ("Characters dropped", confusion.dropped()),
        ("Characters added", confusion.inserted()),
        ("Marks dropped", confusion.dropped_marks()),
        ("Marks added", confusion.inserted_marks()),
    ):
        if marks:
            named = [(name, str(times)) for name, times in marks.most_common(_SHOWN)]
            parts.append(f"## {title}\n\n" + markdown_table(("what", "times"), named))
    return parts


def _groups(what: str, groups: Sequence[Group]) -> str:
    if what == "frequency":
        rows = [(g.name, str(g.n), f"{g.acc:.4f}") for g in groups]
        table = markdown_table(("rank", "characters", "right"), rows)
        return f"## Characters by frequency\n\n{table}"
    rows4 = [(g.name, str(g.n), f"{g.acc:.4f}", f"{g.cer:.4f}") for g in groups]
    return f"## By {what}\n\n" + markdown_table((what, "lines", "acc", "CER"), rows4)


def _reliability(evaluation: Evaluation) -> str:
    rows = [(f"{b.confidence:.3f}", f"{b.right:.3f}", str(b.characters)) for b in evaluation.bins]
    if not rows:
        return ""
    head = ("mean confidence", "characters right", "characters")
    return "## Confidence\n\n" + markdown_table(head, rows)


def _worst(evaluation: Evaluation) -> str:
    rows = [(p.image, p.truth, p.prediction) for p in evaluation.worst]
    return "## Worst lines\n\n" + markdown_table(("image", "truth", "read"), rows) if rows else ""


def _matrix(names: Sequence[str], matrix: Iterable[Iterable[int]]) -> str:
    rows = [(name, *map(str, row)) for name, row in zip(names, matrix, strict=True)]
    return markdown_table(("", *names), rows)


def write_plots(evaluation: Evaluation, folder: Path) -> list[Path]:
    """``tones.png``, ``shapes.png`` and, with confidences, ``reliability.png``."""
    confusion = evaluation.confusion
    written = [
        _matrix_plot(confusion.tones(), TONES, "Tones", folder / PLOTS[0]),
        _matrix_plot(confusion.shapes(), SHAPES, "Shapes", folder / PLOTS[1]),
    ]
    if evaluation.bins:
        written.append(_reliability_plot(evaluation, folder / PLOTS[2]))
    return written


def _matrix_plot(matrix: np.ndarray, names: tuple[str, ...], title: str, path: Path) -> Path:
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


def _reliability_plot(evaluation: Evaluation, path: Path) -> Path:
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
