"""A study's results as files: Markdown, CSV, a page, pictures, and the best config."""

from __future__ import annotations

import base64
import csv
import io
import time
from pathlib import Path
from typing import Any

from ppocr_ext.files import write_text
from ppocr_ext.report.render.html import fill_page
from ppocr_ext.report.render.json import finite
from ppocr_ext.show.formats import moment, show
from ppocr_ext.show.tables import escape, markdown_table
from ppocr_ext.sweep.compose import write_config
from ppocr_ext.sweep.insights import insights
from ppocr_ext.sweep.plots import LEARNING, PARALLEL, save_curves, save_parallel
from ppocr_ext.sweep.results import Results, Row, sets_table, table_rows, titles

BEST = "best.yml"
TABLES = tuple(f"results.{suffix}" for suffix in ("md", "csv", "html"))
FILES = (*TABLES, LEARNING, PARALLEL, BEST)
FEW = 10  # trials, below which importances are a hint only


def export(results: Results, folder: Path) -> list[Path]:
    """Write everything into ``folder``; returns what was written."""
    paths = [folder / name for name in TABLES]
    pictures = [folder / LEARNING, folder / PARALLEL]
    folder.mkdir(parents=True, exist_ok=True)
    save_curves(results, pictures[0])
    save_parallel(results, pictures[1])
    write_text(paths[0], render_markdown(results))
    write_text(paths[1], render_csv(results))
    write_text(paths[2], fill_page("sweep", page_data(results, pictures)))
    return [*paths, *pictures, *_save_best(results, folder)]


def render_markdown(results: Results) -> str:
    """The report as GitHub-flavoured Markdown."""
    sweep = results.sweep
    parts = [
        f"# Study {escape(sweep.study)}",
        summary(results),
        markdown_table(titles(sweep), table_rows(results)),
        "acc and CER: of each trial's best evaluation. Only trials that reached their end have a "
        "rank.",
        _sets(results),
        "## Insights",
        "\n".join(f"- **{escape(one.text)}** {escape(one.evidence)}" for one in insights(results))
        or "Nothing yet.",
        f"## Learning curves\n\n![Learning curves]({LEARNING})",
        f"## Settings\n\n![Parallel coordinates]({PARALLEL})",
        _importances(results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _sets(results: Results) -> str:
    head, *rows = sets_table(results) or [[]]
    return f"CER of each set at that evaluation:\n\n{markdown_table(head, rows)}" if rows else ""


def summary(results: Results) -> str:
    """How many trials there are of each status, and what one was given."""
    counts: dict[str, int] = {}
    for row in results.rows:
        counts[row.status] = counts.get(row.status, 0) + 1
    told = ", ".join(f"{number} {status}" for status, number in counts.items())
    budget = results.sweep.budget
    limits = {"steps": budget.steps, "lines": budget.lines, "minutes": budget.minutes}
    each = next(f"{limit:,.10g} {unit}" for unit, limit in limits.items() if limit is not None)
    hours = sum(row.facts.get("seconds", 0.0) for row in results.rows) / 3600
    return (
        f"{len(results.rows)} trials of {each}: {told}; {hours:.2f} hours of training. "
        f"Made {moment(time.time())}."
    )


def render_csv(results: Results) -> str:
    """One line for each trial, numbers in full."""
    sweep = results.sweep
    facts = ("parameters", "batch", "rate", "steps", "seconds", "peak_mb", "host", "folder")
    metrics = ("step", "acc", "norm_edit_dis", "cer", "wer", "unaccented_acc", "loss")
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    dimensions = [name for name in sweep.dimensions if name not in facts]
    head = ["trial", "configuration", "status", "reason", *dimensions, *facts]
    writer.writerow([*head, *(f"best {name}" for name in metrics), "resumed at"])
    for row in results.rows:
        cells: list[Any] = [row.number, row.name, row.status, row.reason]
        cells += [row.values.get(name) for name in dimensions]
        cells += [row.facts.get(name) for name in facts]
        cells += [row.best.get(name) for name in metrics]
        writer.writerow([*cells, " ".join(map(str, row.facts.get("resumes", [])))])
    return stream.getvalue()


def page_data(results: Results, pictures: list[Path]) -> dict[str, Any]:
    """What ``sweep.js`` draws."""
    metric = results.sweep.metric
    return finite(
        {
            "study": results.sweep.study,
            "made": time.time(),
            "summary": summary(results),
            "metric": metric,
            "titles": titles(results.sweep),
            "rows": [
                {"cells": cells, "is_best": row is results.best}
                for cells, row in zip(table_rows(results), results.rows, strict=True)
            ],
            "insights": [one._asdict() for one in insights(results)],
            "curves": [_curve(row, metric) for row in results.rows if row.evals],
            "importances": [[name, share] for name, share in results.importances.items()],
            "few": _whole(results) < FEW,
            "parallel": _as_address(pictures[1]),
        }
    )


def _curve(row: Row, metric: str) -> dict[str, Any]:
    return {
        "name": row.name,
        "percent": [record["percent"] for record in row.evals],
        "minutes": [round(record["seconds"] / 60, 3) for record in row.evals],
        "value": [record[metric] for record in row.evals],
    }


def _as_address(picture: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode("ascii")


def _whole(results: Results) -> int:
    return sum(row.is_whole for row in results.rows)


def _importances(results: Results) -> str:
    if not results.importances:
        return ""
    rows = [(name, f"{share:.0%}") for name, share in results.importances.items()]
    doubt = f" Of {_whole(results)} trials only: a hint, no more." if _whole(results) < FEW else ""
    return (
        "## Importances\n\nWhat sets the best trials apart (PED-ANOVA)."
        f"{doubt}\n\n{markdown_table(('dimension', 'share'), rows)}"
    )


def _save_best(results: Results, folder: Path) -> list[Path]:
    """``best.yml``, ready for ``tools/train.py``; nothing while no trial has reached its end."""
    best, sweep = results.best, results.sweep
    if best is None:
        return []
    score = f"{sweep.metric} {show(sweep.metric, best.score(sweep.metric))}"
    head = (
        f"# {best.name}, the best of study {sweep.study}: {score}, CER "
        f"{show('cer', best.score('cer'))}.\n"
        "# It trains as long as the trial did; change Global.max_steps for more.\n"
    )
    run = sweep.path.with_name(f"{sweep.study}_best")
    write_config(sweep, best.values, folder / BEST, run, head, files=())
    return [folder / BEST]
