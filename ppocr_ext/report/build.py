"""Gathers a report from the files of one run, and saves it in every form."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from ppocr_ext.files import write_text
from ppocr_ext.packages import can_draw
from ppocr_ext.records.patterns import load_patterns
from ppocr_ext.records.reading import Progress, read_logs
from ppocr_ext.report.diagnosis import diagnose
from ppocr_ext.report.forecast import Target, estimate
from ppocr_ext.report.gallery import read_mistakes
from ppocr_ext.report.phases import find_phases
from ppocr_ext.report.render.html import render_html
from ppocr_ext.report.render.json import read_previous, render_json
from ppocr_ext.report.render.png import save_png
from ppocr_ext.report.render.table import render_csv, render_markdown
from ppocr_ext.report.report import Report
from ppocr_ext.report.trends import trend_rows
from ppocr_ext.runs.history import ConfigHistory, lookup
from ppocr_ext.runs.inventory import inspect_disk
from ppocr_ext.runs.logs import Source
from ppocr_ext.runs.run import Run

STEM = "report_card"
FILES = tuple(f"{STEM}.{suffix}" for suffix in ("md", "csv", "png", "html", "json"))
MEMORY = ".report_card.memory.json"


def make_report(
    source: Source,
    *,
    by: str = "eval",
    targets: Sequence[Target] = (),
    patterns: Sequence[Path] = (),
    output: Path | None = None,
    remember: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Read the logs of ``source`` and everything beside them, and judge what they show.

    Args:
        by: what one row of the table covers, of :data:`ppocr_ext.report.trends.INTERVALS`.
        output: folder of the last report, and of the memory of what was read; default:
            :attr:`Source.place`.
        remember: keep what was read, so that the next report reads only what was added.
    """
    folder = output or source.place
    is_kept = remember and source.run is None and not Run(folder).is_published  # which git holds
    memory = folder / MEMORY if is_kept else None
    configs = ConfigHistory(source.folder)
    config = configs.current()
    metric = str(lookup(config, "Metric.main_indicator") or "acc")
    history = read_logs(source.logs, load_patterns(*patterns), memory, progress, metric, source.run)
    previous = read_previous(folder)
    report = Report(
        source=source,
        made=time.time(),
        history=history,
        rows=trend_rows(history, by),
        config=config,
        swaps=configs.swaps(),
        disk=inspect_disk(source.folder, previous.get("digests")),
        mistakes=read_mistakes(source.folder, config),
        phases=find_phases(history),
        estimates=[estimate(history, target) for target in targets],
        previous=previous,
    )
    report.findings = diagnose(report)
    return report


def save_report(report: Report, folder: Path) -> list[Path]:
    """Write ``report_card.*`` into ``folder``; returns what was written."""
    page, table, picture, site, data = (folder / name for name in FILES)
    write_text(page, render_markdown(report))
    write_text(table, render_csv(report))
    if can_draw():
        save_png(report, picture)
    write_text(site, render_html(report))
    write_text(data, render_json(report))
    return [page, table, *([picture] if can_draw() else []), site, data]
