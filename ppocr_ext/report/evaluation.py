"""The files of an evaluation; its page is the report card's."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

from ppocr_ext.data.labels import read_labels
from ppocr_ext.data.sizes import image_sizes
from ppocr_ext.files import replacing, write_text
from ppocr_ext.records.history import History
from ppocr_ext.records.jsonl import feed_json
from ppocr_ext.report.gallery import FILE as ERRORS
from ppocr_ext.report.gallery import read_mistakes
from ppocr_ext.report.render.html import render_html
from ppocr_ext.report.report import Report
from ppocr_ext.report.trends import trend_rows
from ppocr_ext.runs.logs import Source
from ppocr_ext.scores.evaluation import Evaluation
from ppocr_ext.scores.markdown import to_markdown
from ppocr_ext.scores.pairs import Pairs
from ppocr_ext.scores.plots import FILES as PLOTS
from ppocr_ext.scores.plots import write_plots

PAGE, DATA, GALLERY = (f"evaluation.{suffix}" for suffix in ("md", "json", "html"))
FILES = (PAGE, DATA, ERRORS, GALLERY, *PLOTS)
HEIGHT = 48  # pixels that widths are told at


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
    return [page, data, errors, gallery, *(write_plots(evaluation, folder) if plots else [])]


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
