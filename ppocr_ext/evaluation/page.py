"""An evaluation as the report card's page: scores, and the gallery of what was read wrong."""

from __future__ import annotations

import json
import time
from pathlib import Path

from ppocr_ext.evaluation.evaluation import Evaluation
from ppocr_ext.report.gallery import read_mistakes
from ppocr_ext.report.history import History
from ppocr_ext.report.jsonl import feed_json
from ppocr_ext.report.render.html import render_html
from ppocr_ext.report.report import Report
from ppocr_ext.report.sources import Source
from ppocr_ext.report.trends import trend_rows


def render_page(evaluation: Evaluation, folder: Path) -> str:
    """HTML of a report whose only record is this evaluation; mistakes are those in ``folder``."""
    now = time.time()
    record = {"kind": "eval", "time": now, "global_step": 0, **evaluation.scores}
    history = History()
    feed_json(json.dumps(record), history)
    rows, mistakes = trend_rows(history, "eval"), read_mistakes(folder, {})
    return render_html(Report(Source(folder, ()), now, history, rows, mistakes=mistakes))
