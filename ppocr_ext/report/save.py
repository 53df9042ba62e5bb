"""Saves a report in every form, each file replaced whole."""

from __future__ import annotations

from pathlib import Path

from ppocr_ext.files import write_text
from ppocr_ext.report.render.csv import render_csv
from ppocr_ext.report.render.html import render_html
from ppocr_ext.report.render.json import render_json
from ppocr_ext.report.render.markdown import render_markdown
from ppocr_ext.report.render.png import save_png
from ppocr_ext.report.report import Report

STEM = "report_card"
FILES = tuple(f"{STEM}.{suffix}" for suffix in ("md", "csv", "png", "html", "json"))


def save_report(report: Report, folder: Path) -> list[Path]:
    """Write ``report_card.*`` into ``folder``; returns what was written."""
    paths = [folder / name for name in FILES]
    write_text(paths[0], render_markdown(report))
    write_text(paths[1], render_csv(report))
    save_png(report, paths[2])
    write_text(paths[3], render_html(report))
    write_text(paths[4], render_json(report))
    return paths
