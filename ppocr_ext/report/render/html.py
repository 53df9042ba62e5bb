"""``report_card.html`` and ``report_compare.html``: one file each, offline and on a phone.

Labels, paths and readings travel as JSON and enter the page as text nodes only, so that a label
``<img onerror=…>`` shows as text; the page's content security policy forbids the rest. What would
turn the order of a line around shows as its escape.
"""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppocr_ext.console import visible
from ppocr_ext.ranking import RATES, lower_is_better
from ppocr_ext.records.records import Point, value
from ppocr_ext.records.thinning import average
from ppocr_ext.report.gallery import KINDS, Mistake
from ppocr_ext.report.render.json import document, finite
from ppocr_ext.report.render.table import pick, pick_rows
from ppocr_ext.report.report import Report
from ppocr_ext.report.sets import key_of, set_names
from ppocr_ext.report.trends import LinesSeen, reader_share
from ppocr_ext.show.formats import BY_KEY

if TYPE_CHECKING:
    from ppocr_ext.report.compare import Course

ASSETS = Path(__file__).resolve().parents[1] / "assets"
MOST_POINTS = 1500  # of training
MOST_COMPARED = 500  # points of one run beside others
MOST_ROWS = 500
MOST_MISTAKES = 500
_PICTURE_BYTES = 40_000  # larger ones are made smaller
_PICTURE_SIZE = (900, 96)  # pixels, at most
_TRAIN = (
    *("loss", "acc", "lr", "ips", "host_mem_mb", "gpu_mem_mb", "max_mem_reserved_mb", "gpu_temp"),
)
_EVAL = (*RATES, "loss")
_SET = ("cer", "confidence_mean", "confidence_p95")


def render_html(report: Report) -> str:
    """The page, with its data, style and scripts inside."""
    return fill_page("page", page_data(report))


def fill_page(name: str, data: dict[str, Any]) -> str:
    """``name.html`` of the assets with ``name.js``, which draws ``data``, and what pages share."""
    page = _asset(f"{name}.html")
    parts = {
        "/*{{style}}*/": _asset("uPlot.min.css") + _asset("page.css"),
        "/*{{uplot}}*/": _asset("uPlot.iife.min.js"),
        "/*{{script}}*/": _asset("common.js") + _asset(f"{name}.js"),
        "{{data}}": _embeddable(data),  # last: a label may look like a place
    }
    for place, content in parts.items():
        before, after = page.split(place)
        page = before + content + after
    return page


def page_data(report: Report) -> dict[str, Any]:
    """What the page draws: the document, the series of the plots, the gallery."""
    data = document(report)
    for name in ("digests", "events"):
        data.pop(name)
    return finite(
        {
            **data,
            "rows": [asdict(row) for row in pick_rows(report.rows, MOST_ROWS)],
            "series": _series(report),
            "kinds": KINDS,
            "mistakes_in_all": len(report.mistakes),
            "mistakes": [
                _mistake(one, report.source.folder) for one in report.mistakes[:MOST_MISTAKES]
            ],
        }
    )


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _embeddable(data: dict[str, Any]) -> str:
    """JSON that cannot end the script element that holds it."""
    text = json.dumps(_visible(data), ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _visible(value: Any) -> Any:
    """``value`` with every text in it :func:`~ppocr_ext.console.visible`."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {_visible(key): _visible(each) for key, each in value.items()}
    return [_visible(each) for each in value] if isinstance(value, list | tuple) else value


def _series(report: Report) -> dict[str, Any]:
    """Columns of numbers: of training, thinned, and of the evaluations."""
    train = _thinned(report.train)
    seen = LinesSeen(report.train)
    best = report.best
    evals = pick(report.evals, MOST_POINTS, lambda point: point is best)
    of_sets = [key_of(name, metric) for name in set_names(evals) for metric in _SET]
    judged = tuple(dict.fromkeys((*_EVAL, *of_sets)))
    tables = {"train": _columns(train, _TRAIN, seen), "eval": _columns(evals, judged, seen)}
    tables["train"]["reader_share"] = [_rounded(reader_share(point.values)) for point in train]
    return {**tables, "place": _places(report, seen)}


def _thinned(points: list[Point]) -> list[Point]:
    group = -(-len(points) // MOST_POINTS) or 1
    return [average(points[i : i + group]) for i in range(0, len(points), group)]


def _columns(
    points: list[Point], names: Sequence[str], seen: LinesSeen
) -> dict[str, list[float | None]]:
    columns: dict[str, list[float | None]] = {
        "step": [point.step for point in points],
        "time": [None if point.time is None else round(point.time) for point in points],
        "samples": [seen.at(point.step) for point in points],
    }
    for name in names:
        column = [_rounded(value(point, name)) for point in points]
        if any(number is not None for number in column):
            columns[name] = column
    return columns


def _places(report: Report, seen: LinesSeen) -> dict[int, dict[str, Any]]:
    """Where the steps that are marked lie on the other axes."""
    marked = [(swap.step, swap.time) for swap in report.swaps]
    if report.best:
        marked.append((report.best.step, report.best.time))
    began = report.history.began
    return {
        step: {
            "hours": None if time is None or began is None else (time - began) / 3600,
            "samples": seen.at(step),
        }
        for step, time in marked
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.5g}")


def _mistake(one: Mistake, folder: Path) -> dict[str, Any]:
    return {**asdict(one), "picture": _picture(one.image, folder)}


def _picture(image: str, folder: Path) -> str | None:
    """The image as a data address; ``None`` when it is not there or is none."""
    from PIL import Image, UnidentifiedImageError

    path = next((p for p in (folder / image, Path(image)) if image and p.is_file()), None)
    if path is None:
        return None
    try:
        content = path.read_bytes()
        with Image.open(io.BytesIO(content)) as picture:
            kind = picture.format
            if len(content) > _PICTURE_BYTES or kind not in ("PNG", "JPEG", "WEBP"):
                picture.thumbnail(_PICTURE_SIZE)
                stream = io.BytesIO()
                picture.convert("RGB").save(stream, "JPEG", quality=85)
                content, kind = stream.getvalue(), "JPEG"
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError):
        return None
    return f"data:image/{(kind or '').lower()};base64,{base64.b64encode(content).decode('ascii')}"


def render_comparison(
    titles: Sequence[str], rows: Sequence[Sequence[str]], runs: Sequence[Course], metric: str
) -> str:
    """The page; ``metric`` is shown first."""
    curves = [_curves(run) for run in runs]
    known = [m for m in _EVAL if any(v is not None for c in curves for v in c["values"][m])]
    data = {
        "made": time.time(),
        "titles": titles,
        "rows": rows,
        "metric": metric,
        "metrics": [_described(name) for name in known],
        "runs": curves,
    }
    return fill_page("compare", finite(data))


def _described(name: str) -> tuple[str, str, str, str]:
    """Name, title, form of its numbers, and which way is better."""
    column = BY_KEY["val_loss" if name == "loss" else name]
    better = "lower" if lower_is_better(name) else "higher"
    return name, column.title, column.form, better


def _curves(run: Course) -> dict[str, Any]:
    best = run.report.best
    points = pick(run.report.evals, MOST_COMPARED, lambda point: point is best)
    return {
        "name": run.name,
        "steps": [point.step for point in points],
        "hours": [run.hours(point) for point in points],
        "samples": [run.seen.at(point.step) for point in points],
        "values": {name: [value(point, name) for point in points] for name in _EVAL},
        "findings": [one.title for one in run.report.findings],
    }
