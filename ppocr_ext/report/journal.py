"""``journal.md``: one dated entry for each state of a run for which one was requested."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ppocr_ext.files import read_text, write_text
from ppocr_ext.ranking import RATES
from ppocr_ext.records.records import Event, value
from ppocr_ext.report.diagnosis.series import last_part, typical
from ppocr_ext.report.report import Report
from ppocr_ext.report.summary import TITLES
from ppocr_ext.show.formats import count, duration, moment, show, signed
from ppocr_ext.show.tables import escape

NAME = "journal.md"
_STATE = re.compile(r"^<!-- report_card (\{.*\}) -->$", re.MULTILINE)
_INCIDENTS = frozenset(
    (
        *("rollback", "skip_step", "impossible_loss", "throttled", "crash", "out_of_memory"),
        *("stop", "resume", "live", "live_refused", "swap", "transplant", "error", "warning"),
    )
)
_MOST_INCIDENTS = 10


def add_entry(report: Report, folder: Path) -> bool:
    """Append the entry of this state; ``False`` when the journal already has it."""
    path = folder / NAME
    text = read_text(path) if path.exists() else f"# Journal of {escape(report.source.name)}\n"
    states = [json.loads(found) for found in _STATE.findall(text)]
    state = _state(report)
    if any(_same(state, old) for old in states):
        return False
    before = states[-1] if states and states[-1]["step"] <= report.last_step else {}
    entry = "\n".join(_entry(report, before, state))
    write_text(path, f"{text.rstrip()}\n\n{entry}\n")
    return True


def _state(report: Report) -> dict[str, Any]:
    best = report.best
    return {
        "step": report.last_step,
        "evals": len(report.evals),
        "events": len(report.history.events),
        "best": {n: v for n in RATES if (v := value(best, n)) is not None},
    }


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one[key] == other.get(key) for key in ("step", "evals", "events"))


def _entry(report: Report, before: dict[str, Any], state: dict[str, Any]) -> Iterator[str]:
    began = report.history.began
    now = report.last_time or report.made
    day = int((now - began) // 86400) + 1 if began is not None else 1
    yield f"## {moment(now)}: day {day}, step {count(report.last_step)}"
    yield f"<!-- report_card {json.dumps(state)} -->"
    yield ""
    last = report.history.train.last
    if last is not None and last.epoch is not None:
        yield f"- Epoch {last.epoch:g}; {_steps_since(report, before)}"
    if report.best:
        yield f"- Best, step {count(report.best.step)}: {_changes(state, before)}"
    if low := report.history.extremes.get("loss"):
        yield f"- Lowest training loss {low[0]:.3f} at step {count(low[1])}"
    if speed := _speed(report):
        yield f"- {speed}"
    for line in _incidents(report, int(before.get("step", -1))):
        yield f"- Incident: {line}"
    for one in report.findings:
        yield f"- {one.severity.capitalize()}: {escape(one.title)} ({escape(one.evidence)})"


def _steps_since(report: Report, before: dict[str, Any]) -> str:
    if not before:
        began = report.history.began
        age = duration((report.last_time or report.made) - began) if began is not None else "–"
        return f"{age} since the start"
    return f"{count(report.last_step - before['step'])} steps since the last entry"


def _changes(state: dict[str, Any], before: dict[str, Any]) -> str:
    words = []
    for name, now in state["best"].items():
        then = before.get("best", {}).get(name)
        change = f" ({signed(name, now - then) or 'unchanged'})" if then is not None else ""
        words.append(f"{TITLES[name]} {show(name, now)}{change}")
    return escape(", ".join(words))


def _speed(report: Report) -> str:
    """Speed, waiting and hardware over the last tenth of the run."""
    recent = last_part(report.train)
    units = {
        "ips": "lines a second",
        "gpu_temp": "°C",
        "gpu_mem_mb": "MB of the GPU in use",
        "max_mem_reserved_mb": "MB of the GPU reserved by Paddle",
        "host_mem_mb": "MB of memory",
    }
    known = [(number, unit) for key, unit in units.items() if (number := typical(recent, key))]
    return ", ".join(f"{number:,.1f} {unit}" for number, unit in known)


def _what(event: Event) -> str:
    """Its first line, which of a table of changed keys is a heading."""
    if event.name == "swap" and (keys := event.fields.get("keys")):
        return f"the config changed: {', '.join(map(str, keys))}"
    return event.text.partition("\n")[0]


def _incidents(report: Report, since: int) -> list[str]:
    events = [e for e in report.history.events if e.name in _INCIDENTS and e.step > since]
    lines = [f"step {count(e.step)}, {moment(e.time)}: {escape(_what(e)[:160])}" for e in events]
    if len(lines) > _MOST_INCIDENTS:
        lines = [*lines[:_MOST_INCIDENTS], f"and {len(lines) - _MOST_INCIDENTS} more"]
    return lines
