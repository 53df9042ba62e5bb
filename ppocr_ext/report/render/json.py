"""``report_card.json``: everything in the report, for programs, the page and the next report."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ppocr_ext.records.records import Point
from ppocr_ext.report.forecast import seconds_left, seconds_per_step, total_steps
from ppocr_ext.report.render.table import used_columns
from ppocr_ext.report.report import Report
from ppocr_ext.report.sets import set_scores
from ppocr_ext.report.summary import summary
from ppocr_ext.runs.history import facts

FORMAT = 1
NAME = "report_card.json"


def render_json(report: Report) -> str:
    """Strict JSON: numbers that are not finite become null."""
    return json.dumps(finite(document(report)), ensure_ascii=False, indent=1) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as JSON values."""
    history, plan = report.history, report.history.plan
    columns = used_columns(report.rows)
    return {
        "format": FORMAT,
        "made": report.made,
        "run": report.source.name,
        "logs": [log.name for log in report.source.logs],
        "summary": [line._asdict() for line in summary(report)],
        "last_step": report.last_step,
        "last_time": report.last_time,
        "began": history.began,
        "plan": asdict(plan),
        "total_steps": total_steps(history),
        "seconds_per_step": seconds_per_step(history),
        "seconds_left": seconds_left(history),
        "best": point(report.best),
        "latest": point(report.latest),
        "estimates": [asdict(one) for one in report.estimates],
        "findings": [asdict(one) for one in report.findings],
        "phases": [asdict(one) for one in report.phases],
        "config": facts(report.config),
        "swaps": [{**asdict(one), "changes": one.words} for one in report.swaps],
        "checkpoints": [one.to_dict() for one in report.disk.checkpoints],
        "disk_free": report.disk.free,
        "columns": [asdict(column) for column in columns],
        "rows": [asdict(row) for row in report.rows],
        "sets": [asdict(one) for one in set_scores(report)],
        "events": [asdict(event) for event in history.events],
        "earlier_runs": [{**asdict(run), "best": point(run.best)} for run in history.earlier],
        "not_loaded": [one._asdict() for one in history.lost.values()],
        "overlaps": [asdict(overlap) for overlap in history.overlaps],
        "reading": {
            "lines": history.account.lines,
            "kinds": dict(history.account.kinds),
            "encodings": dict(history.account.encodings),
            "examples": history.account.examples,
        },
        "digests": report.disk.digests,
    }


def point(one: Point | None) -> dict[str, Any] | None:
    """A point without its count."""
    if one is None:
        return None
    return {"step": one.step, "epoch": one.epoch, "time": one.time, "values": one.values}


def finite(value: Any) -> Any:
    """The same value with ``None`` for NaN and inf, which JSON does not know."""
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def read_previous(folder: Path) -> dict[str, Any]:
    """The last report of ``folder``; empty when there is none that can be read."""
    try:
        previous = json.loads((folder / NAME).read_bytes().decode("utf-8"))
    except (OSError, ValueError):
        return {}
    is_ours = isinstance(previous, dict) and previous.get("format") == FORMAT
    return previous if is_ours else {}
